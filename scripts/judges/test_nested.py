"""Values in values, lists of images, images of several formats under one field, records without an image: what pandas
holds must come out of OUTPUT/arrow and OUTPUT/webdataset, read by pyarrow, tarfile + json, webdataset and datasets.

NESTED_VERSIONS=python:python... names the Pythons of environments with other versions of datasets, which load the same
folders too (2.14 and later; a version without a WebDataset builder loads the Arrow folder alone).
"""

import datetime
import decimal
import io
import json
import os
import pathlib
import pickle
import random
import subprocess
import sys
import tarfile

import judging
import pandas as pd
import pytest
from conftest import SCRATCH, pickshard, run

ROWS, SHARD = 60, 23
FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
CLASSES = ["cat", "dog", "a, b"]
FIELDS = {
    "prompt": "string", "images": "list[image]", "one": "image", "ranks": "list[int64]", "emb": "list[float64, 3]",
    "votes": "list[struct[user: string, score: float64, tags: list[string]]]",
    "meta": "struct[model: string, steps: int64, size: list[int32]]", "label": f"class[{', '.join(CLASSES[:2])}, \"a, b\"]",
    "price": "decimal[10, 2]", "js": "json", "boxes": "list[list[float64, 4]]", "wait": "duration[us]", "day": "date32",
}  # fmt: skip
IMAGES = ["images", "one"]


def picture(kind, seed):
    from PIL import Image

    r = random.Random(seed)
    out = io.BytesIO()
    image = Image.new("P" if kind == "GIF" else "RGB", (5 + seed % 4, 3 + seed % 3))
    image.putdata([r.randrange(256) if kind == "GIF" else tuple(r.randrange(256) for _ in "rgb") for _ in range(image.width * image.height)])
    image.save(out, kind)
    return out.getvalue()


def records(folder):
    """The records and their images, as Python has them: images are (name, bytes), None where there is none."""
    kinds, rows = list(FORMATS), []
    (folder / "pics").mkdir(parents=True)

    def image(name, kind, seed):
        data = picture(kind, seed)
        (folder / "pics" / name).write_bytes(data)
        return name, data

    for i in range(ROWS):
        null = i % 9 == 4
        rows.append({
            "prompt": f"a prompt, {i}: größer",
            # All are called .jpg, whatever they are.
            "images": None if i % 11 == 7 else [image(f"{i}_{k}.jpg", kinds[(i + k) % 4], 10 * i + k) for k in range(i % 6)],
            "one": None if i % 7 == 3 else image(f"one_{i}.png", kinds[i % 2], 5000 + i),
            "ranks": list(range(i % 6)),
            "emb": None if null else [i / 7, -0.0, float(i)],
            "votes": None if i % 5 == 2 else [{"user": f"u{k}" if k else None, "score": k / 3, "tags": ["x", "y"][:k]} for k in range(i % 4)],
            "meta": None if null else {"model": f"m{i % 2}", "steps": i if i % 3 else None, "size": [i, 2]},
            "label": i % 3,
            "price": None if null else decimal.Decimal(i * 137 - 4000).scaleb(-2),
            "js": {"n": [i, None, "ü"], "text": "x"} if i % 2 else [i, "ü"],
            "boxes": [[k + 0.5, 1.0, 2.0, i / 9] for k in range(i % 3)],
            "wait": datetime.timedelta(microseconds=i * 1_234_567),
            "day": datetime.date(2020, 2, 28) + datetime.timedelta(days=i),
        })  # fmt: skip
    return rows


def names(value):
    """A record's cell of an image field as the table has it: names."""
    if value is None:
        return None
    return [name for name, _ in value] if isinstance(value, list) else value[0]


def config(members=""):
    lines = ["version: 1", "name: nested", "splits: {train: {records: all.pkl}}", "fields:"]
    for name, kind in FIELDS.items():
        more = f', file: "pics/{{{name}}}"' if name in IMAGES else ""
        lines.append(f"  {name}: {{type: {json.dumps(kind)}, nullable: true{more}}}")
    return "\n".join([*lines, f"output: {{formats: [parquet, arrow, webdataset], shard_rows: {SHARD}{members}}}", ""])


def convert(name, members=""):
    home = SCRATCH / name
    if not (home / "rows.pickle").exists():
        rows = records(home / "input")
        frame = pd.DataFrame([{c: names(v) if c in IMAGES else v for c, v in row.items()} for row in rows], dtype=object)
        (home / "input" / "all.pkl").write_bytes(pickle.dumps(frame, protocol=4))
        (home / "config.yaml").write_text(config(members))
        run(pickshard(), "convert", home / "config.yaml", home / "input", home / "output", "--quiet")
        run(pickshard(), "verify", home / "output", "--quiet")
        (home / "rows.pickle").write_bytes(pickle.dumps(rows))
    return home / "output", pickle.loads((home / "rows.pickle").read_bytes())


@pytest.fixture
def nested():
    return convert("nested")


def cell(value):
    """An image or a list of them as Arrow's structs."""
    if isinstance(value, list):
        return [{"bytes": data, "path": name} for name, data in value]
    return None if value is None else {"bytes": value[1], "path": value[0]}


def same(got, want, column=""):
    """Equal in value and in type, -0.0 and 0.0 apart; JSON by what it says."""
    return repr(json.loads(got) if column == "js" else got) == repr(want)


def test_pyarrow(nested):
    pa = pytest.importorskip("pyarrow")
    output, rows = nested
    got = []
    for path in sorted((output / "arrow" / "train").glob("*.arrow")):
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
            for batch in reader:
                batch.validate(full=True)
                got += batch.to_pylist()
    compare(got, rows)


def test_parquet(nested):
    pq = pytest.importorskip("pyarrow.parquet")
    output, rows = nested
    files = [pq.ParquetFile(path, page_checksum_verification=True) for path in sorted((output / "parquet" / "data").glob("*.parquet"))]
    assert len(files) > 1
    compare([row for file in files for row in file.read().to_pylist()], rows)


def compare(got, rows):
    want = [{c: cell(v) if c in IMAGES else v for c, v in row.items()} for row in rows]
    assert len(got) == len(want)
    for k, (g, w) in enumerate(zip(got, want)):
        for c in FIELDS:
            assert same(g[c], w[c], c), f"row {k} {c}: {judging.show(g[c])} instead of {judging.show(w[c])}"


def samples(output):
    for path in sorted((output / "webdataset" / "data").glob("*.tar")):
        found = {}
        with tarfile.open(path) as tar:
            for member in tar:
                key, _, name = member.name.partition(".")
                found.setdefault(key, {})[name] = tar.extractfile(member).read()
        yield from found.items()


def in_json(value):
    """What JSON has for a value."""
    if isinstance(value, datetime.timedelta):
        return f"PT{value // datetime.timedelta(seconds=1)}.{value.microseconds:06}S"
    return value.isoformat() if isinstance(value, datetime.date) else value


def kind(data):
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return FORMATS[image.format]


def expected_members(row):
    """The members of images that a record's sample has."""
    found = {f"images.{k}.{kind(data)}": data for k, (_, data) in enumerate(row["images"] or [])}
    if row["one"]:
        found[f"one.{kind(row['one'][1])}"] = row["one"][1]
    return found


def test_tar(nested):
    output, rows = nested
    got = list(samples(output))
    assert [key for key, _ in got] == [f"train-{k:09d}" for k in range(ROWS)]
    for (key, members), row in zip(got, rows):
        text = members.pop("json").decode()
        assert members == expected_members(row), f"{key}: {sorted(members)}"
        want = {c: names(v) if c == "images" else in_json(v) for c, v in row.items() if c != "one"}
        value = json.loads(text, parse_float=lambda s: decimal.Decimal(s))
        assert list(value) == list(want)
        floats = json.loads(text)
        for c in want:
            if c == "price":
                assert same(value[c], want[c]), f"{key} {c}: {value[c]} instead of {want[c]}"
            else:
                assert same(floats[c], want[c], c), f"{key} {c}: {floats[c]} instead of {want[c]}"


def test_webdataset(nested):
    wds = judging.need("webdataset")
    from PIL import Image

    output, rows = nested
    shards = sorted(str(p) for p in (output / "webdataset" / "data").glob("*.tar"))
    for sample, row in zip(wds.WebDataset(shards, shardshuffle=False).decode("pil"), rows, strict=True):
        want = expected_members(row)
        assert {k for k in sample if not k.startswith("__")} == {*want, "json"}
        for name, data in want.items():
            with Image.open(io.BytesIO(data)) as original:
                assert sample[name].tobytes() == original.convert("RGB").tobytes(), name
    pairs = wds.WebDataset(shards, shardshuffle=False).to_tuple("one.jpg;one.png", "json", missing_is_error=False)
    assert [one for one, _ in pairs] == [row["one"] and row["one"][1] for row in rows]


# What a version of datasets makes of the folders; run by each of NESTED_VERSIONS and by our own.
LOADER = """
import json, os, pickle, sys, tempfile
os.environ.update(HF_HOME=tempfile.mkdtemp(), HF_DATASETS_OFFLINE="1", HF_HUB_OFFLINE="1")
import datasets
output = sys.argv[1]
def undecoded(d, columns):
    for c, list_of in columns.items():
        feature = datasets.Image(decode=False)
        d = d.cast_column(c, [feature] if list_of else feature)
    return d
def told(d):
    return {"features": {k: str(v) for k, v in d.features.items()}, "rows": list(d)}
out = {"version": datasets.__version__}
d = datasets.load_from_disk(output + "/arrow")["train"]
out["classes"] = d.features["label"].names
d[5]["one"].size, [i.size for i in d[5]["images"]]
out["arrow"] = told(undecoded(d, {"images": True, "one": False}))
for streaming in (False, True):
    d = datasets.load_dataset(output + "/parquet", split="train", streaming=streaming)
    out["parquet", streaming] = told(undecoded(d, {"images": True, "one": False}))
    assert d.features["label"].names == out["classes"]
try:
    from datasets.packaged_modules import webdataset
except ImportError:
    webdataset = None
if webdataset:
    for streaming in (False, True):
        d = datasets.load_dataset(output + "/webdataset", split="train", streaming=streaming)
        if streaming:
            out["decoded"] = sum(v is not None and hasattr(v, "size") for row in d for v in row.values())
        d = undecoded(d, {k: False for k, v in d.features.items() if isinstance(v, datasets.Image)})
        out["webdataset", streaming] = told(d)
sys.stdout.buffer.write(pickle.dumps(out))
"""


def versions():
    return [sys.executable, *filter(None, os.environ.get("NESTED_VERSIONS", "").split(":"))]


@pytest.mark.parametrize("python", versions(), ids=lambda p: pathlib.Path(p).parent.parent.name)
def test_datasets(nested, python):
    if python == sys.executable:
        judging.need("datasets")
    output, rows = nested
    done = subprocess.run([python, "-c", LOADER, str(output)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    out = pickle.loads(done.stdout)
    assert out["classes"] == CLASSES
    compare(out["arrow"]["rows"], rows)
    for streaming in (False, True):
        compare(out["parquet", streaming]["rows"], rows)
    columns = {name for row in rows for name in expected_members(row)}
    for streaming in (False, True):
        if ("webdataset", streaming) not in out:
            assert out["version"] < "2.16", "datasets has no WebDataset builder"
            continue
        found = out["webdataset", streaming]["rows"]
        assert {c for c in found[0] if c.partition(".")[0] in IMAGES} == columns
        for k, (got, row) in enumerate(zip(found, rows, strict=True)):
            want = expected_members(row)
            for c in columns:
                assert (got[c] and got[c]["bytes"]) == want.get(c), f"row {k} {c}"
            for c, v in row.items():
                if c == "one":
                    continue
                v = float(v) if c == "price" and v is not None else names(v) if c == "images" else in_json(v)
                assert same(got["json"][c], v, c), f"row {k} {c}: {judging.show(got['json'][c])} instead of {judging.show(v)}"
    if "decoded" in out:
        assert out["decoded"] == sum(len(expected_members(row)) for row in rows)


def test_members():
    """Fields with members of their own, as diffusers' scripts want them."""
    output, rows = convert("members", ", members: {prompt: txt, label: cls, js: text, votes: json}")
    wds = judging.need("webdataset")
    datasets = judging.need("datasets")
    shards = sorted(str(p) for p in (output / "webdataset" / "data").glob("*.tar"))
    for sample, row in zip(wds.WebDataset(shards, shardshuffle=False).decode(), rows, strict=True):
        assert sample["prompt.txt"] == row["prompt"] and sample["label.cls"] == row["label"] and json.loads(sample["js.text"]) == row["js"]
        assert sample.get("votes.json") == row["votes"]
        assert not {"prompt", "label", "js", "votes"} & set(sample["json"])
    found = datasets.load_dataset(str(output / "webdataset"), split="train", streaming=True)
    assert found.features["label.cls"].names == CLASSES
    for got, row in zip(found, rows, strict=True):
        assert got["prompt.txt"] == row["prompt"] and got["label.cls"] == row["label"] and same(got["votes.json"], row["votes"])
