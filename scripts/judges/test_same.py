"""What must not matter does not: images in a folder, archives or columns, side tables joined by us, by pandas or by
DuckDB, values in values from any kind of file. The shards are the same, byte for byte."""

import io
import json
import pickle
import random
import tarfile
import zipfile

import conftest
import judging
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

FORMATS = "output: {formats: [parquet, arrow, webdataset], shard_rows: 9}"


def shards(binary, folder, fields, records, more=""):
    """Convert the records in a folder and return the files of the shards by name."""
    config, output = folder / "config.yaml", folder / "out"
    config.write_text(f"version: 1\nname: same\nsplits: {{train: {{records: {records}}}}}\nfields:\n{fields}{more}{FORMATS}\n")
    conftest.run(binary, "convert", config, folder, output, "--quiet", "--no-sync")
    conftest.run(binary, "verify", output, "--quiet")
    found = {str(p.relative_to(output)): p.read_bytes() for p in sorted(output.rglob("*")) if p.suffix in (".parquet", ".arrow", ".tar")}
    assert len(found) >= 6
    return found


def same(all_shards):
    """The first and others, each by what it came from."""
    (first, want), *others = all_shards.items()
    for name, got in others:
        assert got.keys() == want.keys(), f"{name}, {first}"
        assert [k for k in want if got[k] != want[k]] == [], f"{name} is not {first}"


# --- images -----------------------------------------------------------------------------------------------------------


def pictures(n):
    """Images of every format by name, a third of them easy to deflate."""
    found, rng = {}, np.random.default_rng(5)
    for k in range(n):
        kind, ext = [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")][k % 3]
        pixels = rng.integers(0, 256, (9 + k % 5, 7, 3), dtype=np.uint8) if k % 4 else np.full((64, 64, 3), k, np.uint8)
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, kind)
        found[f"{k:03d}.{ext}"] = out.getvalue()
    return found


def zip_of(path, files, method):
    with zipfile.ZipFile(path, "w", method) as z:
        for name, data in files.items():
            z.writestr(f"in/{name}", data)


def tar_of(path, files, mode):
    with tarfile.open(path, mode) as t:
        for name, data in files.items():
            info = tarfile.TarInfo(f"in/{name}")
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))


def test_images_anywhere(binary, tmp_path):
    files = pictures(30)
    names = list(files)
    table = pd.DataFrame({"name": names, "score": [k / 7 for k in range(len(names))]})
    structs = pa.array([{"bytes": files[n], "path": f"some/{n}"} for n in names])
    lay = {
        "folder": lambda f: [(f / "pics" / n).write_bytes(d) for n, d in files.items()],
        "stored": lambda f: zip_of(f / "x.zip", files, zipfile.ZIP_STORED),
        "deflated": lambda f: zip_of(f / "x.zip", files, zipfile.ZIP_DEFLATED),
        "tar": lambda f: tar_of(f / "x.tar", files, "w"),
        "tar.gz": lambda f: tar_of(f / "x.tar.gz", files, "w:gz"),
        "bytes in a pickle": lambda f: table.assign(data=pd.Series([files[n] for n in names], dtype=object)).to_pickle(f / "x.pkl"),
        "bytes in Parquet": lambda f: pq.write_table(pa.table({**{c: table[c] for c in table}, "data": [files[n] for n in names]}), f / "x.parquet"),
        "structs in Parquet": lambda f: pq.write_table(pa.table({**{c: table[c] for c in table}, "data": structs}), f / "x.parquet"),
        "structs in a pickle": lambda f: table.assign(data=structs.to_pylist()).to_pickle(f / "x.pkl"),
    }
    where = {"folder": "pics/{name}", "stored": "x.zip!/in/{name}", "deflated": "x.zip!/in/{name}", "tar": "x.tar!/in/{name}", "tar.gz": "x.tar.gz!/in/{name}"}
    found = {}
    for kind, make in lay.items():
        folder = tmp_path / kind
        (folder / "pics").mkdir(parents=True)
        make(folder)
        records = next((p.name for p in folder.glob("x.p*")), "table.csv")
        if kind in where:
            table.to_csv(folder / "table.csv", index=False)
            image = f'{{type: image, file: "{where[kind]}"}}'
        else:
            image = "{type: image, bytes: data" + ("" if "structs" in kind else ', name: "{name}"') + "}"
        found[kind] = shards(binary, folder, f"  name: {{type: string}}\n  image: {image}\n  score: {{type: float64}}\n", records)
    same(found)


def test_pixels_anywhere(binary, tmp_path):
    """Pixels as nested lists, flat, as arrays, and the PNG that comes of them."""
    rng = random.Random(4)
    pixels = [np.array([rng.randrange(256) for _ in range(4 * 5 * 3)], np.uint8).reshape(4, 5, 3) for _ in range(20)]
    forms = {
        "arrays": (pd.Series(pixels, dtype=object), ""),
        "lists": (pd.Series([p.tolist() for p in pixels], dtype=object), ""),
        "flat": (pd.Series([p.reshape(-1).tolist() for p in pixels], dtype=object), ", shape: [4, 5, 3]"),
        "channels first": (pd.Series([p.transpose(2, 0, 1).copy() for p in pixels], dtype=object), ", shape: [3, 4, 5]"),
        "PIL": (pd.Series([Image.fromarray(p) for p in pixels], dtype=object), ""),
    }
    found = {}
    for kind, (column, shape) in forms.items():
        folder = tmp_path / kind
        folder.mkdir()
        pd.DataFrame({"id": range(20), "img": column}).to_pickle(folder / "x.pkl")
        found[kind] = shards(binary, folder, f"  id: {{type: int64}}\n  image: {{type: image, pixels: img{shape}}}\n", "x.pkl")
    same(found)
    for path in (tmp_path / "arrays" / "out" / "parquet" / "data").glob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            assert (np.asarray(Image.open(io.BytesIO(row["image"]["bytes"]))) == pixels[row["id"]]).all()


# --- side tables ------------------------------------------------------------------------------------------------------


def sides():
    rng = random.Random(9)
    users = [f"u{k}" for k in range(12)]
    records = pd.DataFrame({
        "id": range(60), "prompt_id": [rng.choice([*range(10), None]) for _ in range(60)], "user": [rng.choice(users) for _ in range(60)],
        "lang": [rng.choice(["en", "fr"]) for _ in range(60)],
    })  # fmt: skip
    prompts = pd.DataFrame({"prompt_id": [*range(8), 100, 101], "category": [f"c{k % 3}, \"x\"" for k in range(10)], "unused": ["-"] * 10, "weight": [k / 3 for k in range(10)]})
    people = pd.DataFrame([(u, lang, k, f"{u} {lang}") for k, u in enumerate(users[:9]) for lang in ("fr", "en")], columns=["who", "tongue", "age", "title"])
    return records, prompts.sample(frac=1, random_state=1), people.sample(frac=1, random_state=2)


FIELDS = """  id: {type: int64}
  category: {type: string, nullable: true}
  weight: {type: float64, nullable: true}
  age: {type: int64, nullable: true}
  title: {type: string, nullable: true}
"""
JOIN = """join:
  - {{records: prompts.{a}, on: prompt_id, fields: [category, weight], missing: "null"}}
  - {{records: people.{b}, on: {{user: who, lang: tongue}}, fields: [age, title], missing: {missing}, duplicate: first}}
"""


def test_joined(binary, tmp_path):
    duckdb = judging.need("duckdb")
    records, prompts, people = sides()
    twice = pd.concat([people, people.assign(age=-1)])  # of two rows with a key the first counts
    for missing, how in (('"null"', "left"), ("drop", "inner")):
        found = {}
        merged = records.merge(prompts, how="left", on="prompt_id").merge(people, how=how, left_on=["user", "lang"], right_on=["who", "tongue"])
        merged = merged.sort_values("id").reset_index(drop=True)
        query = f"""select records.id, category, weight, age, title from records left join prompts using (prompt_id)
            {how} join people on user = who and lang = tongue order by records.id"""
        with duckdb.connect() as ours:  # others' results may be unfinished on the default one
            theirs = ours.sql(query).to_arrow_table()
        for name, write in {
            "pandas": lambda f: merged.to_pickle(f / "x.pkl"),
            "DuckDB": lambda f: pq.write_table(theirs, f / "x.parquet"),
        }.items():
            folder = tmp_path / f"{how} {name}"
            folder.mkdir()
            write(folder)
            found[name] = shards(binary, folder, FIELDS, next(folder.glob("x.*")).name)
        writers = {
            "csv": lambda t, p: t.to_csv(p, index=False), "pkl": lambda t, p: t.to_pickle(p), "parquet": lambda t, p: t.to_parquet(p, row_group_size=5),
            "jsonl": lambda t, p: p.write_text("".join(json.dumps(row) + "\n" for row in t.to_dict("records"))),
        }  # fmt: skip
        for a, b in [("csv", "jsonl"), ("pkl", "csv"), ("parquet", "pkl"), ("jsonl", "parquet")]:
            folder = tmp_path / f"{how} {a} {b}"
            folder.mkdir()
            records.to_csv(folder / "records.csv", index=False)
            writers[a](prompts, folder / f"prompts.{a}")
            writers[b](twice, folder / f"people.{b}")
            found[f"{a} and {b}"] = shards(binary, folder, FIELDS, "records.csv", JOIN.format(a=a, b=b, missing=missing))
        if how == "inner":  # keys tell of the rows as they were read, here those before some were dropped
            found = {k: {n: d for n, d in v.items() if not n.endswith(".tar")} for k, v in found.items()}
        same(found)


# --- values in values -------------------------------------------------------------------------------------------------

NESTED = """  id: {type: int64}
  tags: {type: "list[string]", nullable: true}
  emb: {type: "list[float64, 3]"}
  meta: {type: "struct[model: string, steps: int64, sizes: list[int64]]", nullable: true}
  votes: {type: "list[struct[user: string, score: float64]]"}
  label: {type: "class[cat, dog]"}
  extra: {type: json}
"""


def test_nested_anywhere(binary, tmp_path):
    rows = [
        {
            "id": k, "tags": None if k % 7 == 2 else [f"t{i}" for i in range(k % 4)], "emb": [k / 3, -0.0, 1e-9],
            "meta": None if k % 5 == 1 else {"model": f"m{k % 2}" if k % 3 else None, "steps": k, "sizes": [k, 2]},
            "votes": [{"user": f"ü{i}", "score": i / 3} for i in range(k % 3)], "label": ["cat", "dog"][k % 2],
            "extra": {"n": [k, None, "ü"], "deep": {"a": []}} if k % 2 else [k, "x"],
        }
        for k in range(25)
    ]  # fmt: skip
    kinds = pa.schema([
        ("id", pa.int64()), ("tags", pa.list_(pa.string())), ("emb", pa.list_(pa.float64())),
        ("meta", pa.struct([("model", pa.string()), ("steps", pa.int64()), ("sizes", pa.list_(pa.int64()))])),
        ("votes", pa.list_(pa.struct([("user", pa.string()), ("score", pa.float64())]))), ("label", pa.string()), ("extra", pa.string()),
    ])  # fmt: skip

    def compact(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    table = pa.Table.from_pylist([row | {"extra": compact(row["extra"])} for row in rows], kinds)

    def arrow(path):
        with pa.OSFile(str(path), "wb") as f, pa.ipc.new_file(f, table.schema) as w:
            w.write_table(table, max_chunksize=4)

    flat = [{k: compact(v) if isinstance(v, (list, dict)) else v for k, v in row.items()} for row in rows]
    found = {}
    for name, write in {
        "rows.pkl": lambda p: p.write_bytes(pickle.dumps(rows)),
        "frame.pkl": lambda p: pd.DataFrame({c: pd.Series([r[c] for r in rows], dtype=object) for c in rows[0]}).to_pickle(p),
        "pyarrow.pkl": lambda p: table.to_pandas(types_mapper=pd.ArrowDtype).to_pickle(p),
        "categories.pkl": lambda p: pd.DataFrame(rows).astype({"label": "category"}).to_pickle(p),
        "x.jsonl": lambda p: p.write_text("".join(compact(r) + "\n" for r in rows)),
        "x.json": lambda p: p.write_text(json.dumps(rows, indent=1)),
        "x.parquet": lambda p: pq.write_table(table, p, row_group_size=6),
        "x.arrow": arrow,
        "x.csv": lambda p: pd.DataFrame(flat).to_csv(p, index=False),
    }.items():
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        write(folder / name)
        found[name] = shards(binary, folder, NESTED, name)
    same(found)
