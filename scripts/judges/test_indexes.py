"""The indexes beside OUTPUT/webdataset: what their consumers' own tools would make, and that they disturb nobody."""

import json
import shutil
import struct
import tarfile

import judging
import pytest


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A conversion with every index, of a few shards."""
    import conftest

    source, output = conftest.lookalike(), tmp_path_factory.mktemp("indexes") / "output"
    conftest.run(conftest.pickshard(), "convert", "pick-high", source, output, "--quiet", "--index", "dali,wids,energon", "--shard-rows", "50")
    return conftest.Job("indexes", source, output, judging.Truth(source))


def members(path):
    """What tarfile finds: [(key, [(suffix, header, data, size, name)])]."""
    out = []
    with tarfile.open(path, mode="r:") as tar:
        for m in tar:
            key, _, suffix = m.name.partition(".")
            if not out or out[-1][0] != key:
                out.append((key, []))
            out[-1][1].append((suffix, m.offset, m.offset_data, m.size, m.name))
    return out


def test_dali(output):
    """The text that DALI's wds2idx.py makes; `make judge-all` runs that itself, and DALI."""
    seen = 0
    for path in sorted((output / "webdataset" / "data").glob("*.tar")):
        lines = [" ".join(f"{suffix} {data} {size} {name}" for suffix, _, data, size, name in parts) for _, parts in members(path)]
        want = "".join(line + "\n" for line in [f"v1.2 {len(lines)}", *lines])
        index = output / "webdataset" / "index" / f"{path.stem}.idx"
        assert index.read_bytes() == want.encode("ascii"), index.name
        seen += 1
    assert seen >= 3


def test_energon(everything):
    """Places of samples and of the archive's end, as Energon's prepare writes them; `make judge-all` loads them."""
    folder = everything.output / "webdataset"
    counts = {}
    for path in sorted((folder / "data").glob("*.tar")):
        parts = members(path)
        last = parts[-1][1][-1]
        places = [p[1][0][1] for p in parts] + [last[2] + (last[3] + 511) // 512 * 512]
        assert path.with_suffix(".tar.idx").read_bytes() == b"".join(struct.pack("<Q", at) for at in places)
        counts[f"data/{path.name}"] = len(parts)
    assert json.loads((folder / ".nv-meta" / ".info.json").read_text()) == {"energon_version": None, "shard_counts": counts}


def test_wids(output, truth):
    """What `widsindex create` writes but for md5sum, which is optional; `make judge-all` loads it."""
    for split in judging.SPLITS:
        folder = output / "webdataset" / "index"
        index = json.loads((folder / f"{split}.json").read_text())
        assert index["__kind__"] == "wids-shard-index-v1" and index["wids_version"] == 1
        tars = judging.shards(output / "webdataset" / "data", ".tar")[split]
        want = [{"url": f"../data/{p.name}", "nsamples": len(members(p)), "filesize": p.stat().st_size} for p in tars]
        assert index["shardlist"] == want and sum(s["nsamples"] for s in want) == len(truth.splits[split])


def test_datasets_and_webdataset_are_not_disturbed(everything, tmp_path):
    """With the card all indexes may be there; without it those that are written by default."""
    datasets, webdataset = judging.need("datasets"), judging.need("webdataset")
    folder, truth = everything.output / "webdataset", everything.truth
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {s: loaded[s].num_rows for s in loaded} == {s: len(truth.splits[s]) for s in judging.SPLITS}
    bare = tmp_path / "bare"
    shutil.copytree(folder, bare, ignore=lambda at, names: [n for n in names if n in ("README.md", ".nv-meta") or n.endswith(".tar.idx")])
    assert list((bare / "index").glob("*.idx")) and list((bare / "index").glob("*.json"))
    loaded = datasets.load_dataset(str(bare), cache_dir=str(tmp_path / "cache2"))
    assert {s: loaded[s].num_rows for s in loaded} == {s: len(truth.splits[s]) for s in judging.SPLITS}
    shards = sorted(str(p) for p in (folder / "data").glob("train-*.tar"))
    keys = [s["__key__"] for s in webdataset.WebDataset(shards, shardshuffle=False)]
    assert keys == truth.keys("train")


def test_verify_looks_at_indexes(everything, binary, tmp_path):
    """A damaged index, one of another shard, and one that is gone are all found."""
    import conftest

    output = tmp_path / "output"
    shutil.copytree(everything.output, output)
    conftest.run(binary, "verify", output)
    first, second = sorted((output / "webdataset" / "index").glob("train-*.idx"))[:2]
    first.write_bytes(first.read_bytes().replace(b" 512 ", b" 513 ", 1))
    second.unlink()
    done = conftest.run(binary, "verify", output, code=1)
    assert first.name.encode() in done.stdout + done.stderr and second.name.encode() in done.stdout + done.stderr
