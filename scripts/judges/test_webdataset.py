"""OUTPUT/webdataset: the tar files byte by byte with tarfile, then the webdataset library."""

import io
import json
import re
import tarfile

import judging
import pytest
from judging import COLUMNS, IMAGES, SCORES, TEXTS

NUMBER = re.compile(r'"(%s)"\s*:\s*([^,}\s]+)' % "|".join(SCORES))


@pytest.fixture
def files(output):
    return judging.shards(output / "webdataset" / "data", ".tar")


def load(data):
    """The JSON member; no name may come twice."""

    def pairs(items):
        assert len({k for k, _ in items}) == len(items), f"a name comes twice: {[k for k, _ in items]}"
        return dict(items)

    return json.loads(data.decode("utf-8"), object_pairs_hook=pairs)


def samples(path):
    """The samples of a tar, members in order: [(key, [(suffix, bytes)])]. The headers are checked."""
    raw = path.read_bytes()
    assert len(raw) % 512 == 0
    out, end = [], 0
    with tarfile.open(path, mode="r:") as tar:
        for member in tar:
            header = raw[member.offset : member.offset + 512]
            where = f"{path.name}: {member.name}"
            assert header[257:265] == b"ustar\x0000", f"{where}: not plain ustar: {header[257:265]!r}"
            assert header[156:157] == b"0", f"{where}: type {header[156:157]!r}"
            assert member.offset == end, f"{where}: begins at {member.offset}, not at {end}: a header nobody asked for"
            assert member.offset_data == member.offset + 512
            assert header[345:500] == bytes(155), f"{where}: name continues in the prefix"
            assert re.fullmatch(r"[A-Za-z0-9_/-]+\.[A-Za-z0-9_.-]+", member.name) and len(member.name) <= 100, where
            assert (member.mtime, member.uid, member.gid) == (0, 0, 0), where
            assert member.mode in (0o644, 0o444), where
            assert not member.pax_headers, where
            key, _, suffix = member.name.partition(".")
            data = raw[member.offset_data : member.offset_data + member.size]
            assert len(data) == member.size
            end = member.offset_data + (member.size + 511) // 512 * 512
            assert not any(raw[member.offset_data + member.size : end]), f"{where}: padding is not zero"
            if not out or out[-1][0] != key:
                out.append((key, []))
            out[-1][1].append((suffix, data))
    assert not any(raw[end:]) and len(raw) - end >= 1024, f"{path.name}: no end-of-archive blocks"
    return out


def test_tar(files, truth):
    suffixes = None
    for split, paths in files.items():
        found = [sample for path in paths for sample in samples(path)]
        assert [key for key, _ in found] == truth.keys(split), "members of a sample apart, or keys wrong"
        rows = []
        for (key, members), want in zip(found, truth.splits[split]):
            names = [suffix for suffix, _ in members]
            assert len(set(names)) == len(names), f"{key}: {names}"
            suffixes = suffixes or names
            assert names == suffixes, f"{key}: members {names}, the first sample has {suffixes}"
            assert names[-1] == "json" and len(names) == 1 + len(IMAGES)
            row = load(members[-1][1])
            assert set(TEXTS + SCORES) <= set(row)
            assert all(c in COLUMNS for c in row), f"{key}: {set(row) - set(COLUMNS)} is in no field"
            for name, (suffix, data) in zip(IMAGES, members):
                assert suffix == f"{name}.{ {'jpeg': 'jpg'}.get(kind := kind_of(data), kind) }", f"{key}.{suffix} holds a {kind}"
                row[name] = (want[name][0], data)
            rows.append(row)
            for name, text in NUMBER.findall(strip_strings(members[-1][1].decode())):
                assert text == "null" or re.fullmatch(r"-?\d+(\.\d+([eE][+-]?\d+)?|[eE][+-]?\d+)", text), f"{key} {name}: {text}"
        truth.compare(split, rows)


def strip_strings(text):
    """JSON with the values of its strings emptied, so that a number can be looked for by its name."""
    return re.sub(r'(:\s*)"(?:[^"\\]|\\.)*"', r'\1""', text)


def kind_of(data):
    return "jpeg" if data[:3] == b"\xff\xd8\xff" else "png" if data[:8] == b"\x89PNG\r\n\x1a\n" else "unknown"


def test_library(files, truth):
    wds = judging.need("webdataset")
    for split, paths in files.items():
        data = list(wds.WebDataset([str(p) for p in paths], shardshuffle=False, empty_check=False))
        assert [s["__key__"] for s in data] == truth.keys(split)
        rows = []
        for sample, want in zip(data, truth.splits[split]):
            row = load(sample["json"])
            for name in IMAGES:
                row[name] = (want[name][0], sample[f"{name}.{want[name][0].rsplit('.', 1)[1]}"])
            rows.append(row)
        truth.compare(split, rows)


def test_library_decodes(files, truth):
    wds = judging.need("webdataset")
    from PIL import Image

    for split, paths in files.items():
        wanted = truth.splits[split]
        data = wds.WebDataset([str(p) for p in paths], shardshuffle=False, empty_check=False).decode("pil")
        total = 0
        for sample, want in zip(data, wanted, strict=True):
            total += 1
            for c in SCORES:
                assert judging.bits(sample["json"][c]) == judging.bits(want[c])
            if total % 17 != 1:
                continue
            for c in IMAGES:
                got = sample[f"{c}.{want[c][0].rsplit('.', 1)[1]}"]
                with Image.open(io.BytesIO(want[c][1])) as original:
                    assert got.convert("RGB").tobytes() == original.convert("RGB").tobytes()
        assert total == len(wanted)


def test_no_wrong_splits(output):
    """The folder of tars holds no file that datasets' default patterns would take for data (a .tar.idx, say)
    unless the card names the data files."""
    folder = output / "webdataset"
    strays = [p.name for p in folder.rglob("*") if p.is_file() and ".tar" in p.name and not p.name.endswith(".tar")]
    if strays:
        assert "data_files" in (folder / "README.md").read_text(), strays
