"""Pickled objects of many shapes, and pictures of Pillow, against what Python has in hand when it pickles them.

Each shape is pickled by Python in protocols 0 to 5 and printed by `pickshard cat`; the rows that must come are written
down or computed here, never by pickshard.
"""

import collections
import json
import pickle
import subprocess

import numpy as np
import pandas as pd
import pytest
from PIL import Image

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
CAPTIONS = {f"{i}.jpg": [f"caption {i} {k}" for k in range(1 + i % 5)] for i in range(30)}
RECORDS = {f"id{i}": {"name": f"näme {i}", "score": i / 4, "n": None if i == 3 else i} for i in range(12)}
FRAME = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "ü", None]}, index=["p", "q", "r"])
CUBE = np.arange(24, dtype="int16").reshape(2, 3, 4)


def keyed(table):
    return [{"key": k, "value": v} for k, v in table.items()]


SHAPES = {
    "list of str": (["a.jpg", "b ü.jpg", "c.jpg"], [{"0": v} for v in ["a.jpg", "b ü.jpg", "c.jpg"]]),
    "list of int": ([3, 1, 2], [{"0": v} for v in [3, 1, 2]]),
    "list of float and None": ([0.5, None, -0.0], [{"0": v} for v in [0.5, None, -0.0]]),
    "dict of str": ({"a.jpg": "a cat", "b.jpg": "a dog"}, keyed({"a.jpg": "a cat", "b.jpg": "a dog"})),
    "dict of int": ({1: 10, 2: 20}, keyed({1: 10, 2: 20})),
    "dict of ragged lists": (CAPTIONS, keyed(CAPTIONS)),
    "dict of records": (RECORDS, [{"key": k, **v} for k, v in RECORDS.items()]),
    "ragged lists": ([[1, 2], [], [3]], [{"0": v} for v in [[1, 2], [], [3]]]),
    "list of arrays": (
        [np.array([0.5, 1.5]), np.array([2.5, 3.5])],
        [{"0": v} for v in [[0.5, 1.5], [2.5, 3.5]]],
    ),
    "array of three dimensions": (CUBE, [{"0": v} for v in CUBE.tolist()]),
    "array in Fortran's order": (np.asfortranarray(CUBE), [{"0": v} for v in CUBE.tolist()]),
    "array of every second": (CUBE[:, ::-1, ::2], [{"0": v} for v in CUBE[:, ::-1, ::2].tolist()]),
    "CIFAR": (
        {"data": np.arange(12, dtype="uint8").reshape(3, 4), "labels": [7, 8, 9], "batch_label": "training batch 1"},
        [{"data": [4 * i + k for k in range(4)], "labels": 7 + i} for i in range(3)],
    ),
    "pair of arrays": (
        (np.array([[1, 2], [3, 4]], dtype="int32"), np.array([0, 1])),
        [{"0": 1, "1": 2, "y": 0}, {"0": 3, "1": 4, "y": 1}],
    ),
    "defaultdict": (collections.defaultdict(list, {"a": [1, 2], "b": [3, 4]}), [{"a": 1, "b": 3}, {"a": 2, "b": 4}]),
    "to_dict list": (FRAME.to_dict("list"), FRAME.to_dict("records")),
    "to_dict records": (FRAME.to_dict("records"), FRAME.to_dict("records")),
}
ORIENTED = {
    "index": (FRAME.to_dict("index"), [{"key": k, **v} for k, v in FRAME.to_dict("index").items()]),
    "split": (FRAME.to_dict("split"), FRAME.to_dict("records")),
    "items": (CAPTIONS, keyed(CAPTIONS)),
}


def rows(binary, path, *flags):
    done = subprocess.run([binary, "cat", path, *flags], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def missing(value):
    """NaN as None, as in pandas."""
    return None if isinstance(value, float) and value != value else value


def same(got, want):
    """Equal, and of equal types: 1 is not 1.0."""
    want = [{k: missing(v) for k, v in row.items()} for row in want]
    assert repr(got) == repr(want)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("shape", SHAPES)
def test_shape(binary, tmp_path, shape, protocol):
    value, want = SHAPES[shape]
    path = tmp_path / "value.pkl"
    path.write_bytes(pickle.dumps(value, protocol))
    same(rows(binary, path), want)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("orient", ORIENTED)
def test_orient(binary, tmp_path, orient, protocol):
    value, want = ORIENTED[orient]
    path = tmp_path / "value.pkl"
    path.write_bytes(pickle.dumps(value, protocol))
    same(rows(binary, path, "--orient", orient), want)


@pytest.mark.parametrize("shape", ["list of str", "dict of str", "dict of records", "to_dict records", "list of arrays"])
def test_rewritten_lines(binary, tmp_path, shape):
    """What git's autocrlf makes of protocol 0."""
    value, want = SHAPES[shape]
    path = tmp_path / "value.pkl"
    path.write_bytes(pickle.dumps(value, 0).replace(b"\n", b"\r\n"))
    same(rows(binary, path), want)


def picture(mode):
    """Colors of all kinds, in a width that is not a multiple of eight."""
    pixels = np.random.default_rng(7).integers(0, 256, (11, 13, 4), dtype="uint8")
    if mode == "RGBA":
        return Image.fromarray(pixels)
    rgb = Image.fromarray(pixels[:, :, :3].copy())
    return rgb.quantize(17) if mode == "P" else rgb.convert(mode)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1", "P"])
def test_picture(binary, tmp_path, mode, protocol):
    """The pixels that numpy makes of a picture: colors where it has a palette, 0 and 255 where it has a bit a pixel."""
    image = picture(mode)
    path = tmp_path / "value.pkl"
    path.write_bytes(pickle.dumps([{"name": "a", "image": image}, {"name": "b", "image": None}], protocol))
    shown = image.convert({"P": "RGB", "1": "L"}.get(mode, mode))
    same(rows(binary, path), [{"name": "a", "image": np.asarray(shown).tolist()}, {"name": "b", "image": None}])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_picture_in_a_frame(binary, tmp_path, protocol):
    image = picture("RGB")
    path = tmp_path / "value.pkl"
    pd.DataFrame({"image": [image, image]}).to_pickle(path, protocol=protocol)
    same(rows(binary, path), [{"image": np.asarray(image).tolist()}] * 2)
