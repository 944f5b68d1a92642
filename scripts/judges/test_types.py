"""The consumers read the tables of the conformance suite and random ones (tables/main.go): every type, in every other.

The truth is an Arrow IPC file that arrow-go wrote of the same values. Every value of every table is compared, in the one
form that `canon` gives it: numbers as they are, floats by their bits, instants, times and durations as nanoseconds, lists
and structs as tuples, a map as its pairs. TABLES=N sets how many random tables there are (default 40); TABLES_IN=folder
judges tables that were written before.
"""

import decimal
import json
import os
import pathlib
import shutil
import struct
import subprocess

import judging
import pytest

pa = pytest.importorskip("pyarrow")
import pyarrow.ipc as ipc  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import pyarrow.types as pat  # noqa: E402

NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The folder of each table."""
    if "TABLES_IN" in os.environ:
        return sorted(pathlib.Path(os.environ["TABLES_IN"]).iterdir())
    if not shutil.which("go"):
        judging.absent("there is no go to make the tables with")
    out = tmp_path_factory.mktemp("tables")
    seeds = os.environ.get("TABLES", "40")
    done = subprocess.run(["go", "run", "./scripts/judges/tables", str(out), seeds], cwd=judging.REPO, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return sorted(out.iterdir())


def parquet(folder):
    [file] = (folder / "parquet" / "data").glob("*.parquet")
    return file


def truth(folder):
    return ipc.open_file(folder / "truth.arrow").read_all()


def parts(t):
    """The types that a type is made of, all levels, and itself."""
    yield t
    if pat.is_map(t):
        yield from parts(t.key_type)
        yield from parts(t.item_type)
    elif pat.is_nested(t):
        for k in range(t.num_fields):
            yield from parts(t.field(k).type)


def canon(array):
    """An array's values in a form that compares."""
    if isinstance(array, pa.ChunkedArray):
        return [v for chunk in array.chunks for v in canon(chunk)]
    t = array.type
    if isinstance(array, pa.ExtensionArray):
        return canon(array.storage)
    if pat.is_dictionary(t):
        return canon(array.dictionary_decode())
    valid = array.is_valid().to_pylist()
    if pat.is_struct(t):
        rows = list(zip(*(canon(array.field(k)) for k in range(t.num_fields))))
    elif pat.is_fixed_size_list(t):
        n, values = t.list_size, canon(array.values)
        rows = [tuple(values[(array.offset + i) * n : (array.offset + i + 1) * n]) for i in range(len(array))]
    elif pat.is_nested(t):  # list, large list, map
        values = list(zip(canon(array.keys), canon(array.items))) if pat.is_map(t) else canon(array.values)
        offsets = array.offsets.to_pylist()
        rows = [tuple(values[a:b]) for a, b in zip(offsets, offsets[1:])]
    else:
        return leaves(array)
    return [row if there else None for row, there in zip(rows, valid)]


def leaves(array):
    t = array.type
    if pat.is_timestamp(t) or pat.is_duration(t) or pat.is_time(t):
        scale = NANOSECONDS[t.unit]
        return [None if v is None else v * scale for v in array.cast(pa.int32() if t.bit_width == 32 else pa.int64()).to_pylist()]
    if pat.is_date32(t):
        return array.cast(pa.int32()).to_pylist()
    values = array.to_pylist()
    if pat.is_floating(t):
        return [None if v is None else "nan" if v != v else struct.pack(">d", v) for v in values]
    return values


def counted(t):
    """A type with integers for durations, which Parquet has not."""
    if pat.is_duration(t):
        return pa.int64()
    if pat.is_map(t):
        return pa.map_(counted(t.key_type), counted(t.item_type))
    if pat.is_struct(t):
        return pa.struct([(f.name, counted(f.type)) for f in t])
    if pat.is_fixed_size_list(t):
        return pa.list_(counted(t.value_type), t.list_size)
    return pa.list_(counted(t.value_type)) if pat.is_list(t) else t


def compare(folder, name, got, want):
    got, want = canon(got), canon(want)
    assert len(got) == len(want), f"{folder.name} {name}: {len(got)} rows, not {len(want)}"
    for row, (g, w) in enumerate(zip(got, want)):
        assert g == w, f"{folder.name} {name} row {row}: {judging.show(g)} instead of {judging.show(w)}"


def test_pyarrow(tables):
    for folder in tables:
        want, file = truth(folder), pq.ParquetFile(parquet(folder), page_checksum_verification=True)
        got = file.read()
        got.validate(full=True)
        batches = pa.Table.from_batches(list(file.iter_batches(batch_size=7)), schema=file.schema_arrow)
        for name in want.column_names:
            compare(folder, name, got[name], want[name])
            compare(folder, name, batches[name], want[name])


def test_pyarrow_statistics(tables):
    """Bounds hold every value, and null counts are those of the levels, in footer and pages, for each leaf."""
    for folder in tables:
        file = pq.ParquetFile(parquet(folder))
        for g in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(g)
            for k in range(group.num_columns):
                column = group.column(k)
                where = f"{folder.name} group {g} {column.path_in_schema}"
                assert column.has_offset_index, where
                assert column.statistics.has_null_count, where
                if column.path_in_schema.endswith(".bytes") and column.compression == "UNCOMPRESSED":
                    assert not column.statistics.has_min_max, where
                [values] = file.read_row_group(g, columns=[column.path_in_schema]).columns
                *_, t = parts(values.type)
                found = [v for row in canon(values) for v in flat(row)]
                assert column.num_values == len(found), where
                assert column.statistics.null_count == found.count(None), where
                check_bounds(where, column.statistics, t, [v for v in found if v is not None])


def flat(value):
    """The levels of a value of one leaf: what is in it, None for what is not there."""
    return [v for part in value for v in flat(part)] or [None] if isinstance(value, tuple) else [value]


def check_bounds(where, bounds, t, values):
    if not bounds.has_min_max or pat.is_temporal(t):
        return
    lo, hi = bounds.min, bounds.max
    if pat.is_floating(t):
        assert "nan" not in values, where
        values = [struct.unpack(">d", v)[0] for v in values]
        if pat.is_float16(t):
            lo, hi = struct.unpack("<e", lo)[0], struct.unpack("<e", hi)[0]
    elif pat.is_decimal(t):
        if not isinstance(lo, decimal.Decimal):
            lo, hi = (v if isinstance(v, int) else int.from_bytes(v, "big", signed=True) for v in (lo, hi))
            values = [int(v.scaleb(t.scale, decimal.Context(prec=80))) for v in values]
    elif pat.is_string(t):
        lo, hi, values = lo.encode(), hi.encode(), [v.encode() for v in values]
    assert lo <= min(values) and max(values) <= hi, where


def test_datasets(tables, monkeypatch):
    """The features are used as they are told, and every value comes, whole and streaming."""
    datasets = judging.need("datasets")
    for folder in tables:
        want = truth(folder)
        if not want.num_rows:
            continue
        told = json.loads(pq.read_schema(parquet(folder)).metadata[b"huggingface"])["info"]["features"]
        features = datasets.Features.from_dict(told)
        loaded = datasets.load_dataset(str(folder / "parquet"), split="train")
        got = loaded.with_format("arrow")[:]
        streamed = datasets.load_dataset(str(folder / "parquet"), split="train", streaming=True).with_format("arrow")
        batches = pa.concat_tables([t for t in streamed.iter(batch_size=100)])
        for name in want.column_names:
            # A plain timestamp comes in UTC and at least in milliseconds, as Parquet knows no more.
            if not pat.is_timestamp(want.schema.field(name).type):
                assert loaded.features[name] == features[name], f"{folder.name} {name}"
            compare(folder, name, got[name], want[name])
            compare(folder, name, batches[name], want[name])


def test_duckdb(tables):
    duckdb = judging.need("duckdb")
    with duckdb.connect(config={"threads": 2, "autoinstall_known_extensions": False}) as db:
        for folder in tables:
            want = truth(folder)
            got = db.sql(f"SELECT * FROM read_parquet('{parquet(folder)}')").to_arrow_table()
            for name in want.column_names:
                if any(pat.is_decimal(t) and t.precision > 38 for t in parts(want.schema.field(name).type)):
                    continue  # a double to DuckDB, whose decimals have 38 digits
                compare(folder, name, got[name], want[name].cast(counted(want[name].type)))


def test_polars(tables):
    pl = judging.need("polars")
    for folder in tables:
        want = truth(folder)
        for name in want.column_names:
            lacking = [t for t in parts(want.schema.field(name).type) if pat.is_decimal(t) and t.precision > 38 or t == pa.duration("s")]
            if lacking:
                continue  # Polars has no such decimals, and seconds only as far as milliseconds go
            compare(folder, name, pl.read_parquet(parquet(folder), columns=[name]).to_arrow()[name], want[name])


def spark_type(t):
    """What Spark makes of a column; None where it refuses a whole file for one."""
    from pyspark.sql import types as T

    plain = {
        "string": T.StringType, "binary": T.BinaryType, "bool": T.BooleanType, "int8": T.ByteType, "int16": T.ShortType,
        "int32": T.IntegerType, "int64": T.LongType, "uint8": T.ShortType, "uint16": T.IntegerType, "uint32": T.LongType,
        "float": T.FloatType, "double": T.DoubleType, "date32[day]": T.DateType,
    }  # fmt: skip
    if str(t) in plain:
        return plain[str(t)]()
    if pat.is_uint64(t):
        return T.DecimalType(20, 0)
    if pat.is_duration(t):
        return T.LongType()
    if pat.is_decimal(t):
        return T.DecimalType(t.precision, t.scale) if t.precision <= 38 else None
    if pat.is_timestamp(t):
        return None if t.unit == "ns" else T.TimestampType() if t.tz else T.TimestampNTZType()
    if pat.is_map(t):
        return spark_type(pa.list_(pa.struct([("key", t.key_type), ("value", t.item_type)])))
    if pat.is_struct(t):
        members = [(f.name, spark_type(f.type)) for f in t]
        return None if any(m is None for _, m in members) else T.StructType([T.StructField(n, m) for n, m in members])
    if pat.is_nested(t):
        element = spark_type(t.value_type)
        return element and T.ArrayType(element)
    return None  # float16, times of day


@pytest.mark.parametrize("vectorized", ["true", "false"])
def test_spark(tables, spark, vectorized):
    from pyspark.sql import types as T

    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.parquet.enableVectorizedReader", vectorized)
    spark.conf.set("spark.sql.parquet.enableNestedColumnVectorizedReader", vectorized)
    for folder in tables:
        want = truth(folder)
        fields = [(name, spark_type(want.schema.field(name).type)) for name in want.column_names]
        fields = [T.StructField(name, t) for name, t in fields if t is not None]
        if not fields:
            continue
        if len(fields) == len(want.column_names):
            found = spark.read.parquet(str(parquet(folder)))
            assert found.schema.simpleString() == T.StructType(fields).simpleString(), folder.name
        got = spark.read.schema(T.StructType(fields)).parquet(str(parquet(folder))).toArrow()
        for field in fields:
            compare(folder, field.name, got[field.name], want[field.name].cast(counted(want[field.name].type)))


def test_spark_filters_elements(tables, spark):
    """Row groups and pages that a filter on nested columns leaves are those with the rows it is for."""
    from pyspark.sql import functions as F

    [folder] = [f for f in tables if f.name == "nested-beside-images"]
    want = truth(folder).to_pylist()
    table = spark.read.parquet(str(parquet(folder)))
    for member, value in [("meta.model", "model-1"), ("meta.cfg.scale", 7.5), ("meta.steps", 49)]:
        names = member.split(".")
        found = [r["prompt"] for r in table.where(F.col(member) == value).select("prompt").collect()]
        expected = []
        for row in want:
            cell = row
            for name in names:
                cell = cell and cell[name]
            if cell == value:
                expected.append(row["prompt"])
        assert found == expected, member
    found = [r["prompt"] for r in table.where(F.array_contains("ranks", 3)).select("prompt").collect()]
    assert found == [row["prompt"] for row in want if 3 in (row["ranks"] or [])]
