"""Random tables for random_frames.py: frames of every dtype that pandas has, with indexes of every kind.

Hypothesis strategies alone: things(level) draws a table, level "core" or "all". Nothing here knows of pickshard.
"""

import datetime
import math
import pathlib
import random

import hypothesis
import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

PANDAS = tuple(int(x) for x in pd.__version__.split(".")[:2])
UNITS = ("s", "ms", "us", "ns")

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(["", "0", "NaN", "é" * 40, "𝒻" * 70, "x" * 300])
floats = st.floats(width=64) | st.sampled_from([0.0, -0.0, 1.0, math.inf, -math.inf, 5e-324])


def ints_of(dtype):
    info = np.iinfo(dtype)
    return st.integers(int(info.min), int(info.max)) | st.sampled_from([int(info.min), 0, 1, int(info.max)])


def column_of(values, n, draw, nulls=None):
    """n values, in a long column the same few again and again."""
    if nulls is not None:
        values = st.one_of(values, nulls)
    few = draw(st.lists(values, min_size=min(n, 1), max_size=min(n, 12)))
    r = random.Random(draw(st.integers(0, 2**32)))
    return [few[k] if k < len(few) else r.choice(few) for k in range(n)]


def cells(values):
    """An object array of exactly these cells."""
    out = np.empty(len(values), dtype=object)
    for k, v in enumerate(values):
        out[k] = v
    return out


def object_cells(values, nulls=st.sampled_from([None, float("nan")])):
    def make(draw, n):
        return cells(column_of(values, n, draw, draw(st.sampled_from([None, nulls]))))

    return make


def numpy_column(dtype, values):
    return lambda draw, n: np.array(column_of(values, n, draw), dtype=dtype)


def datetimes(unit, kind="M"):
    limit = {"s": 2**33, "ms": 2**43, "us": 2**53, "ns": 2**62}[unit]
    values = st.integers(-limit, limit) | st.just(np.iinfo("i8").min)
    return lambda draw, n: pd.Series(np.array(column_of(values, n, draw), dtype="i8").view(f"{kind}8[{unit}]"))


def masked(dtype, values):
    return lambda draw, n: pd.array(column_of(values, n, draw, st.just(None)), dtype=dtype)


def strings(dtype):
    return lambda draw, n: pd.array(column_of(text, n, draw, st.just(None)), dtype=dtype)


STRING_DTYPES = {
    "string_python": "string[python]",
    "string_pyarrow": "string[pyarrow]",
    "str_python": pd.StringDtype("python", na_value=np.nan),
    "str_pyarrow": pd.StringDtype("pyarrow", na_value=np.nan),
    "string": "string",
    "str": "str",
}
INTS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]) | st.integers(-14, 14).map(
    lambda h: datetime.timezone(datetime.timedelta(hours=h, minutes=30 if abs(h) < 14 else 0))
)

CORE = {
    "object_str": object_cells(text),
    "object_bytes": object_cells(st.binary(max_size=12)),
    "object_bool": object_cells(st.booleans()),
    "object_int": object_cells(ints_of("int64"), st.just(None)),
    "object_float": object_cells(floats, st.just(None)),
    "bool": numpy_column("bool", st.booleans()),
    "float32": numpy_column("float32", st.floats(width=32)),
    "float64": numpy_column("float64", floats),
    **{t: numpy_column(t, ints_of(t)) for t in INTS},
    **{f"datetime_{u}": datetimes(u) for u in UNITS},
    **{name: strings(dtype) for name, dtype in STRING_DTYPES.items()},
}


def categorical(draw, n):
    kind = draw(st.sampled_from(["object_str", "str_python", "int64", "float64", "datetime_ns"]))
    made = pd.Series(CORE[kind](draw, draw(st.integers(0, 6)))).dropna().unique()
    categories = pd.Index(made)
    codes = column_of(st.integers(-1, len(categories) - 1), n, draw)
    return pd.Categorical.from_codes(codes, categories=categories, ordered=draw(st.booleans()))


def with_zone(draw, n):
    unit = draw(st.sampled_from(UNITS))
    limit = {"s": 2**32, "ms": 2**42, "us": 2**52, "ns": 2**61}[unit]
    values = np.array(column_of(st.integers(-limit, limit) | st.just(np.iinfo("i8").min), n, draw), dtype="i8")
    return pd.Series(values.view(f"M8[{unit}]")).dt.tz_localize("UTC").dt.tz_convert(draw(zones))


def periods(draw, n):
    freq = draw(st.sampled_from(["M", "D", "Q", "Y", "h", "min", "s", "W"]))
    return pd.PeriodIndex.from_ordinals(column_of(st.integers(-1000, 30000), n, draw), freq=freq)


def intervals(draw, n):
    left = np.array(column_of(st.integers(-1000, 1000), n, draw), dtype="i8")
    kind = draw(st.sampled_from(["i8", "f8", "M8[ns]"]))
    return pd.arrays.IntervalArray.from_arrays(left.astype(kind), (left + 1).astype(kind), closed=draw(st.sampled_from(["left", "right", "both", "neither"])))


def sparse(draw, n):
    kind = draw(st.sampled_from(["int64", "float64", "bool"]))
    fill = {"int64": 0, "float64": float("nan"), "bool": False}[kind]
    values = np.array([fill if draw(st.booleans()) else v for v in CORE[kind](draw, n)], dtype=kind)
    return pd.arrays.SparseArray(values, fill_value=fill, kind=draw(st.sampled_from(["integer", "block"])))


ARROW_VALUES = [
    (pa.int32(), ints_of("int32")), (pa.uint8(), ints_of("uint8")), (pa.float32(), st.floats(width=32, allow_nan=False)),
    (pa.float64(), st.floats(allow_nan=False)), (pa.bool_(), st.booleans()), (pa.string(), text), (pa.large_string(), text),
    (pa.binary(), st.binary(max_size=9)), (pa.binary(3), st.binary(min_size=3, max_size=3)), (pa.date32(), st.dates()),
    (pa.timestamp("us"), st.datetimes()), (pa.timestamp("ms", "UTC"), st.datetimes().map(lambda d: d.replace(microsecond=0, tzinfo=datetime.timezone.utc))),
    (pa.duration("s"), st.integers(-9999, 9999).map(lambda s: datetime.timedelta(seconds=s))), (pa.time64("us"), st.times()),
    (pa.decimal128(12, 3), st.decimals(-10**8, 10**8, places=3)), (pa.list_(pa.int64()), st.lists(ints_of("int64"), max_size=4)),
    (pa.large_list(pa.string()), st.lists(text, max_size=3)), (pa.list_(pa.int8(), 2), st.lists(ints_of("int8"), min_size=2, max_size=2)),
    (pa.struct([("a", pa.int64()), ("b", pa.string())]), st.fixed_dictionaries({"a": ints_of("int64"), "b": text})),
    (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["x", "y", "é"])), (pa.map_(pa.string(), pa.int64()), st.dictionaries(text, ints_of("int64"), max_size=3).map(lambda d: list(d.items()))),
]  # fmt: skip


def arrow_backed(draw, n):
    kind, values = draw(st.sampled_from(ARROW_VALUES))
    array = pa.array(column_of(values, n, draw, st.just(None)), type=kind)
    if n > 2 and draw(st.booleans()):
        array = pa.chunked_array([array[: n // 2], array[n // 2 :]])
    return pd.arrays.ArrowExtensionArray(array)


small = st.integers(-1000, 1000)
ALL = CORE | {
    "float16": numpy_column("float16", st.floats(width=16)),
    "complex64": numpy_column("complex64", st.complex_numbers(width=64, allow_nan=False)),
    "complex128": numpy_column("complex128", st.complex_numbers(allow_nan=False)),
    "big_endian": lambda draw, n: np.array(column_of(small, n, draw), dtype=draw(st.sampled_from([">i4", ">f8", ">i2", ">i8"]))),
    **{f"timedelta_{u}": datetimes(u, "m") for u in UNITS},
    "datetime_zone": with_zone,
    **{f"masked_{t}": masked(t.replace("uint", "UInt").replace("int", "Int") if t[0] == "i" else t.replace("uint", "UInt"), ints_of(t)) for t in INTS},
    "masked_float": masked("Float64", st.floats(allow_nan=False)),
    "masked_float32": masked("Float32", st.floats(width=32, allow_nan=False)),
    "boolean": masked("boolean", st.booleans()),
    "category": categorical,
    "period": periods,
    "interval": intervals,
    "sparse": sparse,
    "arrow": arrow_backed,
    "object_mixed_missing": object_cells(text, st.sampled_from([None, float("nan"), pd.NA, pd.NaT])),
    "object_long": object_cells(st.integers(-(2**100), 2**100), st.just(None)),
    "object_uint": object_cells(st.integers(0, 2**64 - 1), st.just(None)),
    "object_date": object_cells(st.dates(), st.just(None)),
    "object_datetime": object_cells(st.datetimes(), st.just(None)),
    "object_time": object_cells(st.times(), st.just(None)),
    "object_timedelta": object_cells(st.timedeltas(datetime.timedelta(-(10**8)), datetime.timedelta(10**8)), st.just(None)),
    "object_decimal": object_cells(st.decimals(-10**9, 10**9, places=4), st.just(None)),
    "object_uuid": object_cells(st.uuids(), st.just(None)),
    "object_path": object_cells(st.sampled_from(["a", "a/b", "/x/y.png", "."]).map(pathlib.PurePosixPath), st.just(None)),
    "object_list": object_cells(st.lists(small, max_size=4), st.just(None)),
    "object_list_str": object_cells(st.lists(text, max_size=3), st.just(None)),
    "object_tuple": object_cells(st.tuples(small, small), st.just(None)),
    "object_ndarray": object_cells(st.lists(small, max_size=4).map(lambda v: np.array(v, dtype="i8")), st.just(None)),
    "object_dict": object_cells(st.fixed_dictionaries({"a": small, "b": text}), st.just(None)),
    "object_int_float": object_cells(st.one_of(small, floats), st.just(None)),
    "object_anything": object_cells(st.one_of(small, text, st.booleans(), st.binary(max_size=3))),
}  # fmt: skip

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6) | st.sampled_from(["easy_prompt", "E1", "a b", "日本語"])


def index_for(draw, n, level):
    kinds = ["default"] * 3 + ["range", "counted", "int", "text", "dates", "floats"]
    kind = draw(st.sampled_from(kinds + (["multi", "category"] if level == "all" else [])))
    name = draw(st.sampled_from([None, "row id"]))
    if kind == "range":
        start, step = draw(st.integers(-5, 5)), draw(st.integers(1, 3))
        return pd.RangeIndex(start, start + n * step, step, name=name)
    if kind == "counted":
        return pd.Index(pd.array(range(n), dtype=draw(st.sampled_from(["int64", "int16", "uint32", "Int64"]))), name=name)
    if kind == "int":
        return pd.Index(np.array(column_of(small, n, draw), dtype="i8"), name=name)
    if kind == "text":
        return pd.Index(cells(column_of(text, n, draw)), name=name, dtype=object)
    if kind == "floats":
        return pd.Index(np.array(column_of(st.floats(-9, 9), n, draw), dtype="f8"), name=name)
    if kind == "dates":
        return pd.date_range("2020-01-01", periods=n, freq="D", name=name)
    if kind == "category":
        return pd.CategoricalIndex(column_of(st.sampled_from(["a", "b"]), n, draw), name=name)
    if kind == "multi":
        return pd.MultiIndex.from_arrays([column_of(st.sampled_from("xyz"), n, draw), column_of(small, n, draw)], names=draw(st.sampled_from([[None, None], ["p", "q"]])))
    return pd.RangeIndex(n)


@st.composite
def frames(draw, level):
    """A DataFrame, made in one of the ways that leave differently laid out blocks."""
    kinds = CORE if level == "core" else ALL
    n = draw(st.sampled_from([0, 1, 1, 2, 3, 5, 8, 13, 40, 40, 300]))
    if draw(st.integers(0, 150)) == 77:
        n = 70_001  # more than one chunk of rows
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=0 if level == "all" else 1, max_size=6))
    labels = draw(st.lists(names, min_size=len(chosen), max_size=len(chosen), unique=True))
    labels = [label for label in labels if label not in ("row id", "p", "q")]
    columns = {label: kinds[kind](draw, n) for label, kind in zip(labels, chosen)}
    frame = pd.DataFrame({k: v.array if isinstance(v, pd.Series) else v for k, v in columns.items()})
    if not columns:
        frame = pd.DataFrame(index=pd.RangeIndex(n))
    how = draw(st.sampled_from(["as is"] * 4 + ["inserted", "slice", "from 2-D", "reversed columns", "copy", "rows"]))
    if how == "inserted" and n:
        for k in range(draw(st.integers(1, 3))):
            frame.insert(draw(st.integers(0, frame.shape[1])), f"inserted {k}", np.arange(n) * 0.5)
    elif how == "slice":
        frame = frame.iloc[::2]
    elif how == "from 2-D":
        order = draw(st.sampled_from("CF"))
        frame = pd.DataFrame(np.asarray(np.arange(n * 3.0).reshape(n, 3), order=order), columns=["x", "y", "z"])
    elif how == "reversed columns":
        frame = frame.iloc[:, ::-1]
    elif how == "copy":
        frame = frame.copy()
    elif how == "rows" and n:
        frame = frame.iloc[draw(st.lists(st.integers(0, n - 1), max_size=10))]
    if how not in ("slice", "rows"):
        frame.index = index_for(draw, len(frame), level)
    return frame


@st.composite
def containers(draw):
    """A list of dicts or a dict of lists with plain cells."""
    n = draw(st.sampled_from([1, 2, 5, 30]))
    labels = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    values = {label: column_of(draw(st.sampled_from([text, small, floats, st.booleans(), st.binary(max_size=5)])), n, draw, draw(st.sampled_from([None, st.just(None)]))) for label in labels}
    if draw(st.booleans()):
        return values
    return [{label: values[label][k] for label in labels} for k in range(n)]


@st.composite
def things(draw, level):
    dice = draw(st.integers(0, 9))
    if dice == 0:
        return draw(containers())
    try:
        frame = draw(frames(level))
    except ValueError:  # what pandas itself cannot do, such as taking rows of big-endian columns
        hypothesis.reject()
    if level == "all":
        if dice == 1 and frame.shape[1]:
            return frame.iloc[:, 0]
        if dice == 2 and frame.shape[1]:
            frame.columns = draw(st.sampled_from([range(frame.shape[1]), [k * 1.5 for k in range(frame.shape[1])], [("a", k) for k in range(frame.shape[1])]]))
    return frame
