"""What the heavy judges share, with nothing but Python's own library: run.py writes what pandas and the folders hold."""

import hashlib
import math
import os
import pathlib
import pickle
import struct

OUTPUT = pathlib.Path(os.environ["OUTPUT"])
with open(os.environ["TRUTH"], "rb") as f:
    TRUTH = pickle.load(f)
COLUMNS, IMAGES, SCORES, TEXTS, SPLITS = (TRUTH[k] for k in ("columns", "images", "scores", "texts", "splits"))


def rows(split):
    return SPLITS[split]


def compare(split, got):
    """Every value of every row in order; images are (name, bytes)."""
    got, want = list(got), rows(split)
    assert len(got) == len(want), f"{split}: {len(got)} rows, not {len(want)}"
    for k, (g, w) in enumerate(zip(got, want)):
        for c in COLUMNS:
            assert g[c] == w[c], f"{split} row {k} {c}: {str(g[c])[:100]} instead of {str(w[c])[:100]}"


def compare_any_order(split, got):
    """The same, of a reader that promises no order: no row may be lost or come twice."""
    got = list(got)
    found = {row["refine_image"][0]: row for row in got}
    assert len(found) == len(got) == len(rows(split)), f"{split}: {len(got)} rows, {len(found)} of them distinct, not {len(rows(split))}"
    compare(split, [found[w["refine_image"][0]] for w in rows(split)])


def cell(value):
    """An image as (name, bytes)."""
    return (value["path"], bytes(value["bytes"]))


def positive_zero(x):
    """Readers that tell -0.0 from 0.0 find these for 0.0."""
    return x == 0.0 and math.copysign(1, x) > 0


def counts():
    """What filters must find in all splits, and the text that one of them asks for."""
    every = [r for rs in SPLITS.values() for r in rs]
    text = every[0]["easy_prompt"]
    return {
        "zero": sum(r["E1"] == 0.0 for r in every), "positive": sum(positive_zero(r["E1"]) for r in every), "high": sum(r["R2"] > 0.5 for r in every),
        "text": sum(r["easy_prompt"] == text for r in every),
    }, text  # fmt: skip


def facts(name):
    """What a program in another language must print of train. JavaScript's TextDecoder drops a BOM; parquet-java tells zeros apart."""
    want, h = rows("train"), hashlib.sha256()
    for row in want:
        for c in COLUMNS:
            if c in IMAGES:
                h.update(row[c][0].encode() + b"\0" + row[c][1])
            elif c in SCORES:
                h.update(struct.pack(">d", row[c]))
            else:
                h.update((row[c].removeprefix("\ufeff") if name in ("hyparquet", "apache-arrow") else row[c]).encode() + b"\0")
    zero = sum(positive_zero(r["E1"]) if name == "parquet-java" else r["E1"] == 0.0 for r in want)
    return {"rows": len(want), "sha256": h.hexdigest(), "zero": zero, "high": sum(r["R2"] > 0.5 for r in want)}


def files(pattern):
    found = sorted(str(p) for p in OUTPUT.glob(pattern))
    assert found, pattern
    return found
