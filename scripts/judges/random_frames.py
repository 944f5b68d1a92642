#!/usr/bin/env python3
"""Random tables, pickled by pandas in a random protocol, must come out of `pickshard cat --arrow` as pandas holds them.

    PICKSHARD_BIN=./pickshard "$(python3 scripts/judges/environment.py)" scripts/judges/random_frames.py --frames 1000
    PICKSHARD_BIN=./pickshard "$(python3 scripts/judges/environment.py scripts/judges/requirements-pandas2.txt)" \\
        scripts/judges/random_frames.py --frames 1000 --seed 7

The seed is printed, `--seed` repeats a run. A table that comes out wrong is shrunk by Hypothesis, its pickle is kept
(--keep, default: the system's temporary folder) and the exit code is 1.

--level core  dtypes that must always be read: strings of every storage, ints, floats, bool, datetime64, bytes;
              DataFrames, lists of dicts, dicts of lists
--level all   every dtype and shape pandas can pickle, compressed or not (the file's name does not tell). What is refused with a message is counted and printed; with
              --strict a refusal of what RULES promises is a failure, too.

The rule for values: what pandas gives back when it unpickles, cell by cell. Missing (None, NaN, NaT, pd.NA) is null;
NaN in a float column is null as well. Floats are compared bit by bit, instants as integers in the column's own unit.
The rule for types (RULES in words; `expected` is the same in code):

    bool, boolean                    bool
    int8 ... uint64, Int8 ... UInt64 the same width and sign
    float16                          halffloat or float
    float32, float64, Float32/64     the same width
    complex                          struct of two floats (real, imaginary)
    datetime64[unit]                 timestamp[unit]; with a zone: timestamp[unit, zone]
    timedelta64[unit]                duration[unit]
    text in any storage, object str  string (or large_string)
    object bytes                     binary (or large_binary)
    object bool, int, float          bool, int64 (uint64 where needed; decimal or text beyond), double
    object date, datetime, time      date32, timestamp[us], time64[us]
    object timedelta, Decimal        duration[us], decimal (or text)
    object UUID, Path                string (UUID also binary(16))
    object list, tuple, ndarray      list;  dict: struct or map or JSON text
    category                         the categories' type (plain or as dictionary)
    period                           string, as str(period);  interval: struct (left, right)
    Sparse                           the dense type;  ArrowDtype: its own type (plain where that is only layout)
    only missing cells, no rows      any type

An index comes as columns at the end: its names, or __index_level_N__. Not so one without a name of the integers
0..n-1, RangeIndex or not. (One without rows may come or not.)
"""

import argparse
import bz2
import datetime
import decimal
import gzip
import io
import json
import lzma
import math
import os
import pathlib
import pickle
import random
import struct
import subprocess
import sys
import tempfile
import time
import uuid
import warnings

import hypothesis
import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from frame_making import things

warnings.simplefilter("ignore")


# --- what pandas holds ------------------------------------------------------------------------------------------------


class Rule:
    """What a column must come out as: canonical values and a test of the Arrow type. Refusing may be allowed."""

    def __init__(self, values, accepts, words, may_refuse=False):
        self.values, self.accepts, self.words, self.may_refuse = values, accepts, words, may_refuse


def missing(value):
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, decimal.Decimal):
        return False
    return isinstance(value, (float, np.floating)) and math.isnan(value)


def canonical(value):
    """A Python value so that == means the same bits: floats as bytes, containers recursively."""
    if missing(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return ("float", struct.pack(">d", float(value)))
    if isinstance(value, (list, tuple, np.ndarray)):
        return [canonical(v) for v in value]
    if isinstance(value, dict):
        return {k: canonical(v) for k, v in value.items()}
    if isinstance(value, np.datetime64 | np.timedelta64):
        return canonical(value.item())
    if isinstance(value, pd.Timestamp):
        return ("ns", int(value.as_unit("ns").value))
    return value


def zone_text(tz):
    """A time zone as Arrow says it."""
    return pa.lib.tzinfo_to_string(tz)


def plain_type(kind):
    """A type without what is only a choice of layout: 64-bit offsets, views, dictionaries, fixed sizes of lists."""
    test = pa.types
    if test.is_dictionary(kind):
        return plain_type(kind.value_type)
    if test.is_large_string(kind) or test.is_string_view(kind):
        return pa.string()
    if test.is_large_binary(kind) or test.is_binary_view(kind):
        return pa.binary()
    if test.is_list(kind) or test.is_large_list(kind) or test.is_fixed_size_list(kind):
        return pa.list_(plain_type(kind.value_type))
    if test.is_struct(kind):
        return pa.struct([(kind.field(k).name, plain_type(kind.field(k).type)) for k in range(kind.num_fields)])
    if test.is_map(kind):
        return pa.map_(plain_type(kind.key_type), plain_type(kind.item_type))
    return kind


def one_of(*types):
    return lambda t: t in types


TEXT = (one_of(pa.string(), pa.large_string()), "string")
BINARY = (one_of(pa.binary(), pa.large_binary()), "binary")
ANY = (lambda t: True, "any type")


def instants(values, unit, zone=None):
    """datetime64 values as the rule for a timestamp column."""
    nat = np.iinfo("i8").min
    ints = [None if v == nat else ("instant", int(v)) for v in np.asarray(values, dtype=f"M8[{unit}]").view("i8")]
    if zone is None:
        return Rule(ints, one_of(pa.timestamp(unit)), f"timestamp[{unit}]")
    names = {zone_text(zone), str(zone)} | ({"UTC", "+00:00"} if zone_text(zone) in ("UTC", "+00:00") else set())
    return Rule(ints, lambda t: pa.types.is_timestamp(t) and t.unit == unit and t.tz in names, f"timestamp[{unit}, {names}]")


def objects(cells):
    """The rule for a column of Python objects."""
    values = [canonical(c) for c in cells]
    present = [c for c in cells if not missing(c)]
    kinds = {type(c) for c in present}
    if not kinds:
        return Rule(values, *ANY)
    if kinds == {str}:
        return Rule(values, *TEXT)
    if kinds <= {bytes, bytearray}:
        return Rule([None if v is None else bytes(v) for v in values], *BINARY)
    if kinds <= {bool, np.bool_}:
        return Rule(values, one_of(pa.bool_()), "bool")
    if kinds == {int}:
        low, high = min(present), max(present)
        if low >= -(2**63) and high < 2**63:
            return Rule(values, one_of(pa.int64()), "int64")
        if low >= 0 and high < 2**64:
            return Rule(values, one_of(pa.uint64()), "uint64")
        text = [None if v is None else str(v) for v in values]
        return Rule(text, lambda t: pa.types.is_decimal(t) or pa.types.is_string(t), "decimal or text", may_refuse=True)
    if kinds <= {float}:
        return Rule(values, one_of(pa.float64()), "double")
    if kinds == {datetime.date}:
        return Rule(values, one_of(pa.date32()), "date32")
    if kinds == {datetime.time}:
        return Rule(values, one_of(pa.time64("us")), "time64[us]")
    if kinds == {datetime.datetime} and all(c.tzinfo is None for c in present):
        wide = [None if missing(c) else np.datetime64(c, "us") for c in cells]
        return instants(np.array([np.datetime64("NaT", "us") if w is None else w for w in wide], "M8[us]"), "us")
    if kinds == {datetime.timedelta}:
        ints = [None if missing(c) else ("span", c // datetime.timedelta(microseconds=1)) for c in cells]
        return Rule(ints, one_of(pa.duration("us")), "duration[us]")
    if kinds == {decimal.Decimal}:
        text = [None if v is None else v for v in values]
        return Rule(text, lambda t: pa.types.is_decimal(t) or pa.types.is_string(t), "decimal or text", may_refuse=True)
    if kinds == {uuid.UUID}:
        return Rule(values, lambda t: t in (pa.string(), pa.binary(16)), "string or binary(16)")
    if all(isinstance(c, pathlib.PurePath) for c in present):
        return Rule([None if v is None else str(v) for v in values], *TEXT)
    if kinds <= {list, tuple, np.ndarray}:
        return Rule(values, lambda t: pa.types.is_list(t) or pa.types.is_large_list(t), "list", may_refuse=True)
    if kinds == {dict}:
        return Rule(values, lambda t: pa.types.is_struct(t) or pa.types.is_map(t) or pa.types.is_string(t), "struct, map, JSON", may_refuse=True)
    return Rule(values, *ANY, may_refuse=True)  # a mixture: read right or refused


def expected(series):
    """The rule for a pandas column or index level, by its dtype alone."""
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        inner = expected(pd.Series(dtype.categories))
        codes = series.cat.codes if isinstance(series, pd.Series) else series.codes
        values = [None if k < 0 else inner.values[k] for k in codes]
        return Rule(values, lambda t: inner.accepts(t.value_type if pa.types.is_dictionary(t) else t) or not any(v is not None for v in values), inner.words, inner.may_refuse)  # fmt: skip
    if isinstance(dtype, pd.SparseDtype):
        return expected(series.sparse.to_dense())
    if isinstance(dtype, pd.DatetimeTZDtype):
        return instants(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(), dtype.unit, dtype.tz)
    if isinstance(dtype, pd.PeriodDtype):
        return Rule([None if missing(p) else str(p) for p in series], *TEXT)
    if isinstance(dtype, pd.IntervalDtype):
        sides = [expected(pd.Series(getattr(series.array, side))) for side in ("left", "right")]
        gone = series.isna()
        values = [None if g else {"left": a, "right": b} for g, a, b in zip(gone, *(s.values for s in sides))]

        def accepts(t):
            return pa.types.is_struct(t) and {"left", "right"} <= {t.field(k).name for k in range(t.num_fields)} and sides[0].accepts(t.field("left").type)

        return Rule(values, accepts, "struct (left, right)")
    if isinstance(dtype, pd.ArrowDtype):
        kind = dtype.pyarrow_dtype
        values = canonical_column(pa.chunked_array(series.array.__arrow_array__()))
        return Rule(values, lambda t: plain_type(t) == plain_type(kind), f"{kind} or a plainer spelling of it", may_refuse=True)
    if isinstance(dtype, pd.StringDtype):
        return Rule([None if missing(v) else v for v in series], *TEXT)
    if isinstance(dtype, np.dtype):
        kind = dtype.kind
        if kind == "O":
            return objects(list(series.array if isinstance(series, pd.Series) else series))
        if kind == "M":
            return instants(series.to_numpy(), np.datetime_data(dtype)[0])
        if kind == "m":
            unit, nat = np.datetime_data(dtype)[0], np.iinfo("i8").min
            ints = [None if v == nat else ("span", int(v)) for v in series.to_numpy().view("i8")]
            return Rule(ints, one_of(pa.duration(unit)), f"duration[{unit}]")
        if kind == "c":
            values = [[canonical(float(v.real)), canonical(float(v.imag))] for v in series.to_numpy()]
            # pandas: a complex number is missing when either part is.
            values = [None if None in v else v for v in values]
            return Rule(values, lambda t: pa.types.is_struct(t) and t.num_fields == 2, "struct of two floats")
        if dtype == np.float16:
            return Rule([canonical(v) for v in series], one_of(pa.float16(), pa.float32()), "halffloat or float")
        return Rule([canonical(v) for v in series.to_numpy()], one_of(pa.from_numpy_dtype(dtype.newbyteorder("="))), str(dtype))
    # Int64, Float32, boolean ...: masked arrays
    values = [canonical(v) for v in series.astype(object)]
    return Rule(values, one_of(pa.from_numpy_dtype(dtype.numpy_dtype)), str(dtype.numpy_dtype))


# --- what came out ----------------------------------------------------------------------------------------------------


def canonical_column(column):
    """A pyarrow column's values in the same terms."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return canonical_column(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind) or pa.types.is_duration(kind):
        word = "instant" if pa.types.is_timestamp(kind) else "span"
        return [None if v is None else (word, v) for v in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_struct(kind):
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
            column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
        names = [kind.field(k).name for k in range(kind.num_fields)]
        fields = [canonical_column(column.field(k)) for k in range(kind.num_fields)]
        rows = [dict(zip(names, row)) for row in zip(*fields)] if names else [{}] * len(column)
        return [row if valid else None for row, valid in zip(rows, column.is_valid().to_pylist())]
    return [canonical(v) for v in column.to_pylist()]


def same(got, want):
    """Canonical values alike, by the rule's freedom in how some are spelled."""
    if got == want:
        return True
    if isinstance(want, list) and isinstance(got, dict):  # complex
        return list(got.values()) == want
    if isinstance(want, dict) and isinstance(got, list):  # map
        return dict(map(tuple, got)) == want if all(isinstance(g, (list, tuple)) and len(g) == 2 for g in got) else False
    if isinstance(want, dict) and isinstance(got, dict):  # struct: fields a cell does not have are null
        return all(same(got.get(k), want.get(k)) for k in got.keys() | want.keys())
    if isinstance(want, list) and isinstance(got, list):
        return len(got) == len(want) and all(map(same, got, want))
    if isinstance(want, dict) and isinstance(got, str):
        return same(canonical(json.loads(got)), want)
    if isinstance(want, decimal.Decimal):
        return isinstance(got, (str, decimal.Decimal)) and decimal.Decimal(got) == want
    if isinstance(want, str) and isinstance(got, decimal.Decimal):
        return got == decimal.Decimal(want)
    if isinstance(want, uuid.UUID):
        return got in (str(want), want.bytes)
    if isinstance(want, tuple) and want[0] == "float" and isinstance(got, int):  # mixture widened the other way
        return struct.unpack(">d", want[1])[0] == got
    if isinstance(got, tuple) and got[0] == "float" and isinstance(want, int):
        return struct.unpack(">d", got[1])[0] == want
    return False


class Mismatch(AssertionError):
    pass


class Refused(Exception):
    pass


def column_name(name):
    if isinstance(name, tuple):
        return None  # levels are joined by a rule of their own
    return name if isinstance(name, str) else str(name)


def expected_columns(obj):
    """[(name or None, Rule)] of an unpickled object, index levels at the end, and how many of these may be left out."""
    if isinstance(obj, list):
        names = list(dict.fromkeys(k for row in obj for k in row))
        return [(n, objects([row.get(n) for row in obj])) for n in names], 0
    if isinstance(obj, dict):
        return [(n, objects(list(v))) for n, v in obj.items()], 0
    frame = obj.to_frame() if isinstance(obj, pd.Series) else obj
    out = [(column_name(name), expected(frame.iloc[:, k])) for k, name in enumerate(frame.columns)]
    if isinstance(obj, pd.Series) and obj.name is None:
        out[0] = (None, out[0][1])
    index = frame.index
    plain = not isinstance(index, pd.MultiIndex) and index.name is None and pd.api.types.is_integer_dtype(index.dtype)
    if plain and len(index) and list(index) == list(range(len(index))):
        return out, 0
    for level in range(index.nlevels):
        values = index.get_level_values(level)
        name = values.name if values.name is not None else f"__index_level_{level}__"
        out.append((column_name(name), expected(values.to_series(index=range(len(values))))))
    return out, 0 if len(index) else index.nlevels  # without rows an index has hardly a kind


def judge(binary, path, data):
    """Read a file with pickshard and compare it with what pandas unpickles from data."""
    obj = pickle.loads(data)
    rules, optional = expected_columns(obj)
    done = subprocess.run([binary, "cat", "--arrow", path], capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
    if done.returncode != 0:
        text = done.stderr.decode(errors="replace").strip()
        if "goroutine " in text or done.returncode < 0 or "panic" in text or not text:
            raise Mismatch(f"crashed, exit code {done.returncode}: {text[:3000]}")
        raise Refused(text.splitlines()[0], any(rule.may_refuse for _, rule in rules))
    table = pa.ipc.open_stream(io.BytesIO(done.stdout)).read_all()
    table.validate(full=True)
    if table.num_columns == len(rules) - optional:
        rules = rules[: len(rules) - optional]
    names = [n for n, _ in rules]
    if len(names) != table.num_columns or any(n is not None and n != c for n, c in zip(names, table.column_names)):
        raise Mismatch(f"columns {table.column_names}, expected {names}")
    for k, (name, rule) in enumerate(rules):
        column = table.column(k)
        if len(column) != len(rule.values):
            raise Mismatch(f"column {name!r}: {len(column)} rows, pandas has {len(rule.values)}")
        if any(v is not None for v in rule.values) and not rule.accepts(column.type):
            raise Mismatch(f"column {name!r}: type {column.type}, the rule is {rule.words}")
        got = canonical_column(column)
        for row, (g, w) in enumerate(zip(got, rule.values)):
            if not same(g, w):
                raise Mismatch(f"column {name!r} ({column.type}) row {row}: {g!r} instead of {w!r}")
    return len(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None, help="default: from the clock")
    parser.add_argument("--level", choices=["core", "all"], default="core")
    parser.add_argument("--strict", action="store_true", help="with --level all: refusing what the rules promise is a failure")
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()))
    a = parser.parse_args()
    binary = os.environ.get("PICKSHARD_BIN")
    if not binary or not os.path.exists(binary):
        sys.exit("random_frames: set PICKSHARD_BIN to the binary")
    binary = os.path.abspath(binary)
    seed = random.SystemRandom().getrandbits(32) if a.seed is None else a.seed
    print(f"random_frames: pandas {pd.__version__}, numpy {np.__version__}, level {a.level}, --seed {seed} --frames {a.frames}", flush=True)
    counted = {"frames": 0, "columns": 0, "refused": 0}
    refusals, last, started = {}, {}, time.monotonic()

    with tempfile.TemporaryDirectory(prefix="pickshard-frames-") as folder:
        path = os.path.join(folder, "frame.pkl")

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=a.frames, deadline=None, database=None, print_blob=False, report_multiple_bugs=False,
            suppress_health_check=list(hypothesis.HealthCheck), verbosity=hypothesis.Verbosity.quiet,
            phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        )  # fmt: skip
        @hypothesis.given(things(a.level), st.integers(0, 5), st.sampled_from([bytes] * 9 + [gzip.compress, bz2.compress, lzma.compress]))
        def every(thing, protocol, pack):
            try:
                data = pickle.dumps(thing, protocol=protocol)
                pickle.loads(data)
            except Exception:  # pandas itself cannot write this, or not read it back
                hypothesis.assume(False)
            with open(path, "wb") as f:
                f.write(pack(data) if a.level == "all" else data)
            counted["frames"] += 1
            try:
                counted["columns"] += judge(binary, path, data)
            except Refused as err:
                reason, allowed = err.args
                if a.level == "core" or (a.strict and not allowed):
                    last.update(data=data, thing=thing, protocol=protocol)
                    raise Mismatch(f"refused: {reason}") from None
                counted["refused"] += 1
                short = reason.replace(path, "FILE")
                refusals[short] = refusals.get(short, 0) + 1
            except Mismatch:
                last.update(data=data, thing=thing, protocol=protocol)
                raise

        failure = None
        try:
            every()
        except BaseException as err:
            if not last or isinstance(err, KeyboardInterrupt):
                raise
            failure = err
    for reason, count in sorted(refusals.items(), key=lambda item: -item[1])[:40]:
        print(f"  refused {count} times: {reason[:200]}")
    print(f"random_frames: {counted['frames']} tables, {counted['columns']} columns compared, {counted['refused']} refused, {time.monotonic() - started:.0f} s")
    if failure:
        kept = a.keep / f"random-frame-{seed}.p{last['protocol']}.pkl"
        kept.write_bytes(last["data"])
        print(f"FAILED (--seed {seed}): {failure}\n{last['thing']!r}")
        if isinstance(last["thing"], pd.DataFrame):
            print(last["thing"].dtypes.to_string())
        print(f"kept as {kept} (protocol {last['protocol']})")
        sys.exit(1)


if __name__ == "__main__":
    main()
