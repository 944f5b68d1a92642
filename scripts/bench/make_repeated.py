#!/usr/bin/env python3
"""Make a dataset whose records name the same few images: as many records as wanted, with hardly any input.

    make_repeated.py OUT --records N [--image-bytes 1500000] [--images 8]

OUT/repeated.yaml is its config, OUT/train.pkl a DataFrame (prompt, image, score; protocol 5), OUT/images the pictures:
valid PNGs of noise, stored, not compressed, of about --image-bytes each. For growth.py, planning.py and memory.py.
Seeded: the same bytes each time. Not for anything that looks at what pictures show, nor at what is unique.
Run with the environment of requirements.txt.
"""

import argparse
import math
import pathlib
import pickle
import random
import struct
import zlib

import numpy as np
import pandas as pd

CONFIG = """version: 1
name: repeated
splits:
  train: {records: train.pkl}
fields:
  prompt: {type: string}
  image: {type: image, file: "images/{image}"}
  score: {type: float64}
output: {formats: [parquet, arrow, webdataset]}
"""
WORDS = ["a red sun", "moon above the sea", "desert at noon", "green mountains", "una playa al amanecer", "夕暮れの富士山"]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(rng, size):
    """A PNG of about size bytes; 70 at least."""
    side = max(1, round(math.sqrt(max(0, size - 67) / 3)))
    rows = b"".join(b"\0" + rng.randbytes(3 * side) for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b"")


def make(out, records, image_bytes, images):
    rng = random.Random(11)
    (out / "images").mkdir(parents=True, exist_ok=True)
    names = []
    for k in range(images):
        names.append(f"{k}.png")
        (out / "images" / names[-1]).write_bytes(picture(rng, image_bytes))
    frame = pd.DataFrame(
        {
            "prompt": np.array([f"{WORDS[i % len(WORDS)]} #{i}" for i in range(records)], dtype=object),
            "image": np.array([names[i % images] for i in range(records)], dtype=object),
            "score": np.random.default_rng(11).random(records),
        }
    )
    frame.columns = frame.columns.astype(object)
    frame = frame.astype({"prompt": object, "image": object})
    with open(out / "train.pkl", "wb") as f:
        pickle.dump(frame, f, protocol=5)
    (out / "repeated.yaml").write_text(CONFIG)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--image-bytes", type=int, default=1_500_000)
    parser.add_argument("--images", type=int, default=8)
    a = parser.parse_args()
    make(a.out, a.records, a.image_bytes, a.images)


if __name__ == "__main__":
    main()
