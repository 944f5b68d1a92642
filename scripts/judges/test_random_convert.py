"""Random tables through convert: lists, structs, lists of structs, lists of one length, nulls everywhere, decimals, times,
classes and JSON, written by pandas and pyarrow as pickle (columns of Python objects, of pyarrow, a list of dicts),
Parquet and JSON Lines, converted to all three formats by the binary, and every value read back by pyarrow from Parquet,
by `datasets` from Arrow, and by tarfile and json from WebDataset.

The tables are the same in every run; CONVERT_EXAMPLES=N makes more of them (default 12 of each kind), CONVERT_SEED=N others.
"""

import base64
import datetime
import decimal
import json
import os
import pathlib
import pickle
import re
import shutil
import struct
import tarfile

import conftest
import judging
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

EXAMPLES = settings(
    max_examples=int(os.environ.get("CONVERT_EXAMPLES", "12")), deadline=None, derandomize="CONVERT_SEED" not in os.environ, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)  # fmt: skip
CLASSES = ["cat", "dog", "a, b"]
ZONE = "Europe/Berlin"
MICROSECOND = datetime.timedelta(microseconds=1)

# What a leaf is called in a config, its Arrow type, and its values as Python has them.
FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
LEAVES = {
    "int8": (pa.int8(), st.integers(-128, 127)),
    "uint16": (pa.uint16(), st.integers(0, 2**16 - 1)),
    "int32": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "uint64": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "float32": (pa.float32(), FLOAT32),
    "float64": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "bool": (pa.bool_(), st.booleans()),
    "string": (pa.string(), st.text(max_size=6)),
    "binary": (pa.binary(), st.binary(max_size=6)),
    "date32": (pa.date32(), st.dates()),
    "timestamp[us]": (pa.timestamp("us"), st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2250, 1, 1))),
    f"timestamp[us, {ZONE}]": (pa.timestamp("us", ZONE), st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2250, 1, 1), timezones=st.just(datetime.UTC))),
    "time[us]": (pa.time64("us"), st.times()),
    "duration[us]": (pa.duration("us"), st.timedeltas(datetime.timedelta(-9999), datetime.timedelta(9999))),
    "decimal[12, 3]": (pa.decimal128(12, 3), st.decimals(-(10**8), 10**8, places=3, allow_nan=False)),
    "decimal[40, 0]": (pa.decimal256(40, 0), st.integers(-(10**39), 10**39).map(decimal.Decimal)),
}  # fmt: skip
IN_JSON = ["int8", "int32", "int64", "uint64", "float64", "bool", "string"]  # what JSON has a form of its own for
# Text is taken for JSON where it is a list or an object: "5" is text.
JSON = st.recursive(st.integers(-9, 9) | st.booleans() | st.text(max_size=3), lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text("abcé", min_size=1), v, max_size=3), max_leaves=5)
NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,3}", fullmatch=True).filter(lambda n: "__" not in n), min_size=1, max_size=3, unique=True)


class Kind:
    """A type: as a config spells it, in Arrow, and a strategy for values."""

    def __init__(self, spelled, arrow, values, parts=(), names=()):
        self.spelled, self.arrow, self.values, self.parts, self.names = spelled, arrow, values, parts, names


def leaf(name):
    return Kind(name, *LEAVES[name])


def list_of(item):
    return Kind(f"list[{item.spelled}]", pa.list_(item.arrow), st.lists(st.none() | item.values, max_size=3), [item])


def array_of(item, n):
    values = st.lists(st.none() | item.values, min_size=n, max_size=n)
    return Kind(f"list[{item.spelled}, {n}]", pa.list_(item.arrow, n), values, [item])


def struct_of(members):
    spelled = ", ".join(f"{name}: {kind.spelled}" for name, kind in members.items())
    arrow = pa.struct([(name, kind.arrow) for name, kind in members.items()])
    values = st.fixed_dictionaries({name: st.none() | kind.values for name, kind in members.items()})
    return Kind(f"struct[{spelled}]", arrow, values, list(members.values()), list(members))


def kinds(leaves):
    def deeper(inner):
        structs = NAMES.flatmap(lambda names: st.tuples(*[inner] * len(names)).map(lambda found: struct_of(dict(zip(names, found)))))
        return st.builds(list_of, inner) | st.builds(array_of, inner, st.integers(1, 3)) | structs

    return st.recursive(st.sampled_from(leaves).map(leaf), deeper, max_leaves=4)


class Table:
    """Columns by name: their kinds and values. label is a class, js is JSON."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows

    def __repr__(self):
        return f"{ {name: kind.spelled for name, kind in self.columns.items()} } {self.rows}"


@st.composite
def tables(draw, leaves=tuple(LEAVES), scalars=False):
    columns = {name: draw(kinds(list(leaves))) for name in draw(NAMES)}
    columns["label"] = Kind(f"class[{CLASSES[0]}, {CLASSES[1]}, \"{CLASSES[2]}\"]", pa.string(), st.sampled_from(CLASSES))
    columns["js"] = Kind("json", None, JSON if scalars else JSON.filter(lambda v: isinstance(v, (list, dict))))
    one = st.fixed_dictionaries({name: st.none() | kind.values for name, kind in columns.items()})
    return Table(columns, draw(st.lists(one, min_size=1, max_size=6)))


def config(table, records):
    lines = ["version: 1", "name: random", f"splits: {{train: {{records: {records}}}}}", "fields:"]
    lines += [f"  {name}: {{type: {json.dumps(kind.spelled)}, nullable: true}}" for name, kind in table.columns.items()]
    return "\n".join([*lines, "output: {formats: [parquet, arrow, webdataset], shard_rows: 4}", ""])


# --- the same table as files ------------------------------------------------------------------------------------------


def arrow_table(table):
    """As pyarrow has it: JSON as text, a class as a dictionary."""
    columns = {}
    for name, kind in table.columns.items():
        values = [row[name] for row in table.rows]
        if name == "js":
            columns[name] = pa.array([None if v is None else json.dumps(v) for v in values], pa.string())
        elif name == "label":
            columns[name] = pa.array(values, pa.string()).dictionary_encode()
        else:
            columns[name] = pa.array(values, kind.arrow)
    return pa.table(columns)


def objects(table):
    """As pandas has Python's own objects."""
    return pd.DataFrame({name: pd.Series([row[name] for row in table.rows], dtype=object) for name in table.columns})


def write_objects(table, path):
    objects(table).to_pickle(path)


def write_categories(table, path):
    frame = objects(table)
    frame["label"] = pd.Categorical(frame["label"], categories=CLASSES[::-1])
    frame.to_pickle(path, protocol=4)


def write_rows(table, path):
    path.write_bytes(pickle.dumps(table.rows, protocol=2))


def write_arrow_frame(table, path):
    arrow_table(table).to_pandas(types_mapper=pd.ArrowDtype).to_pickle(path)


def write_parquet(table, path):
    pq.write_table(arrow_table(table), path, row_group_size=4)


def write_lines(table, path):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table.rows), encoding="utf-8")


# --- what was read ----------------------------------------------------------------------------------------------------


def plain(value):
    """A value so that == means the same bits, and instants are those of UTC."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    if isinstance(value, datetime.datetime) and value.tzinfo:
        return value.astimezone(datetime.UTC).replace(tzinfo=None), "UTC"
    if isinstance(value, float):
        return struct.pack(">d", value)
    return value


def texts(value, kind):
    """A value as JSON has it, but for numbers: these stay as they are."""
    if value is None:
        return None
    if kind.spelled.startswith("struct["):
        return {name: texts(value[name], part) for name, part in zip(kind.names, kind.parts)}
    if kind.parts:
        return [texts(v, kind.parts[0]) for v in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def from_json(value, kind):
    """What a value of the JSON member stands for: times are ISO 8601, decimals numbers."""
    if value is None:
        return None
    if kind.spelled.startswith("struct["):
        assert list(value) == kind.names
        return {name: from_json(value[name], part) for name, part in zip(kind.names, kind.parts)}
    if kind.parts:
        return [from_json(v, kind.parts[0]) for v in value]
    word = kind.spelled.partition("[")[0]
    if word == "date32":
        return datetime.date.fromisoformat(value)
    if word == "timestamp":
        return datetime.datetime.fromisoformat(value)
    if word == "time":
        return datetime.time.fromisoformat(value)
    if word == "duration":
        sign, digits = (-1, value[3:-1]) if value.startswith("-") else (1, value[2:-1])
        return sign * int(decimal.Decimal(digits) * 10**6) * MICROSECOND
    if word == "decimal":
        return decimal.Decimal(value)
    if word.startswith("float"):
        value = float(value)
        return struct.unpack("f", struct.pack("f", value))[0] if word == "float32" else value
    if word.startswith(("int", "uint")):
        assert "." not in str(value) and "e" not in str(value).lower(), f"{value} is not a whole number"
        return int(value)
    return value


def compare(got, table, what):
    assert len(got) == len(table.rows), what
    for k, (g, row) in enumerate(zip(got, table.rows)):
        for name in table.columns:
            want = CLASSES.index(row[name]) if name == "label" and row[name] is not None else row[name]
            found = json.loads(g[name]) if name == "js" and g[name] is not None else g[name]
            assert plain(found) == plain(want), f"{what}, row {k}, {name}: {found!r} instead of {want!r}"


def read_parquet(output, table):
    rows = []
    for path in sorted((output / "parquet" / "data").glob("*.parquet")):
        file = pq.ParquetFile(path, page_checksum_verification=True)
        for name, kind in table.columns.items():
            if kind.arrow is not None and name != "label":
                assert loose(file.schema_arrow.field(name).type) == loose(kind.arrow), name
        rows += file.read().to_pylist()
    return rows


def loose(kind):
    """A type without what lists call their items, with lists of one length as any others (old pyarrow cannot read their
    nulls), and times in UTC."""
    return re.sub(r"\[\d+\]", "", str(kind).replace("element:", "item:").replace("fixed_size_list", "list").replace(ZONE, "UTC"))


def read_arrow(output):
    datasets = judging.need("datasets")
    found = datasets.load_from_disk(str(output / "arrow"))["train"]
    assert found.features["label"].names == CLASSES
    return found.with_format("arrow")[:].to_pylist()


def read_webdataset(output, table):
    rows = []
    for path in sorted((output / "webdataset" / "data").glob("*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                assert member.name == f"train-{len(rows):09d}.json"
                text = tar.extractfile(member).read().decode()
                row = json.loads(text, parse_float=decimal.Decimal)
                rows.append({name: from_json(row[name], kind) for name, kind in table.columns.items()})
    return rows


def judge(binary, tmp_path, table, write, name):
    """Convert a table that write writes, and compare what is read back of all three formats."""
    home = pathlib.Path(tmp_path)
    shutil.rmtree(home / "out", ignore_errors=True)
    (home / "in").mkdir(exist_ok=True)
    write(table, home / "in" / name)
    (home / "config.yaml").write_text(config(table, name), encoding="utf-8")
    conftest.run(binary, "convert", home / "config.yaml", home / "in", home / "out", "--quiet", "--no-sync")
    compare(read_parquet(home / "out", table), table, "parquet")
    compare(read_arrow(home / "out"), table, "arrow")
    encoded = Table(table.columns, [{name: v if name in ("js", "label") else texts(v, table.columns[name]) for name, v in row.items()} for row in table.rows])
    compare(read_webdataset(home / "out", table), encoded, "webdataset")


def chosen(test):
    return seed(int(os.environ["CONVERT_SEED"]))(test) if "CONVERT_SEED" in os.environ else test


@chosen
@EXAMPLES
@given(table=tables(), write=st.sampled_from([write_objects, write_categories, write_rows, write_arrow_frame]))
def test_pickle(binary, tmp_path, table, write):
    judge(binary, tmp_path, table, write, "x.pkl")


@chosen
@EXAMPLES
@given(table=tables())
def test_parquet(binary, tmp_path, table):
    judge(binary, tmp_path, table, write_parquet, "x.parquet")


@chosen
@EXAMPLES
@given(table=tables(leaves=tuple(IN_JSON), scalars=True))
def test_lines(binary, tmp_path, table):
    judge(binary, tmp_path, table, write_lines, "x.jsonl")
