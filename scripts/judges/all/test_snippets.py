"""README.md's snippets, those of the consumers that this environment is for."""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from truth import OUTPUT

README = (pathlib.Path(__file__).resolve().parents[3] / "README.md").read_text()
SNIPPETS = {b.splitlines()[0].removeprefix("# load: "): b for b in re.findall(r"^```python\n(.*?)^```$", README, re.S | re.M)}


@pytest.mark.parametrize("module", os.environ["SNIPPETS"].split(","))
def test_snippet(module, tmp_path):
    (tmp_path / "shards").symlink_to(OUTPUT.parent / "preferences" if module == "trl" else OUTPUT)
    done = subprocess.run([sys.executable, "-c", SNIPPETS[module]], cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip()
