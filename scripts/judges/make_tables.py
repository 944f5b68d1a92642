"""Write the small Parquet and Arrow files that the tests of stages/read begin with.

    python make_tables.py PARQUET-FOLDER ARROW-FOLDER      (needs pyarrow)

Every file has the same few rows of every kind of value; `expected.jsonl` beside them is
what pyarrow says they are, one row a line, in the spelling of `pickshard cat`.
"""

import base64
import datetime
import decimal
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

UTC = datetime.timezone.utc


def table():
    day = datetime.date(2024, 2, 29)
    at = datetime.datetime(2024, 2, 29, 12, 30, 15, 250000)
    d = decimal.Decimal
    return pa.table(
        {
            "bool": pa.array([True, None, False]),
            "int8": pa.array([-128, None, 127], pa.int8()),
            "uint64": pa.array([2**64 - 1, None, 0], pa.uint64()),
            "int64": pa.array([1, 2, -(2**63)]),
            "float32": pa.array([0.5, None, -0.25], pa.float32()),
            "float64": pa.array([0.1, None, 1e300]),
            "half": pa.array([0.5, None, 2.0]).cast(pa.float16()),
            "string": pa.array(["é😀", None, ""]),
            "binary": pa.array([b"\x00\xff", None, b""]),
            "fixed": pa.array([b"abcd", None, b"efgh"], pa.binary(4)),
            "decimal": pa.array([d("1.25"), None, d("-99999.99")], pa.decimal128(7, 2)),
            "wide": pa.array([d("1.5"), None, d("-2.5")], pa.decimal256(50, 1)),
            "date": pa.array([day, None, datetime.date(1900, 1, 1)]),
            "time": pa.array([datetime.time(1, 2, 3, 4), None, datetime.time(0)], pa.time64("us")),
            "stamp": pa.array([at, None, at.replace(year=1904)], pa.timestamp("us")),
            "zoned": pa.array([at.replace(tzinfo=UTC), None, at.replace(tzinfo=UTC)], pa.timestamp("ms", "Europe/Berlin")),
            "span": pa.array([datetime.timedelta(seconds=1.5), None, datetime.timedelta(days=-1)], pa.duration("ms")),
            "nothing": pa.nulls(3),
            "category": pa.array(["cat", None, "dog"]).dictionary_encode(),
            "list": pa.array([[1, None], None, []], pa.list_(pa.int32())),
            "lists": pa.array([[["a"], None, []], [], None], pa.list_(pa.list_(pa.string()))),
            "vector": pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float32(), 2)),
            "struct": pa.array(
                [{"a": 1, "b": {"c": ["x", None]}}, None, {"a": None, "b": None}],
                pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.list_(pa.string()))]))]),
            ),
            "image": pa.array([{"bytes": b"\x89PNG", "path": "a.png"}, None, {"bytes": b"x", "path": None}]),
            "map": pa.array([[("k", 1), ("l", None)], None, []], pa.map_(pa.string(), pa.int64())),
        }
    )


def spelled(value, kind):
    """A value as pickshard's JSON has it."""
    if value is None:
        return None
    if pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        return [spelled(v, kind.value_type) for v in value]
    if pa.types.is_struct(kind):
        return {f.name: spelled(value[f.name], f.type) for f in kind}
    if pa.types.is_map(kind):
        return [{"key": k, "value": v} for k, v in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if pa.types.is_timestamp(kind):
        if kind.tz:
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if isinstance(value, datetime.timedelta):
        seconds = abs(value.total_seconds())
        return f"{'-' if value.total_seconds() < 0 else ''}PT{seconds:.3f}S"
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S.%f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def main(parquet, arrow):
    t = table()
    for folder in (parquet, arrow):
        lines = [json.dumps({f.name: spelled(row[f.name], f.type) for f in t.schema}, ensure_ascii=False) for row in t.to_pylist()]
        (folder / "expected.jsonl").write_text("\n".join(lines) + "\n")
    delta = {
        "int64": "DELTA_BINARY_PACKED", "int8": "DELTA_BINARY_PACKED", "string": "DELTA_BYTE_ARRAY",
        "binary": "DELTA_LENGTH_BYTE_ARRAY", "float64": "BYTE_STREAM_SPLIT", "fixed": "BYTE_STREAM_SPLIT", "bool": "RLE",
    }
    for name, options in {
        "plain": {"compression": "none", "use_dictionary": False, "write_statistics": False},
        "snappy": {"compression": "snappy", "write_page_checksum": True},
        "gzip-v2": {"compression": "gzip", "data_page_version": "2.0"},
        "zstd-v2": {"compression": "zstd", "data_page_version": "2.0", "row_group_size": 2},
        "brotli": {"compression": "brotli", "data_page_size": 1},
        "lz4": {"compression": "lz4", "store_decimal_as_integer": True},
        "delta": {"compression": "none", "use_dictionary": False, "column_encoding": delta},
    }.items():
        pq.write_table(t, parquet / f"{name}.parquet", **options)
    for name, compression in {"plain": None, "lz4": "lz4", "zstd": "zstd"}.items():
        options = pa.ipc.IpcWriteOptions(compression=compression)
        with pa.ipc.new_file(str(arrow / f"{name}.arrow"), t.schema, options=options) as w:
            w.write_table(t, max_chunksize=2)
        with pa.ipc.new_stream(str(arrow / f"{name}.arrows"), t.schema, options=options) as w:
            w.write_table(t)


if __name__ == "__main__":
    main(*(pathlib.Path(a) for a in sys.argv[1:3]))
