"""--pages cdc: pages end where Arrow C++ ends them, and those of records that stayed keep their bytes."""

import hashlib
import io

import conftest
import judging
import numpy as np
import pandas as pd
import pytest
from PIL import Image

N = 300
CONFIG = """version: 1
name: pages
splits: {train: {records: t.csv}}
fields:
  image: {type: image, file: "images/{id}.png"}
  text: {type: string}
  tags: {type: "list[string]"}
output: {formats: [parquet], pages: cdc, report: none, row_group: {rows: ROWS}}
"""


def make(folder, ids, rows=1000):
    """Convert those of N records of noise; their parquet file."""
    (folder / "images").mkdir(parents=True)
    table = []
    for i in ids:
        rng = np.random.default_rng(i)
        side = int(rng.integers(20, 150))
        Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(folder / "images" / f"{i}.png", compress_level=0)
        words = [rng.bytes(900).hex() for _ in range(4)]
        table.append({"id": i, "text": "".join(words), "tags": words[: i % 4]})
    lines = pd.DataFrame(table).to_json(orient="records", lines=True)
    (folder / "t.jsonl").write_text(lines)
    (folder / "c.yaml").write_text(CONFIG.replace("ROWS", str(rows)).replace("t.csv", "t.jsonl"))
    conftest.run(conftest.pickshard(), "convert", folder / "c.yaml", folder, folder / "out", "--quiet")
    conftest.run(conftest.pickshard(), "verify", folder / "out")
    (path,) = (folder / "out" / "parquet" / "data").glob("*.parquet")
    return path


class Thrift:
    """As much of the compact protocol as page headers take."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def varint(self):
        n = shift = 0
        while True:
            b = self.data[self.at]
            self.at += 1
            n |= (b & 127) << shift
            shift += 7
            if b < 128:
                return n

    def struct(self):
        found, last = {}, 0
        while (head := self.data[self.at]) != 0:
            self.at += 1
            last = last + (head >> 4) if head >> 4 else self.zigzag()
            found[last] = self.value(head & 15)
        self.at += 1
        return found

    def zigzag(self):
        n = self.varint()
        return n >> 1 ^ -(n & 1)

    def value(self, kind):
        if kind in (1, 2):
            return kind == 1
        if kind == 8:
            n = self.varint()
            self.at += n
            return self.data[self.at - n : self.at]
        if kind == 12:
            return self.struct()
        assert kind in (4, 5, 6), kind
        return self.zigzag()


def pages(path, column):
    """(values, bytes) of each data page of a column, by row group."""
    pq = judging.need("pyarrow.parquet")
    meta, data, found = pq.ParquetFile(path).metadata, path.read_bytes(), []
    for g in range(meta.num_row_groups):
        (c,) = [meta.row_group(g).column(k) for k in range(meta.num_columns) if meta.row_group(g).column(k).path_in_schema == column]
        at = c.dictionary_page_offset or c.data_page_offset
        end, group = at + c.total_compressed_size, []
        while at < end:
            t = Thrift(data[at : at + 10000])
            head = t.struct()
            body = at + t.at
            at = body + head[3]
            if head[1] == 0:
                group.append((head[5][1], data[body:at]))
        found.append(group)
    return found


@pytest.mark.parametrize("rows", [1000, 130])
def test_as_arrow_does(tmp_path, rows):
    pq = judging.need("pyarrow.parquet")
    ours, theirs = make(tmp_path, range(N), rows), tmp_path / "theirs.parquet"
    table = pq.read_table(ours)
    cuts = {"min_chunk_size": 256 << 10, "max_chunk_size": 1 << 20, "norm_level": 0}
    pq.write_table(table, theirs, row_group_size=rows, use_dictionary=False, compression="none", use_content_defined_chunking=cuts)
    for column in ("image.bytes", "image.path", "text", "tags.list.element"):
        got, want = ([[n for n, _ in group] for group in pages(p, column)] for p in (ours, theirs))
        assert got == want, column
    assert max(len(g) for g in pages(ours, "image.bytes")) > 5 and len(pages(ours, "text")[0]) > 1
    # Images are stored alike, so that what one has pushed is not pushed again by the other.
    assert [b for g in pages(ours, "image.bytes") for _, b in g] == [b for g in pages(theirs, "image.bytes") for _, b in g]


def test_what_stayed_keeps_its_bytes(tmp_path):
    base = make(tmp_path / "base", range(N))

    def seen(path):
        return {hashlib.sha256(b).digest(): len(b) for g in pages(path, "image.bytes") for _, b in g}

    old = seen(base)
    for name, ids in {"appended": range(N + 20), "one gone": [i for i in range(N) if i != 3], "one more in front": [N + 1, *range(N)]}.items():
        new = seen(make(tmp_path / name.replace(" ", "-"), ids))
        fresh = sum(n for digest, n in new.items() if digest not in old)
        share = fresh / sum(new.values())
        print(f"{name}: {100 * share:.1f} % of the bytes are in new pages")
        assert share < 0.35, name


def test_declared(tmp_path):
    """The file's own word of it, as datasets writes it."""
    pq, datasets = judging.need("pyarrow.parquet"), judging.need("datasets")
    path = make(tmp_path, range(5))
    assert b"content_defined_chunking" in pq.ParquetFile(path).metadata.metadata
    loaded = datasets.load_dataset(str(tmp_path / "out" / "parquet"), split="train", cache_dir=str(tmp_path / "cache"))
    with Image.open(io.BytesIO((tmp_path / "images" / "2.png").read_bytes())) as want:
        assert loaded[2]["image"].tobytes() == want.tobytes()
