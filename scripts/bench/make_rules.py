#!/usr/bin/env python3
"""Make datasets that rules have something to do with.

    make_rules.py OUT --columns N      OUT/columns: N records of two splits that name three images each, of 3,000 files
    make_rules.py OUT --storm N        OUT/storm: N records without images, and a config that every record breaks
    make_rules.py OUT --images N       OUT/images: N records that name one of 64 pictures, half JPEG and half PNG

Each has configs beside it: columns/rules.yaml asks all rules over columns and listings; storm/clean.yaml and
storm/broken.yaml ask the same rules with other bounds; images/default.yaml asks what is always asked, images/off.yaml
nothing that can be left out. Seeded: the same bytes each time. For checking.py, run with the environment of
requirements.txt.
"""

import argparse
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

COLUMNS = """version: 1
name: columns
splits: {train: {records: train.parquet}, test: {records: test.parquet}}
fields:
  prompt: {type: string}
  win: {type: image, file: "img/{win}"}
  lose: {type: image, file: "img/{lose}"}
  refined: {type: image, file: "img/{refined}"}
  win_score: {type: float64}
  lose_score: {type: float64}
  style: {type: string}
rules:
  win_score: {min: 0, max: 1, finite: true, on_error: warn}
  lose_score: {min: 0, max: 1, on_error: warn}
  style: {one_of: [photo, art, sketch], max_nulls: 0.5}
  prompt: {min_length: 1, max_length: 300, pattern: '^[a-z]'}
  pair.score: {a: win_score, b: lose_score, on_error: warn}
  pair.contradiction: {a: win, b: lose, by: prompt}
  table.rows: {min: 10}
  table.constant: warn
"""
STORM = """version: 1
name: storm
splits: {train: {records: train.parquet}}
fields:
  prompt: {type: string}
  score: {type: float64}
  style: {type: string}
  votes: {type: int64}
rules:
  score: {max: MAX, on_error: warn}
  style: {one_of: [STYLES], on_error: warn}
  prompt: {max_length: LENGTH, on_error: warn}
  votes: {min: LEAST, on_error: warn}
"""
IMAGES = """version: 1
name: images
splits: {train: {records: train.parquet}}
fields:
  prompt: {type: string}
  image: {type: image, file: "img/{image}"}
  score: {type: float64}
"""
OFF = ["text.blank", "text.invalid", "number.invalid", "image.intact", "image.end", "image.decodable", "image.extension", "image.mode",
       "image.orientation", "image.blank", "image.fan-out", "image.repeated", "hub.files"]  # fmt: skip
STYLES = np.array(["photo", "art", "sketch"], dtype=object)


def rows(rng, first, n):
    """n records in columns, without images."""
    number = np.arange(first, first + n)
    prompts = pa.array(number).cast(pa.string())
    return {
        "prompt": pa.compute.binary_join_element_wise("a red sun over the sea", prompts, " "),
        "score": rng.random(n), "style": pa.array(STYLES[number % 3]), "votes": number % 7 + 1,
    }  # fmt: skip


def write(path, columns):
    pq.write_table(pa.table(columns), path, row_group_size=1 << 18)


def picture(rng, k, folder):
    side = 512
    y, x = np.mgrid[:side, :side] / side
    waves = np.stack([np.sin(x * (3 + k % 5) * 6 + c) * np.cos(y * (2 + k % 7) * 5 - c) for c in range(3)], axis=2) * 90 + 128
    image = Image.fromarray((waves + rng.normal(0, 2 + k % 9, waves.shape)).clip(0, 255).astype(np.uint8))
    name = f"{k}.{'jpg' if k % 2 else 'png'}"
    image.save(folder / name, quality=70 + k % 26)
    return name


def make_columns(out, n):
    rng = np.random.default_rng(7)
    (out / "img").mkdir(parents=True, exist_ok=True)
    for k in range(3000):
        Image.new("RGB", (1, 1), (k % 256, k // 256, 0)).save(out / "img" / f"image-{k:08}.png")
    names = np.array([f"image-{k:08}.png" for k in range(3000)], dtype=object)
    for split, first, count in (("train", 0, n - n // 10), ("test", n - n // 10, n // 10)):
        columns, at = rows(rng, first, count), rng.integers(0, 1000, count)
        score = columns.pop("score")
        columns |= {"win_score": score, "lose_score": score * 0.9}
        for i, field in enumerate(("win", "lose", "refined")):
            columns[field] = pa.array(names[at + 1000 * i])
        write(out / f"{split}.parquet", columns)
    (out / "rules.yaml").write_text(COLUMNS)


def make_storm(out, n):
    out.mkdir(parents=True, exist_ok=True)
    write(out / "train.parquet", rows(np.random.default_rng(8), 0, n))
    for name, values in {"clean": ("1", "photo, art, sketch", "300", "1"), "broken": ("-1", "none", "3", "100")}.items():
        text = STORM
        for word, value in zip(("MAX", "STYLES", "LENGTH", "LEAST"), values, strict=True):
            text = text.replace(word, value)
        (out / f"{name}.yaml").write_text(text)


def make_images(out, n):
    rng = np.random.default_rng(9)
    (out / "img").mkdir(parents=True, exist_ok=True)
    names = np.array([picture(rng, k, out / "img") for k in range(64)], dtype=object)
    columns = rows(rng, 0, n)
    columns["image"] = pa.array(names[np.arange(n) % 64])
    write(out / "train.parquet", columns)
    (out / "default.yaml").write_text(IMAGES)
    (out / "off.yaml").write_text(IMAGES + "rules: {" + ", ".join(f"{rule}: off" for rule in OFF) + "}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    for what in ("columns", "storm", "images"):
        parser.add_argument(f"--{what}", type=int)
    a = parser.parse_args()
    for what, maker in (("columns", make_columns), ("storm", make_storm), ("images", make_images)):
        if n := getattr(a, what):
            maker(a.out / what, n)


if __name__ == "__main__":
    main()
