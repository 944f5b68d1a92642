"""DuckDB reads OUTPUT/parquet."""

import judging
import pytest
from judging import COLUMNS, IMAGES, SCORES


@pytest.fixture
def db():
    duckdb = judging.need("duckdb")
    with duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False}) as connection:
        yield connection


def names(paths):
    return [str(p) for p in paths]


def test_values(db, output, truth):
    for split, paths in judging.shards(output / "parquet" / "data", ".parquet").items():
        rows = []
        for values in db.execute("SELECT * FROM read_parquet(?)", [names(paths)]).fetchall():
            row = dict(zip(COLUMNS, values, strict=True))
            rows.append({c: judging.image(row[c]) if c in IMAGES else row[c] for c in COLUMNS})
        truth.compare(split, rows)


def test_types(db, output):
    for paths in judging.shards(output / "parquet" / "data", ".parquet").values():
        found = db.execute("DESCRIBE SELECT * FROM read_parquet(?)", [names(paths)]).fetchall()
        kinds = {c: 'STRUCT("bytes" BLOB, path VARCHAR)' if c in IMAGES else "DOUBLE" if c in SCORES else "VARCHAR" for c in COLUMNS}
        got = {row[0]: row[1] for row in found}
        assert list(got) == COLUMNS
        for c in COLUMNS:
            assert got[c].replace('"', "") == kinds[c].replace('"', ""), f"{c}: {got[c]}"


def test_filters(db, output, truth):
    for predicate in judging.predicates():
        column, op, *values = predicate
        where = f'"{column}" BETWEEN ? AND ?' if op == "between" else f'"{column}" {op.replace("==", "=")} ?'
        found = db.execute(
            f"SELECT count(*), count(octet_length(refine_image.bytes)) FROM read_parquet(?) WHERE {where}",
            [str(output / "parquet" / "data" / "*.parquet"), *values],
        ).fetchone()
        want = judging.count(truth.table, predicate)
        assert found == (want, want), predicate


def test_one_image_by_value(db, output, truth):
    """A point query has to find the right page of the image column."""
    for split, rows in truth.splits.items():
        for want in rows[:: max(1, len(rows) // 5)]:
            found = db.execute(
                "SELECT easy_image_1.bytes, refine_image.bytes FROM read_parquet(?) WHERE refine_image.path = ?",
                [str(output / "parquet" / "data" / f"{split}-*.parquet"), want["refine_image"][0]],
            ).fetchall()
            assert found == [(want["easy_image_1"][1], want["refine_image"][1])]
