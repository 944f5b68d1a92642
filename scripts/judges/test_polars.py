"""Polars reads OUTPUT/parquet and the streams of OUTPUT/arrow."""

import judging
import pytest
from judging import COLUMNS, IMAGES, SCORES


@pytest.fixture
def pl():
    return judging.need("polars")


def rows(frame):
    assert frame.columns == COLUMNS
    return [{c: judging.image(row[c]) if c in IMAGES else row[c] for c in COLUMNS} for row in frame.iter_rows(named=True)]


def test_values(pl, output, truth):
    for split, paths in judging.shards(output / "parquet" / "data", ".parquet").items():
        frame = pl.read_parquet(paths)
        for c in COLUMNS:
            kind = pl.Struct({"bytes": pl.Binary, "path": pl.String}) if c in IMAGES else pl.Float64 if c in SCORES else pl.String
            assert frame.schema[c] == kind, f"{c}: {frame.schema[c]}"
        truth.compare(split, rows(frame))


def test_lazy(pl, output, truth):
    """A scan by glob, projected and sliced."""
    for split, want in truth.splits.items():
        scan = pl.scan_parquet(output / "parquet" / "data" / f"{split}-*.parquet")
        middle = len(want) // 2
        frame = scan.slice(middle, 3).collect()
        got = rows(frame)
        assert len(got) == len(want[middle : middle + 3])
        for g, w in zip(got, want[middle:]):
            assert g == w


def test_filters(pl, output, truth):
    scan = pl.scan_parquet(output / "parquet" / "data" / "*.parquet")
    for predicate in judging.predicates():
        column, op, *values = predicate
        c = pl.col(column)
        where = {"==": lambda v: c == v, "<": lambda v: c < v, ">": lambda v: c > v, "between": c.is_between}[op](*values)
        assert scan.filter(where).select(pl.len()).collect().item() == judging.count(truth.table, predicate), predicate
        assert scan.filter(where).select(column).collect().height == judging.count(truth.table, predicate), predicate


def test_arrow_streams(pl, output, truth):
    for split in truth.splits:
        frames = [pl.read_ipc_stream(p) for p in sorted((output / "arrow" / split).glob("*.arrow"))]
        truth.compare(split, rows(pl.concat(frames)))
