"""Random tables with images through convert: a list of any number of images a record and one image or none, of four
formats under names that say nothing of them, as files of a folder, members of a zip or tar, or bytes in a column, beside
columns as test_random_convert.py makes them. Values and image bytes are read back by pyarrow from Parquet, by `datasets`
from Arrow, and by webdataset from the tars.
"""

import decimal
import functools
import io
import json
import pathlib
import shutil
import tarfile
import zipfile

import conftest
import judging
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st
from test_nested import FORMATS, picture
from test_random_convert import EXAMPLES, Table, arrow_table, chosen, compare, config, from_json, objects, read_arrow, tables, texts

PLACES = {"folder": "pictures/", "zip": "pictures.zip!/", "deflated": "pictures.zip!/", "tar": "pictures.tar!/", "column": None}


@functools.cache
def pictures():
    """Images by name; a name's extension may be another format's."""
    return {f"a {k}/é{k}.{end}": picture(form, k) for k, (form, end) in enumerate(zip([*FORMATS, *FORMATS], ["jpg"] * 4 + [*FORMATS.values()]))}


SHOWN = st.fixed_dictionaries({
    "many": st.none() | st.lists(st.integers(0, 7), max_size=5), "one": st.none() | st.integers(0, 7),
})  # fmt: skip


@st.composite
def shown(draw):
    """A table, and which pictures each of its rows shows."""
    table = draw(tables())
    names = list(pictures())
    rows = [draw(SHOWN) for _ in table.rows]
    return table, [{"many": None if row["many"] is None else [names[k] for k in row["many"]], "one": None if row["one"] is None else names[row["one"]]} for row in rows]


def lay(folder, place):
    """Put the pictures where they are to be."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if place == "folder":
        for name, data in pictures().items():
            (folder / "pictures" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "pictures" / name).write_bytes(data)
    elif place in ("zip", "deflated"):
        with zipfile.ZipFile(folder / "pictures.zip", "w", zipfile.ZIP_STORED if place == "zip" else zipfile.ZIP_DEFLATED) as z:
            for name, data in pictures().items():
                z.writestr(name, data)
    elif place == "tar":
        with tarfile.open(folder / "pictures.tar", "w") as t:
            for name, data in pictures().items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))


def cells(row, place):
    """A row's image cells: names, or bytes where these stand in the column."""
    if place != "column":
        return row
    bytes_of = pictures()
    return {"many": None if row["many"] is None else [bytes_of[n] for n in row["many"]], "one": row["one"] and bytes_of[row["one"]]}


def write(table, rows, place, kind, path):
    found = [cells(row, place) for row in rows]
    if kind == "pickle":
        frame = objects(table)
        for c in ("many", "one"):
            frame[c] = pd.Series([row[c] for row in found], dtype=object)
        frame.to_pickle(path, protocol=4)
    else:
        leaf = pa.binary() if place == "column" else pa.string()
        out = arrow_table(table)
        for c, t in (("many", pa.list_(leaf)), ("one", leaf)):
            out = out.append_column(c, pa.array([row[c] for row in found], t))
        pq.write_table(out, path, row_group_size=4)


def fields(place):
    source = {c: f"bytes: {c}" if place == "column" else f'file: "{PLACES[place]}{{{c}}}"' for c in ("many", "one")}
    return f'  many: {{type: "list[image]", nullable: true, {source["many"]}}}\n  one: {{type: image, nullable: true, {source["one"]}}}\n'


def same_images(got, rows, what):
    """Bytes as Parquet and Arrow hold them: a struct of bytes and path."""
    bytes_of = pictures()
    assert len(got) == len(rows), what
    for k, (g, row) in enumerate(zip(got, rows)):
        many = None if g["many"] is None else [i["bytes"] for i in g["many"]]
        assert many == (None if row["many"] is None else [bytes_of[n] for n in row["many"]]), f"{what}, row {k}, many"
        assert (g["one"] and g["one"]["bytes"]) == (row["one"] and bytes_of[row["one"]]), f"{what}, row {k}, one"


def members(row):
    """The image members of a row's sample: extensions are those of the bytes."""
    names = [(f"many.{k}", n) for k, n in enumerate(row["many"] or [])] + [("one", row["one"])] * bool(row["one"])
    ends = {data: list(FORMATS.values())[k % 4] for k, data in enumerate(pictures().values())}
    return {f"{field}.{ends[pictures()[n]]}": pictures()[n] for field, n in names}


@chosen
@EXAMPLES
@given(drawn=shown(), place=st.sampled_from(list(PLACES)), kind=st.sampled_from(["pickle", "parquet"]))
def test_images(binary, tmp_path, drawn, place, kind):
    table, rows = drawn
    home = pathlib.Path(tmp_path)
    shutil.rmtree(home / "out", ignore_errors=True)
    lay(home / "in", place)
    write(table, rows, place, kind, home / "in" / "x")
    text = config(table, "x")
    (home / "config.yaml").write_text(text.replace("output:", fields(place) + "output:"), encoding="utf-8")
    conftest.run(binary, "convert", home / "config.yaml", home / "in", home / "out", "--quiet", "--no-sync")

    got = [row for path in sorted((home / "out" / "parquet" / "data").glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    compare(got, table, "parquet")
    same_images(got, rows, "parquet")
    got = read_arrow(home / "out")
    compare(got, table, "arrow")
    same_images(got, rows, "arrow")

    wds = judging.need("webdataset")
    shards = sorted(str(path) for path in (home / "out" / "webdataset" / "data").glob("*.tar"))
    samples = list(wds.WebDataset(shards, shardshuffle=False))
    assert len(samples) == len(rows)
    encoded = Table(table.columns, [{name: v if name in ("js", "label") else texts(v, table.columns[name]) for name, v in row.items()} for row in table.rows])
    values = []
    for k, (sample, row) in enumerate(zip(samples, rows)):
        found = {name: data for name, data in sample.items() if not name.startswith("__") and name != "json"}
        assert found == members(row), f"row {k}: members {sorted(found)}"
        text = json.loads(sample["json"], parse_float=decimal.Decimal)
        values.append({name: from_json(text[name], column) for name, column in table.columns.items()})
    compare(values, encoded, "webdataset")
