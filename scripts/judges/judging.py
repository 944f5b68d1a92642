"""What the judges share: the truth, read by pandas from the pickles and by Python from the folders, and comparing.

The truth never goes through pickshard: `Truth(INPUT)` reads INPUT/Pick-High/*.pkl with pandas and every picture with
open(). A judge reads OUTPUT with one consumer and hands its rows to `Truth.compare`.
"""

import functools
import importlib
import os
import pathlib
import re
import struct
import sys

import pandas as pd
import pytest

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
import pickhigh  # noqa: E402
from pickhigh import COLUMNS, IMAGES, SCORES, TEXTS  # noqa: E402, F401

SPLITS = {"train": "train", "validation": "val", "test": "test"}  # outside name: name of the pickle and folders
FOLDERS = {"easy_image_0": "pick_easy_img", "easy_image_1": "pick_easy_img", "refine_image": "pick_refine_img"}
SHARD = re.compile(r"(train|validation|test)-(\d{5})-of-(\d{5})\.(parquet|tar)")
STRICT = os.environ.get("CI") == "true"


def absent(reason):
    """Something a judge needs is not there: a failure in CI, a skip that says why elsewhere."""
    if STRICT:
        pytest.fail(f"CI=true and {reason}", pytrace=False)
    pytest.skip(reason)


def need(module):
    """Import a consumer."""
    try:
        return importlib.import_module(module)
    except ImportError as err:
        absent(f"{module} is not installed here ({err}): use scripts/judges/environment.py")


def bits(value):
    """A float as its bits, so that -0.0 is not 0.0; None stays None."""
    return None if value is None else struct.pack(">d", value)


def show(value):
    text = repr(value)
    return text if len(text) < 120 else f"{text[:100]}... ({len(text)} characters)"


class Truth:
    """What INPUT holds: for each split a list of records {column: value}, images as (file name, bytes)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.frames = {out: pd.read_pickle(self.folder / "Pick-High" / f"{name}.pkl") for out, name in SPLITS.items()}
        self.splits = {out: self.records(out) for out in SPLITS}
        self.order = {out: list(range(len(rows))) for out, rows in self.splits.items()}  # source row of each record

    def records(self, split):
        frame, rows = self.frames[split], []
        columns = {c: frame[c].tolist() for c in COLUMNS}
        for k in range(len(frame)):
            row = {}
            for c in COLUMNS:
                value = columns[c][k]
                if value is None or value != value:
                    row[c] = None
                elif c in IMAGES:
                    row[c] = (value, (self.folder / FOLDERS[c] / SPLITS[split] / value).read_bytes())
                else:
                    row[c] = value
            rows.append(row)
        return rows

    def reorder(self, split, names):
        """Take on a shuffle: names are the refined images' file names in the output's order."""
        by_name = {row["refine_image"][0]: k for k, row in enumerate(self.splits[split])}
        assert sorted(names) == sorted(by_name), f"{split}: not the records of the input, shuffled"
        self.order[split] = [by_name[name] for name in names]
        self.splits[split] = [self.splits[split][k] for k in self.order[split]]

    def keys(self, split):
        return [f"{split}-{row:09d}" for row in self.order[split]]

    def all(self):
        return [row for rows in self.splits.values() for row in rows]

    @functools.cached_property
    def table(self):
        """Texts and scores of all splits, for counting what a filter must find."""
        return pd.DataFrame([{c: r[c] for c in TEXTS + SCORES} for r in self.all()]).astype({c: "float64" for c in SCORES})

    def compare(self, split, rows, columns=COLUMNS):
        """Every value of every row, bit by bit, and in the truth's order. Images: (name, bytes)."""
        expected = self.splits[split]
        rows = list(rows)
        assert len(rows) == len(expected), f"{split}: {len(rows)} rows, pandas has {len(expected)}"
        for k, (got, want) in enumerate(zip(rows, expected)):
            for c in columns:
                g, w = got[c], want[c]
                if c in SCORES:
                    assert g is None or type(g) is float, f"{split} row {k} {c}: {g!r} is a {type(g).__name__}, no float"
                    same = bits(g) == bits(w)
                elif c in IMAGES:
                    same = g is not None and g[0] == w[0] and bytes(g[1]) == w[1]
                else:
                    same = g == w
                assert same, f"{split} row {k} {c}: {show(g)} instead of {show(w)}"


def image(cell):
    """An image cell {bytes, path} as (name, bytes)."""
    return None if cell is None else (cell["path"], cell["bytes"])


def rows_of(table):
    """Rows of a pyarrow table with the image struct, for Truth.compare."""
    columns = {c: table.column(c).to_pylist() for c in table.column_names}
    for c in set(IMAGES) & set(columns):
        columns[c] = [image(cell) for cell in columns[c]]
    return [dict(zip(columns, values)) for values in zip(*columns.values())] if columns else []


def predicates(awkward=True):
    """Filters on one column: (column, operator, value[, second value])."""
    out = []
    for c in SCORES:
        out += [(c, "==", 0.0), (c, "==", 1.0), (c, "<", 0.0), (c, "between", 0.25, 0.75), (c, ">", 0.999)]
    if awkward:
        out += [(SCORES[0], "==", v) for v in pickhigh.AWKWARD_SCORES[2:]]
        out += [(c, "==", text) for c in TEXTS for text in pickhigh.AWKWARD]
        out += [(TEXTS[0], "==", "not there"), (TEXTS[0], ">", "\U0010ffff"), (TEXTS[1], "<", " ")]
    return out


def count(table, predicate):
    """How many rows of a pandas frame a predicate finds."""
    column, op, *values = predicate
    s = table[column]
    if op == "==":
        return int((s == values[0]).sum())
    known = s.notna()
    if op == "<":
        return int((s[known] < values[0]).sum())
    if op == ">":
        return int((s[known] > values[0]).sum())
    return int(((s[known] >= values[0]) & (s[known] <= values[1])).sum())


def shards(folder, suffix):
    """The shard files of each split, in order; names, numbering and totals are checked."""
    found = {split: [] for split in SPLITS}
    for path in sorted(folder.iterdir()):
        match = SHARD.fullmatch(path.name)
        if match and path.name.endswith(suffix):
            found[match[1]].append(path)
        else:
            assert not path.name.endswith(suffix), f"{path.name}: not the name of a shard"
    for split, paths in found.items():
        assert paths, f"{folder.name}: no shard of split {split}"
        names = [f"{split}-{k:05d}-of-{len(paths):05d}{suffix}" for k in range(len(paths))]
        assert [p.name for p in paths] == names
    return found
