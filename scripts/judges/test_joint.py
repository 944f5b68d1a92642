"""OUTPUT/mds and OUTPUT/litdata, read by struct as their libraries' sources say; `make judge-all` loads them with these."""

import io
import json
import struct

import judging
import pytest
from judging import COLUMNS, IMAGES
from PIL import Image


@pytest.fixture(scope="module", params=["lookalike", "nulls"])
def joint(request, tmp_path_factory):
    import conftest

    nulls = request.param == "nulls"
    source = conftest.lookalike(60, nulls=True) if nulls else conftest.lookalike()
    config = conftest.nullable_config() if nulls else "pick-high"
    output = tmp_path_factory.mktemp("joint") / "output"
    conftest.run(conftest.pickshard(), "convert", config, source, output, "--quiet", "--format", "mds,litdata", "--shard-rows", "50")
    conftest.run(conftest.pickshard(), "verify", output)
    return conftest.Job(request.param, source, output, judging.Truth(source))


def samples(data, begin):
    """The samples of a shard; begin is where the first is, but for the places."""
    (n,) = struct.unpack_from("<I", data)
    places = struct.unpack_from(f"<{n + 1}I", data, 4)
    assert places[0] == 4 * (n + 2) + begin and places[-1] == len(data)
    return [data[a:b] for a, b in zip(places, places[1:])]


DECODE = {
    "str": bytes.decode, "bytes": bytes, "jpeg": bytes, "png": bytes, "json": json.loads,
    "float": lambda p: struct.unpack("<d", p)[0], "float64": lambda p: struct.unpack("<d", p)[0],
}  # fmt: skip


def parts(sample, sizes):
    """The values of a sample: those without a size of their own have it in front (streaming: MDSReader.decode_sample)."""
    told = struct.unpack_from(f"<{sizes.count(None)}I", sample)
    at, given, out = 4 * len(told), iter(told), []
    for size in sizes:
        size = next(given) if size is None else size
        out.append(sample[at : at + size])
        at += size
    assert at == len(sample)
    return out


def named(row, want):
    """Images with the names that these formats do not keep."""
    return row | {c: want[c] and (want[c][0], row[c]) for c in IMAGES}


def check(job, split, rows):
    rows = list(rows)
    assert len(rows) == len(job.truth.splits[split])
    for row in rows:
        for c in IMAGES:
            if row[c]:
                Image.open(io.BytesIO(row[c])).load()
    job.truth.compare(split, [named(row, want) for row, want in zip(rows, job.truth.splits[split])])


def test_mds(joint):
    for split in judging.SPLITS:
        folder = joint.output / "mds" / split
        index = json.loads((folder / "index.json").read_text())
        assert index["version"] == 2 and [s["raw_data"]["basename"] for s in index["shards"]] == sorted(p.name for p in folder.glob("*.mds"))
        rows = []
        for shard in index["shards"]:
            data = (folder / shard["raw_data"]["basename"]).read_bytes()
            assert len(data) == shard["raw_data"]["bytes"] and shard["column_names"] == sorted(COLUMNS)
            told = {k: shard[k] for k in shard if k not in ("raw_data", "zip_data", "samples")}
            config = json.dumps(told, sort_keys=True).encode()
            found = samples(data, len(config))
            assert len(found) == shard["samples"] and data[4 * (len(found) + 2) :].startswith(config)
            for sample in found:
                values = parts(sample, shard["column_sizes"])
                rows.append({c: DECODE[e](v) for c, e, v in zip(shard["column_names"], shard["column_encodings"], values)})
        check(joint, split, rows)


def test_litdata(joint):
    for split in judging.SPLITS:
        folder = joint.output / "litdata" / split
        index = json.loads((folder / "index.json").read_text())
        config = index["config"]
        version, tree = json.loads(config["data_spec"])
        names = json.loads(tree["context"])
        assert version == 1 and tree["type"] == "builtins.dict" and names == COLUMNS and len(tree["children_spec"]) == len(names)
        assert sorted(c["filename"] for c in index["chunks"]) == sorted(p.name for p in folder.glob("*.bin"))
        rows = []
        for chunk in index["chunks"]:
            data = (folder / chunk["filename"]).read_bytes()
            found = samples(data, 0)
            assert (len(data), len(found)) == (chunk["chunk_bytes"], chunk["chunk_size"])
            for sample in found:
                values = parts(sample, [None] * len(names))
                rows.append({c: DECODE[e](v) for c, e, v in zip(names, config["data_format"], values)})
        check(joint, split, rows)
