"""Derived fields, against pandas for numbers and Pillow for images: as they are in every format."""

import hashlib
import io

import conftest
import datasets
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from layouts import noise
from PIL import Image

CONFIG = """version: 1
name: derived
splits:
  train: {records: [a.pkl, b.csv]}
where: {keep: {in: [1]}}
fields:
  photo: {type: image, file: "img/{name}", nullable: true}
  width: {type: int32, is: width, of: photo, nullable: true}
  height: {type: uint16, is: height, of: photo, nullable: true}
  format: {type: string, is: format, of: photo, nullable: true}
  size: {type: int64, is: bytes, of: photo, nullable: true}
  sum: {type: string, is: sha256, of: photo, nullable: true}
  label_0: {type: float64, prefer: [s0, s1], margin: 0.25, nullable: true}
  label_1: {type: float32, prefer: [s1, s0], margin: 0.25, nullable: true}
  n: {type: int64, is: count, of: prompt}
  row: {type: int64, is: row}
  source: {type: string, is: source}
output: {formats: [parquet, arrow, webdataset], shard_rows: 7}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("derived")
    (folder / "in" / "img").mkdir(parents=True)
    rng, rows = np.random.default_rng(5), []
    for i in range(40):
        form, ext = [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")][i % 4]
        name = None if i == 5 else f"{i}.{ext}"
        if name:
            (folder / "in" / "img" / name).write_bytes(noise(i, form, (8 + i, 40 - i)))
        s0, s1 = (float(rng.integers(0, 8)) / 8 for _ in range(2))
        rows.append((name, f"p{i % 6}", s0, np.nan if i == 9 else s1, int(i % 3 != 1)))
    frame = pd.DataFrame(rows, columns=["name", "prompt", "s0", "s1", "keep"])
    frame[:23].to_pickle(folder / "in" / "a.pkl")
    frame[23:].to_csv(folder / "in" / "b.csv", index=False)
    (folder / "c.yaml").write_text(CONFIG)
    conftest.run(conftest.pickshard(), "convert", folder / "c.yaml", folder / "in", folder / "out", "--quiet")
    conftest.run(conftest.pickshard(), "verify", folder / "out", "--input", folder / "in")
    return folder, truth(folder, frame)


def truth(folder, frame):
    frame = frame.assign(row=range(len(frame)), source=["a.pkl"] * 23 + ["b.csv"] * (len(frame) - 23))
    frame = frame[frame.keep == 1].copy()
    frame["n"] = frame.groupby("prompt")["prompt"].transform("size")
    rows = []
    for r in frame.itertuples():
        row = {"n": r.n, "row": r.row, "source": r.source}
        for label, a, b in [("label_0", r.s0, r.s1), ("label_1", r.s1, r.s0)]:
            row[label] = None if a != a or b != b else 0.5 if abs(a - b) <= 0.25 else float(a > b)
        photo = None if pd.isna(r.name) else (folder / "in" / "img" / r.name).read_bytes()
        image = photo and Image.open(io.BytesIO(photo))
        row |= {
            "photo": photo, "size": photo and len(photo), "sum": photo and hashlib.sha256(photo).hexdigest(),
            "width": photo and image.width, "height": photo and image.height, "format": photo and image.format.lower(),
        }  # fmt: skip
        rows.append(row)
    assert {row["label_0"] for row in rows} == {0.0, 0.5, 1.0, None} and len({row["format"] for row in rows}) == 5
    return rows


def compare(rows, want):
    assert len(rows) == len(want)
    for got, row in zip(rows, want):
        assert got | {"photo": None} == row | {"photo": None}
        assert (got["photo"] and got["photo"]["bytes"]) == row["photo"]


def test_parquet(made):
    folder, want = made
    files = sorted((folder / "out" / "parquet" / "data").glob("*.parquet"))
    compare([row for f in files for row in pq.read_table(f).to_pylist()], want)


def test_arrow(made):
    folder, want = made
    split = datasets.load_from_disk(str(folder / "out" / "arrow"))["train"].cast_column("photo", datasets.Image(decode=False))
    compare(list(split), want)


def test_webdataset(made):
    folder, want = made
    split = datasets.load_dataset(str(folder / "out" / "webdataset"), cache_dir=str(folder / "cache"))["train"]
    assert [row["json"] for row in split] == [{k: v for k, v in row.items() if k != "photo"} for row in want]
