#!/usr/bin/env python3
"""Make pickles.zip: real pickles of some 70 kinds of object by two versions of pandas, and what pandas reads from each.

    python3.11 -m venv a && a/bin/pip install pandas==1.5.3 numpy==1.24.4 pyarrow==15.0.2
    python3.11 -m venv b && b/bin/pip install pandas==3.0.5 numpy==2.4.6 pyarrow==26.0.1
    a/bin/python make_pickles.py FOLDER/pandas-1.5.3
    b/bin/python make_pickles.py FOLDER/pandas-3.0.5
    python3 make_pickles.py --pack FOLDER pickles.zip

FOLDER/pandas-X gets KIND.pPROTOCOL.pkl, and truth.json: for a frame its columns in order with dtype and values (missing
is null; timestamps as nanoseconds since 1970; bytes as hexadecimal digits), and its index.
"""

import collections
import datetime
import decimal
import json
import math
import os
import pathlib
import pickle
import sys
import warnings
import zipfile

if sys.argv[1] == "--pack":
    folder = pathlib.Path(sys.argv[2])
    with zipfile.ZipFile(sys.argv[3], "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for path in sorted(folder.glob("pandas-*/*")):
            z.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    sys.exit()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

warnings.simplefilter("ignore")
out = sys.argv[1]
os.makedirs(out, exist_ok=True)
objs = {}


def add(n, f):
    try:
        objs[n] = f()
    except Exception as e:
        print("SKIP", n, repr(e)[:120], file=sys.stderr)


A = lambda *a, **k: (lambda: pd.DataFrame(*a, **k))
add(
    "df_basic",
    lambda: pd.DataFrame(
        {"s": ["a", "bé", "c"], "f": [0.5, 1.5, float("nan")], "i": [1, 2, 3], "b": [True, False, True]}
    ),
)
add("df_none_nan", lambda: pd.DataFrame({"s": ["a", None, float("nan")], "t": ["x", np.nan, ""]}))
add("df_csv", lambda: pd.read_csv(__import__("io").StringIO("s,f,i\na,1.5,1\nb,,2\n,2.5,3\n")))
add("df_from2d", lambda: pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc")))
add(
    "df_from2d_obj",
    lambda: pd.DataFrame(np.array([["a", "b"], ["c", "d"], ["e", "f"]], dtype=object), columns=["x", "y"]),
)
add(
    "df_fragmented",
    lambda: (lambda d: (d.__setitem__("n1", ["q", "r"]), d.__setitem__("n2", [1.0, 2.0]), d)[-1])(
        pd.DataFrame({"a": ["x", "y"], "z": [0.0, 1.0]})
    ),
)
add("df_slice", lambda: pd.DataFrame(np.arange(20.0).reshape(10, 2), columns=["a", "b"]).iloc[::2])
add(
    "df_small_ints",
    lambda: pd.DataFrame(
        {
            "i8": np.array([1, 2], "i1"),
            "u16": np.array([1, 2], "u2"),
            "f4": np.array([1, 2], "f4"),
            "f2": np.array([1, 2], "f2"),
            "c": np.array([1j, 2], "c16"),
        }
    ),
)
add("df_bigendian", lambda: pd.DataFrame({"i": np.array([1, 2], ">i4")}))
add("df_dt", lambda: pd.DataFrame({"d": pd.to_datetime(["2020-01-01", None])}))
add("df_dttz", lambda: pd.DataFrame({"d": pd.to_datetime(["2020-01-01", "2021-06-01"]).tz_localize("Europe/Berlin")}))
add("df_dtutc", lambda: pd.DataFrame({"d": pd.to_datetime(["2020-01-01", "2021-06-01"], utc=True)}))
add("df_td", lambda: pd.DataFrame({"d": pd.to_timedelta(["1s", None])}))
add("df_dtunits", lambda: pd.DataFrame({"d": np.array(["2020-01-01"], "M8[s]")}))
add("df_cat", lambda: pd.DataFrame({"c": pd.Categorical(["a", "b", None])}))
add("df_catord", lambda: pd.DataFrame({"c": pd.Categorical([1, 2, 1], ordered=True)}))
add("df_Int64", lambda: pd.DataFrame({"i": pd.array([1, None, 3], dtype="Int64")}))
add("df_Float64", lambda: pd.DataFrame({"i": pd.array([1, None, 3], dtype="Float64")}))
add("df_boolean", lambda: pd.DataFrame({"b": pd.array([True, None, False], dtype="boolean")}))
add(
    "df_string_py",
    lambda: pd.DataFrame(
        {"s": pd.array(["a", None, "c"], dtype="string[python]" if pd.__version__ >= "1.3" else "string")}
    ),
)
add("df_string", lambda: pd.DataFrame({"s": pd.array(["a", None, "c"], dtype="string")}))
add("df_string_pa", lambda: pd.DataFrame({"s": pd.array(["a", None, "c"], dtype="string[pyarrow]")}))
add("df_str_panumpy", lambda: pd.DataFrame({"s": pd.array(["a", None, "c"], dtype="string[pyarrow_numpy]")}))
add("df_str", lambda: pd.DataFrame({"s": pd.array(["a", None, "c"], dtype="str")}))
add(
    "df_strdtype_nan_py",
    lambda: pd.DataFrame({"s": pd.array(["a", None, "c"], dtype=pd.StringDtype("python", na_value=np.nan))}),
)
add(
    "df_strdtype_nan_pa",
    lambda: pd.DataFrame({"s": pd.array(["a", None, "c"], dtype=pd.StringDtype("pyarrow", na_value=np.nan))}),
)


def arrow():
    import pyarrow as pa

    return pd.DataFrame(
        {
            "l": pd.arrays.ArrowExtensionArray(pa.array([[1, 2], None, [3]])),
            "i": pd.array([1, None, 3], dtype="int64[pyarrow]"),
            "t": pd.arrays.ArrowExtensionArray(pa.array([datetime.datetime(2020, 1, 1), None, None])),
            "st": pd.arrays.ArrowExtensionArray(pa.array([{"a": 1}, None, {"a": 2}])),
            "d": pd.arrays.ArrowExtensionArray(pa.array(["x", "y", "x"]).dictionary_encode()),
        }
    )


add("df_arrow", arrow)


def arrowch():
    import pyarrow as pa

    return pd.DataFrame({"s": pd.arrays.ArrowExtensionArray(pa.chunked_array([["a", "b"], ["c"]]))})


add("df_arrow_chunked", arrowch)
add("df_period", lambda: pd.DataFrame({"p": pd.period_range("2020-01", periods=2, freq="M")}))
add("df_interval", lambda: pd.DataFrame({"p": pd.interval_range(0, 2)}))
add("df_sparse", lambda: pd.DataFrame({"p": pd.arrays.SparseArray([0, 0, 1.0])}))
add(
    "df_mi",
    lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", "y"])),
)
add("df_micols", lambda: pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])))
add("df_strindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=["r1", "r2"]))
add("df_intindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=[5, 9]))
add("df_floatindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=[5.5, 9]))
add("df_dtindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=pd.date_range("2020", periods=2, freq="D")))
add("df_dtindextz", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=pd.date_range("2020", periods=2, freq="D", tz="UTC")))
add("df_tdindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=pd.timedelta_range("1s", periods=2)))
add("df_perindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=pd.period_range("2020", periods=2, freq="D")))
add("df_catindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=pd.CategoricalIndex(["a", "b"])))
add("df_intervalindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=pd.interval_range(0, 2)))
add("df_boolindex", lambda: pd.DataFrame({"v": [1.0, 2.0]}, index=[True, False]))
add("df_intcols", lambda: pd.DataFrame([[1, "a"], [2, "b"]]))
add("df_dupcols", lambda: pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"]))
add("df_empty", lambda: pd.DataFrame())
add("df_0rows", lambda: pd.DataFrame({"a": [], "b": pd.Series([], dtype=object)}))
add(
    "df_objmixed",
    lambda: pd.DataFrame(
        {
            "o": [
                "s",
                1,
                2.5,
                None,
                True,
                b"by",
                2**70,
                -5,
                decimal.Decimal("1.5"),
                datetime.date(2020, 1, 1),
                datetime.datetime(2020, 1, 1, 1, 2, 3),
                datetime.timedelta(1),
                ["l", 1],
                {"k": 1},
                ("t",),
                {1},
                np.float64(1.5),
                np.int64(3),
                np.str_("z"),
                np.bool_(True),
                pd.Timestamp("2020"),
                pd.NaT,
                pd.Timedelta("1s"),
                np.array([1, 2]),
                np.array(["a", "bb"]),
            ]
        },
        dtype=object,
    ),
)
add("df_pdNA", lambda: pd.DataFrame({"o": ["s", pd.NA]}, dtype=object))
add("df_bytes", lambda: pd.DataFrame({"o": [b"\x89PNG" + b"x" * 300, b""]}))
add("df_embed", lambda: pd.DataFrame({"e": [np.arange(4, dtype="f4"), np.arange(4, dtype="f4")]}))
add(
    "df_path",
    lambda: pd.DataFrame({"p": [__import__("pathlib").PurePosixPath("/a/b"), __import__("pathlib").Path("x")]}),
)
add("df_uuid", lambda: pd.DataFrame({"p": [__import__("uuid").UUID(int=5)]}))
add("df_attrs", lambda: (lambda d: (d.attrs.__setitem__("k", {"a": [1]}), d)[1])(pd.DataFrame({"a": [1]})))
add("df_flags", lambda: pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False))
add("series_str", lambda: pd.Series(["a", "b"], name="n"))
add("series_f", lambda: pd.Series([1.0, 2.0]))
add("index", lambda: pd.Index(["a", "b"]))
add("nd_obj", lambda: np.array(["a", None, 1.5], dtype=object))
add("nd_U", lambda: np.array(["a", "bcd"]))
add("nd_S", lambda: np.array([b"a", b"bcd"]))
add("nd_rec", lambda: np.array([(1, 2.5, "ab")], dtype=[("x", "i4"), ("y", "f8"), ("z", "U4")]))
add("nd_F", lambda: np.asfortranarray(np.arange(6.0).reshape(2, 3)))
add("nd_K", lambda: np.arange(24, dtype="u1").reshape(2, 3, 4).transpose(1, 0, 2))
add("nd_scalar0", lambda: np.array(3.5))
add("nd_dt", lambda: np.array(["2020-01-01"], "M8[us]"))
add("nd_T", lambda: np.array(["a", "b"], dtype=np.dtypes.StringDType()))
add("ma", lambda: np.ma.array([1, 2], mask=[0, 1]))
add("lod", lambda: [{"s": "a", "f": 1.5}, {"s": "b", "f": None}])
add("lod_np", lambda: [{"s": np.str_("a"), "f": np.float64(1.5), "i": np.int64(4), "g": np.float32(1)}])
add("dol", lambda: {"s": ["a", "b"], "f": [1.5, 2.5]})
add("dond", lambda: {"s": np.array(["a", "b"], dtype=object), "f": np.array([1.5, 2.5])})
add("lot", lambda: [("a", 1.5), ("b", 2.5)])
add("odict", lambda: collections.OrderedDict(a=[1]))
add("ddict", lambda: collections.defaultdict(list, a=[1]))
add("counter", lambda: collections.Counter("aab"))
add("dfs", lambda: {"train": pd.DataFrame({"a": ["x"]}), "test": pd.DataFrame({"a": ["y"]})})
add(
    "sparse_scalar_cplx",
    lambda: [
        1j,
        frozenset({1}),
        {1, 2},
        range(3),
        slice(1, 2),
        bytearray(b"x"),
        Ellipsis,
        NotImplemented,
        int,
        str,
        dict,
    ],
)


for n, o in objs.items():
    for p in range(6):
        try:
            pathlib.Path(out, f"{n}.p{p}.pkl").write_bytes(pickle.dumps(o, protocol=p))
        except Exception as e:
            print("ERR", n, p, repr(e)[:150], file=sys.stderr)


def canon(v):
    if v is None:
        return None
    try:
        if v is pd.NaT:
            return None
    except Exception:
        pass
    if getattr(pd, "NA", None) is not None and v is pd.NA:
        return None
    if isinstance(v, (bool, np.bool_)):
        return bool(v)
    if isinstance(v, (int, np.integer)):
        return int(v)
    if isinstance(v, (float, np.floating)):
        f = float(v)
        return None if math.isnan(f) else ("inf" if f == math.inf else "-inf" if f == -math.inf else f)
    if isinstance(v, str):
        return v
    if isinstance(v, (bytes, bytearray)):
        return {"bytes": bytes(v).hex()}
    if isinstance(v, pd.Timestamp):
        return {"ts_ns": int(v.as_unit("ns").value) if hasattr(v, "as_unit") else int(v.value)}
    if isinstance(v, datetime.datetime):
        return {"ts_ns": int(pd.Timestamp(v).value)}
    if isinstance(v, pd.Timedelta):
        return {"td_ns": int(v.as_unit("ns").value) if hasattr(v, "as_unit") else int(v.value)}
    if isinstance(v, (list, tuple)):
        return [canon(x) for x in v]
    if isinstance(v, np.ndarray):
        return [canon(x) for x in v.tolist()]
    if isinstance(v, dict):
        return {"dict": [[canon(k), canon(x)] for k, x in v.items()]}
    return {"repr": repr(v)}


out_folder, out = out, {}
for f in sorted(os.listdir(out_folder)):
    if not f.endswith(".pkl"):
        continue
    try:
        o = pickle.loads(pathlib.Path(out_folder, f).read_bytes())
    except Exception as e:
        out[f] = {"error": repr(e)[:200]}
        continue
    if isinstance(o, pd.Series):
        o2 = o.to_frame()
    elif isinstance(o, pd.DataFrame):
        o2 = o
    else:
        out[f] = {"type": type(o).__module__ + "." + type(o).__name__}
        if isinstance(o, (list, dict)):
            try:
                out[f]["value"] = canon(o)
            except Exception as e:
                pass
        continue
    cols = []
    for i in range(o2.shape[1]):
        s = o2.iloc[:, i]
        cols.append({"name": canon(o2.columns[i]), "dtype": str(s.dtype), "values": [canon(x) for x in s.tolist()]})
    out[f] = {
        "type": type(o).__name__,
        "rows": len(o2),
        "columns": cols,
        "index": [canon(x) for x in o2.index.tolist()],
    }

made = {"pandas": pd.__version__, "numpy": np.__version__, "python": sys.version.split()[0], "files": out}
pathlib.Path(out_folder, "truth.json").write_text(json.dumps(made, indent=0, sort_keys=True, default=repr))
