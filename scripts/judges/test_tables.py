"""Tables in files other than pickles, against who wrote them: pyarrow, pandas, Python's csv and json.

Every value of `pickshard cat` is compared with what pyarrow, pandas or the csv module read from the same file; random
nested tables (Hypothesis) go to Parquet, Arrow and JSON Lines and back; and the same records as pickle, csv, tsv, JSON,
Parquet and Arrow, plain and compressed, give the same shards.

TABLE_EXAMPLES=N sets how many random tables there are of each kind (default 40).
"""

import bz2
import csv
import datetime
import decimal
import gzip
import io
import json
import lzma
import math
import os
import pathlib
import random
import subprocess

import conftest
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = settings(
    max_examples=int(os.environ.get("TABLE_EXAMPLES", "40")), deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip


def cat(binary, path, *flags):
    done = subprocess.run([binary, "cat", "--arrow", path, *flags], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return pa.ipc.open_stream(done.stdout).read_all()


def plain(kind):
    """A type as pickshard gives it back: large and dictionary types are their plain ones, names of items are Arrow's."""
    if pa.types.is_dictionary(kind):
        return plain(kind.value_type)
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(plain(kind.value_type), kind.list_size)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(f.name, plain(f.type)) for f in kind])
    if pa.types.is_map(kind):
        return pa.map_(plain(kind.key_type), plain(kind.item_type))
    return kind


def same(got, want, types=True):
    assert got.column_names == want.column_names
    assert got.num_rows == want.num_rows
    for name in want.column_names:
        assert repr(got[name].to_pylist()) == repr(want[name].to_pylist()), name
        if types:
            assert plain(got[name].type) == plain(want[name].type), name


def word(rnd):
    return "".join(rnd.choice('abcé\n"😀 ,;') for _ in range(rnd.randrange(9)))


@pytest.fixture(scope="module")
def everything():
    """A table with every type that Parquet and Arrow have in common."""
    rnd, n = random.Random(7), 3000

    def column(kind, make):
        return pa.array([None if rnd.random() < 0.2 else make() for _ in range(n)], kind)

    def whole(bits, signed=True):
        low = -(2 ** (bits - 1)) if signed else 0
        return lambda: rnd.randrange(low, low + 2**bits)

    def some(make, most=4):
        return lambda: [make() for _ in range(rnd.randrange(most))]

    st_type = pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.string()), ("d", pa.list_(pa.int8()))]))])
    digits = lambda n, scale: lambda: decimal.Decimal(rnd.randrange(-(10**n) + 1, 10**n)).scaleb(-scale)  # noqa: E731
    day = lambda: datetime.date(1900, 1, 1) + datetime.timedelta(days=rnd.randrange(90000))  # noqa: E731
    columns = {
        "bool": column(pa.bool_(), lambda: rnd.random() < 0.5),
        **{f"i{b}": column(getattr(pa, f"int{b}")(), whole(b)) for b in (8, 16, 32, 64)},
        **{f"u{b}": column(getattr(pa, f"uint{b}")(), whole(b, False)) for b in (8, 16, 32, 64)},
        "f16": column(pa.float32(), lambda: rnd.randrange(-99, 99) / 4).cast(pa.float16()),
        "f32": column(pa.float32(), rnd.random),
        "f64": column(pa.float64(), lambda: rnd.choice([rnd.random(), math.inf, -0.0, 5e-324])),
        "whole": pa.array(range(n)),
        "text": column(pa.string(), lambda: word(rnd)),
        "large": column(pa.large_string(), lambda: word(rnd)),
        "binary": column(pa.binary(), lambda: rnd.randbytes(rnd.randrange(5))),
        "fixed": column(pa.binary(4), lambda: rnd.randbytes(4)),
        "d9": column(pa.decimal128(9, 2), digits(9, 2)),
        "d18": column(pa.decimal128(18, 4), digits(18, 4)),
        "d38": column(pa.decimal128(38, 10), digits(28, 10)),
        "d60": column(pa.decimal256(60, 10), digits(28, 10)),
        "date": column(pa.date32(), day),
        "day": column(pa.date64(), day),
        **{f"t{u}": column(pa.timestamp(u), lambda: rnd.randrange(-(10**9), 10**9)) for u in ("s", "ms", "us", "ns")},
        "zoned": column(pa.timestamp("us", "Europe/Berlin"), lambda: rnd.randrange(-(10**15), 10**15)),
        "clock": column(pa.time32("ms"), lambda: rnd.randrange(86400000)),
        "clock_us": column(pa.time64("us"), lambda: rnd.randrange(86400000000)),
        "clock_ns": column(pa.time64("ns"), lambda: rnd.randrange(86400000000) * 1000),
        "span": column(pa.duration("ms"), lambda: rnd.randrange(-(10**9), 10**9)),
        "nothing": pa.nulls(n),
        "category": column(pa.string(), lambda: rnd.choice(["cat", "dog", "cow"])).dictionary_encode(),
        "list": column(pa.list_(pa.int64()), some(lambda: rnd.choice([None, rnd.randrange(9)]))),
        "lists": column(pa.list_(pa.list_(pa.string())), some(lambda: rnd.choice([None, [], [word(rnd)]]))),
        "vector": column(pa.list_(pa.float32(), 3), lambda: [rnd.random() for _ in range(3)]),
        "struct": column(st_type, lambda: {"a": rnd.choice([None, 1]), "b": rnd.choice([None, {"c": word(rnd), "d": [1, None]}])}),
        "image": column(pa.struct([("bytes", pa.binary()), ("path", pa.string())]), lambda: {"bytes": b"\x89PNG", "path": None}),
        "map": column(pa.map_(pa.string(), pa.int64()), lambda: [(w, rnd.choice([None, 3])) for w in {word(rnd), "k"}]),
        "structs": column(pa.list_(st_type), some(lambda: rnd.choice([None, {"a": 1, "b": None}]))),
    }
    return pa.table(columns)


DELTA = {
    "i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "i8": "DELTA_BINARY_PACKED", "tus": "DELTA_BINARY_PACKED",
    "text": "DELTA_BYTE_ARRAY", "d38": "DELTA_BYTE_ARRAY", "binary": "DELTA_LENGTH_BYTE_ARRAY", "bool": "RLE",
    "f32": "BYTE_STREAM_SPLIT", "f64": "BYTE_STREAM_SPLIT", "fixed": "BYTE_STREAM_SPLIT",
}  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "none", "use_dictionary": False},
        {"compression": "gzip", "data_page_version": "2.0"},
        {"compression": "brotli", "row_group_size": 700},
        {"compression": "zstd", "data_page_size": 1000, "data_page_version": "2.0"},
        {"compression": "lz4", "use_dictionary": False, "data_page_size": 500},
        {"write_page_checksum": True, "store_decimal_as_integer": True},
        {"use_dictionary": False, "use_compliant_nested_type": False},
        {"store_schema": False},
        {"use_dictionary": False, "column_encoding": DELTA},
    ],
    ids=str,
)
def test_parquet(binary, everything, tmp_path, options):
    path = tmp_path / "x"  # told by content
    pq.write_table(everything, path, **options)
    same(cat(binary, path), pq.read_table(path))
    some = ["struct.b.c", "i64"]
    got = cat(binary, path, "--columns", ",".join(some))
    assert got["i64"].to_pylist() == everything["i64"].to_pylist()
    assert got["struct.b.c"].to_pylist() == [s and s["b"] and s["b"]["c"] for s in everything["struct"].to_pylist()]


def test_parquet_old_timestamps(binary, everything, tmp_path):
    pq.write_table(everything.select(["tus", "whole"]), tmp_path / "x", use_deprecated_int96_timestamps=True)
    same(cat(binary, tmp_path / "x"), pq.read_table(tmp_path / "x"))


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("form", ["file", "stream"])
def test_arrow(binary, everything, tmp_path, form, compression):
    path = tmp_path / "x"
    opened = {"file": pa.ipc.new_file, "stream": pa.ipc.new_stream}[form]
    with opened(str(path), everything.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as w:
        w.write_table(everything, max_chunksize=999)
    got = cat(binary, path)
    assert got.schema.types == everything.schema.types
    same(got, everything)


def test_feather(binary, everything, tmp_path):
    t = everything.drop(["nothing"])
    pyarrow.feather.write_feather(t, str(tmp_path / "x"))
    same(cat(binary, tmp_path / "x"), t)


# Random nested tables.

LEAVES = {
    pa.int8(): st.integers(-128, 127), pa.int64(): st.integers(-(2**63), 2**63 - 1), pa.uint32(): st.integers(0, 2**32 - 1),
    pa.float64(): st.floats(allow_nan=False), pa.float32(): st.floats(width=32, allow_nan=False), pa.bool_(): st.booleans(),
    pa.string(): st.text(max_size=8), pa.binary(): st.binary(max_size=8), pa.date32(): st.dates(),
    pa.timestamp("us"): st.datetimes(), pa.decimal128(12, 3): st.decimals(-(10**8), 10**8, places=3, allow_nan=False),
}  # fmt: skip
NAMES = st.lists(st.text("abcde._ é\"", min_size=1, max_size=4), min_size=1, max_size=3, unique=True)


def nested(leaves):
    return st.recursive(
        st.sampled_from(leaves),
        lambda inner: st.one_of(
            inner.map(pa.list_),
            st.builds(pa.list_, inner, st.integers(1, 3)),
            NAMES.flatmap(lambda names: st.tuples(*[inner] * len(names)).map(lambda kinds: pa.struct(list(zip(names, kinds))))),
        ),
        max_leaves=4,
    )


def values(kind):
    if pa.types.is_fixed_size_list(kind):
        return st.none() | st.lists(values(kind.value_type), min_size=kind.list_size, max_size=kind.list_size)
    if pa.types.is_list(kind):
        return st.none() | st.lists(values(kind.value_type), max_size=3)
    if pa.types.is_struct(kind):
        return st.none() | st.fixed_dictionaries({f.name: values(f.type) for f in kind})
    return st.none() | LEAVES[kind]


@st.composite
def tables(draw, leaves=tuple(LEAVES)):
    names = draw(NAMES)
    rows = draw(st.integers(0, 6))
    columns = {}
    for name in names:
        kind = draw(nested(leaves))
        columns[name] = pa.array(draw(st.lists(values(kind), min_size=rows, max_size=rows)), kind)
    return pa.table(columns)


@EXAMPLES
@given(t=tables(), options=st.sampled_from([{}, {"data_page_version": "2.0"}, {"use_dictionary": False, "row_group_size": 2}]))
def test_random_parquet(binary, tmp_path, t, options):
    pq.write_table(t, tmp_path / "x", **options)
    same(cat(binary, tmp_path / "x"), pq.read_table(tmp_path / "x"))


@EXAMPLES
@given(t=tables(), compression=st.sampled_from([None, "lz4", "zstd"]))
def test_random_arrow(binary, tmp_path, t, compression):
    with pa.ipc.new_file(str(tmp_path / "x"), t.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as w:
        w.write_table(t, max_chunksize=2)
    same(cat(binary, tmp_path / "x"), t)


@EXAMPLES
@given(t=tables((pa.int64(), pa.float64(), pa.bool_(), pa.string())), ascii=st.booleans())
def test_random_jsonl(binary, tmp_path, t, ascii):
    rows = t.to_pylist()
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(r, ensure_ascii=ascii) + "\n" for r in rows), encoding="utf-8")
    done = subprocess.run([binary, "cat", tmp_path / "x.jsonl"], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    got = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(got) == len(rows)
    for g, w in zip(got, rows):
        for name in w:
            assert loose(g[name]) == loose(w[name])


def loose(v):
    """A value in which what only one row of a column may have is alike: ints among floats, JSON as text."""
    if isinstance(v, str):
        try:
            inner = json.loads(v)
        except ValueError:
            return v
        return loose(inner) if isinstance(inner, (dict, list)) else v
    if isinstance(v, dict):
        return {k: loose(x) for k, x in v.items() if x is not None}
    if isinstance(v, list):
        return [loose(x) for x in v]
    if isinstance(v, float) and abs(v) == math.inf:
        return str(v)  # 1e999 in strict JSON
    return v


# csv.


@EXAMPLES
@given(
    rows=st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6), min_size=3, max_size=3), max_size=6),
    dialect=st.sampled_from([("x.csv", ",", "\r\n"), ("x.tsv", "\t", "\n"), ("x.csv", ",", "\n")]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_random_csv(binary, tmp_path, rows, dialect, quoting):
    name, delimiter, end = dialect
    if end == "\n":  # before Python 3.13 csv.writer leaves a lone CR without quotes, which no reader takes for a value
        rows = [[text.replace("\r", "") for text in row] for row in rows]
    with open(tmp_path / name, "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f, delimiter=delimiter, lineterminator=end, quoting=quoting)
        w.writerows([["a", "b", "c"], *rows])
    with open(tmp_path / name, newline="", encoding="utf-8") as f:
        want = list(csv.reader(f, delimiter=delimiter))[1:]
    got = [list(r.values()) for r in cat(binary, tmp_path / name).to_pylist()]
    assert len(got) == len(want)
    for g, w in zip(got, want):
        for value, text in zip(g, w):
            if value is None:
                assert text == ""
            elif isinstance(value, str):
                assert value == text
            elif isinstance(value, bool):
                assert str(value).lower() == text.lower()
            else:
                assert repr(value) == repr(type(value)(text))


def frame(n=400):
    rnd = random.Random(3)
    return pd.DataFrame(
        {
            "id": range(n),
            "name": [f"images/{k:04d}.jpg" for k in range(n)],
            "prompt": [word(rnd) + "x" for _ in range(n)],
            "score": [rnd.choice([rnd.random(), -1e-7, 1e22]) for _ in range(n)],
            "votes": pd.array([rnd.choice([None, rnd.randrange(9)]) for _ in range(n)], dtype="object"),
            "good": [rnd.random() < 0.5 for _ in range(n)],
        }
    )


@pytest.mark.parametrize("orient", ["records", "lines", "columns", "index", "split", "table"])
def test_pandas_json(binary, tmp_path, orient):
    f = frame()
    if orient == "lines":
        f.to_json(tmp_path / "x", orient="records", lines=True, double_precision=15)
    else:
        f.to_json(tmp_path / "x", orient=orient, double_precision=15)
    got = cat(binary, tmp_path / "x", *(["--orient", "index"] if orient == "index" else []))
    want = pd.read_json(
        tmp_path / "x", orient="records" if orient == "lines" else orient, lines=orient == "lines", convert_dates=False, precise_float=True
    )
    for c in f.columns:
        theirs = [None if v != v else v for v in want[c].tolist()]
        assert got[c].to_pylist() == theirs, c


def test_pandas_csv(binary, tmp_path):
    f = frame()
    f.to_csv(tmp_path / "x.csv", index=False)
    got, want = cat(binary, tmp_path / "x.csv"), pd.read_csv(tmp_path / "x.csv", float_precision="round_trip")
    for c in f.columns:
        assert got[c].to_pylist() == [None if v != v else v for v in want[c].tolist()], c


CONFIG = """\
version: 1
name: same
splits: {{train: {{records: {records}}}}}
fields:
  id: {{type: int64}}
  prompt: {{type: string}}
  score: {{type: float64}}
  votes: {{type: int16, nullable: true}}
  good: {{type: bool}}
output: {{formats: [parquet, arrow, webdataset], shard_rows: 150}}
"""


def writers():
    """Every kind of file of the same records, by name."""
    f = frame()
    rows = [{k: None if v != v else v for k, v in r.items()} for r in f.to_dict("records")]
    table = pa.Table.from_pandas(f, preserve_index=False)

    def arrow(opened):
        sink = io.BytesIO()
        with opened(sink, table.schema) as w:
            w.write_table(table, max_chunksize=77)
        return sink.getvalue()

    def parquet(**options):
        sink = io.BytesIO()
        pq.write_table(table, sink, **options)
        return sink.getvalue()

    lines = "".join(json.dumps(r) + "\n" for r in rows).encode()
    return {
        "x.pkl": f.to_pickle, "x.csv": f.to_csv(index=False).encode(), "x.tsv": f.to_csv(index=False, sep="\t").encode(),
        "semicolons": f.to_csv(index=False, sep=";").encode(), "x.jsonl": lines, "x.json": json.dumps(rows, indent=1).encode(),
        "columns.json": json.dumps({c: [r[c] for r in rows] for c in f.columns}).encode(),
        "frame.json": json.dumps({c: {str(k): r[c] for k, r in enumerate(rows)} for c in f.columns}).encode(),
        "split.json": json.dumps({"columns": list(f.columns), "index": list(range(len(f))), "data": [list(r.values()) for r in rows]}).encode(),
        "x.parquet": parquet(), "pages.parquet": parquet(compression="zstd", row_group_size=99, data_page_version="2.0"),
        "x.arrow": arrow(pa.ipc.new_file), "x.arrows": arrow(pa.ipc.new_stream),
        "x.csv.gz": gzip.compress(f.to_csv(index=False).encode()), "x.jsonl.xz": lzma.compress(lines), "x.jsonl.bz2": bz2.compress(lines),
        "x.parquet.zst": pa.Codec("zstd").compress(parquet(), asbytes=True), "noname": lines,
    }  # fmt: skip


def test_same_shards(binary, tmp_path):
    """The same records in any kind of file give the same bytes."""
    shards = {}
    for name, data in writers().items():
        folder = tmp_path / name
        (folder / "in").mkdir(parents=True)
        if callable(data):
            data(folder / "in" / name)
        else:
            (folder / "in" / name).write_bytes(data)
        config = folder / "config.yaml"
        config.write_text(CONFIG.format(records=name))
        conftest.run(binary, "convert", config, folder / "in", folder / "out", "--quiet")
        conftest.run(binary, "verify", folder / "out", "--quiet")
        shards[name] = {
            str(p.relative_to(folder / "out")): p.read_bytes()
            for p in sorted(pathlib.Path(folder / "out").rglob("*"))
            if p.suffix in (".parquet", ".arrow", ".tar")
        }
    first = shards.pop("x.pkl")
    assert len(first) == 9
    for name, files in shards.items():
        assert files.keys() == first.keys(), name
        assert [k for k in files if files[k] != first[k]] == [], name
