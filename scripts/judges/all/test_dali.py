"""NVIDIA DALI: our indexes are those of its own wds2idx, and its reader takes them. Operators of the CPU."""

import pathlib
import subprocess
import sys

import numpy as np
from nvidia.dali import fn, pipeline_def
from truth import IMAGES, OUTPUT, SPLITS, files


def test_wds2idx(tmp_path):
    tool = pathlib.Path(sys.executable).with_name("wds2idx")
    tars = files("webdataset/data/*.tar")
    assert len(tars) >= 3
    for tar in tars:
        made = tmp_path / "made.idx"
        made.unlink(missing_ok=True)
        subprocess.run([sys.executable, tool, tar, made], check=True, capture_output=True)
        assert (OUTPUT / "webdataset" / "index" / (pathlib.Path(tar).stem + ".idx")).read_bytes() == made.read_bytes(), tar


def test_reader():
    for split, want in SPLITS.items():
        tars = files(f"webdataset/data/{split}-*.tar")
        indexes = [str(OUTPUT / "webdataset" / "index" / (pathlib.Path(t).stem + ".idx")) for t in tars]

        @pipeline_def(batch_size=1, num_threads=1, device_id=None)
        def pipe():
            ext = [f"{IMAGES[0]}.jpg;{IMAGES[0]}.png;{IMAGES[0]}.webp", "json"]
            return tuple(fn.readers.webdataset(paths=tars, index_paths=indexes, ext=ext, missing_component_behavior="error", name="r"))

        p = pipe()
        p.build()
        assert p.epoch_size("r") == len(want)
        for row in want:
            image, values = p.run()
            assert np.asarray(image.at(0)).tobytes() == row[IMAGES[0]][1]
            assert np.asarray(values.at(0)).tobytes().startswith(b"{")
