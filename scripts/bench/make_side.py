#!/usr/bin/env python3
"""Make a data set whose records are joined with a large side table, the same one as CSV, Parquet and pickles.

    make_side.py OUT --rows N --records M [--kinds csv,parquet,pickle,objects] [--images 8]

OUT/train.pkl is a DataFrame (key, image), OUT/images a few PNGs of 70 bytes. The side table has a row for each key from
0 to N-1, in no order: key, category (one of six texts), author (another text for each row) and prompt, a text of 60
characters that no config asks for. What a key's texts are, `category` and `author` here say. Records have M of the keys.

    side.csv        pyarrow.csv
    side.parquet    pyarrow, Snappy
    side.pkl        pandas.DataFrame.to_pickle, texts as pandas 3 holds them by default (dtype str)
    objects.pkl     the same with texts as Python objects, as pandas 2 and earlier pickle them; without the prompt,
                    since Python needs 100 bytes for each

OUT/KIND.yaml is the config that joins with one of them. Not random: the same bytes each time. Run with the environment
of requirements.txt.
"""

import argparse
import pathlib
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from make_repeated import picture
import random

FILES = {"csv": "side.csv", "parquet": "side.parquet", "pickle": "side.pkl", "objects": "objects.pkl"}
CONFIG = """version: 1
name: joined
splits:
  train: {{records: train.pkl}}
fields:
  key: {{type: int64}}
  image: {{type: image, file: "images/{{image}}"}}
  category: {{type: string}}
  author: {{type: string}}
join:
  - {{records: {file}, on: key, fields: [category, author]}}
output: {{formats: [parquet]}}
"""
CATEGORIES = ["art", "people", "animals", "food", "風景", "other"]
STRIDE = 7_368_787  # a prime, so that i * STRIDE % rows is each key once unless rows is a multiple of it
BATCH = 1_000_000


def category(keys):
    return pa.array(CATEGORIES).take(pa.array(keys % len(CATEGORIES)))


def author(keys):
    return pc.binary_join_element_wise("author ", pc.cast(pa.array(keys * 31 + 7), pa.string()), "")


def prompt(keys):
    return pc.binary_join_element_wise("a text that nobody wants, of some words, number ", pc.utf8_lpad(pc.cast(pa.array(keys), pa.string()), 12, "0"), "")


def batches(rows):
    for first in range(0, rows, BATCH):
        keys = np.arange(first, min(rows, first + BATCH), dtype="i8") * STRIDE % rows
        yield pa.table({"key": keys, "category": category(keys), "author": author(keys), "prompt": prompt(keys)})


def write_side(path, kind, rows):
    if kind == "csv":
        writer = None
        for t in batches(rows):
            writer = writer or pyarrow.csv.CSVWriter(path, t.schema)
            writer.write_table(t)
        writer.close()
    elif kind == "parquet":
        writer = None
        for t in batches(rows):
            writer = writer or pq.ParquetWriter(path, t.schema)
            writer.write_table(t)
        writer.close()
    elif kind == "pickle":
        frame = pd.concat([t.to_pandas() for t in batches(rows)], ignore_index=True)
        if str(frame["author"].dtype) != "str":
            frame = frame.astype({c: pd.StringDtype("pyarrow", na_value=np.nan) for c in ("category", "author", "prompt")})
        frame.to_pickle(path)
    else:
        columns = [t.drop(["prompt"]).to_pandas(strings_to_categorical=False).astype({"category": object, "author": object}) for t in batches(rows)]
        frame = pd.concat(columns, ignore_index=True)
        frame.columns = frame.columns.astype(object)
        with open(path, "wb") as f:
            pickler = pickle.Pickler(f, protocol=5)
            pickler.fast = True  # no memo: half of the memory, and the same values
            pickler.dump(frame)


def wanted(rows, records):
    """The records' keys."""
    return np.arange(records, dtype="i8") * (rows // records)


def make(out, rows, records, kinds, images):
    assert rows % STRIDE, "a key would be there twice"
    (out / "images").mkdir(parents=True, exist_ok=True)
    rng = random.Random(11)
    names = [f"{k}.png" for k in range(images)]
    for name in names:
        (out / "images" / name).write_bytes(picture(rng, 70))
    keys = wanted(rows, records)
    pd.DataFrame({"key": keys, "image": np.array(names, dtype=object)[np.arange(records) % images]}).to_pickle(out / "train.pkl")
    for kind in kinds:
        (out / f"{kind}.yaml").write_text(CONFIG.format(file=FILES[kind]))
        write_side(out / FILES[kind], kind, rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--kinds", default=",".join(FILES))
    parser.add_argument("--images", type=int, default=8)
    a = parser.parse_args()
    make(a.out, a.rows, a.records, a.kinds.split(","), a.images)


if __name__ == "__main__":
    main()
