"""Random tables by the last pandas 2 and by pandas 3: random_frames.py in both environments.

RANDOM_FRAMES=N sets how many tables each makes (default 250), RANDOM_SEED=N repeats a run, RANDOM_LEVEL=all goes
beyond the dtypes that must always be read.
"""

import os
import subprocess
import sys

import conftest
import environment
import judging
import pytest


@pytest.mark.parametrize("pandas", ["pandas3", "pandas2"])
def test_random_frames(binary, pandas):
    python = sys.executable
    if pandas == "pandas2":
        try:
            python = environment.environment(judging.HERE / "requirements-pandas2.txt")
        except (SystemExit, subprocess.CalledProcessError) as err:
            judging.absent(f"the environment with pandas 2 cannot be made: {err}")
    command = [python, judging.HERE / "random_frames.py", "--frames", os.environ.get("RANDOM_FRAMES", "250"), "--keep", conftest.REPO / ".venv"]
    command += ["--level", os.environ.get("RANDOM_LEVEL", "core")]
    if "RANDOM_SEED" in os.environ:
        command += ["--seed", os.environ["RANDOM_SEED"]]
    done = subprocess.run(command, env=os.environ | {"PICKSHARD_BIN": str(binary)}, capture_output=True, text=True)
    print(done.stdout)  # the seed, shown when the test fails or with -s
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-3000:]}"
