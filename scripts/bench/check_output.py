#!/usr/bin/env python3
"""Count what a contender wrote, cheaply: rows and image bytes, from headers, footers and offsets.

    check_output.py FOLDER KIND...      KIND: tar, files, bare, parquet, arrow, lance, mds, litdata

Prints a JSON list with {"kind", "rows", "bytes", "exact"} for each KIND. `exact` says whether bytes are those of the
images alone; in the other kinds headers or small columns are in it. It never looks at the images themselves: that is
what the judges are for (scripts/judges).
"""

import json
import pathlib
import sys

IMAGES = ["easy_image_0", "easy_image_1", "refine_image"]
SUFFIXES = (".jpg", ".png")


def tar(folder):
    count = total = 0
    for path in folder.rglob("*.tar"):
        with open(path, "rb", buffering=0) as f:
            at = 0
            while len(head := f.read(512)) == 512 and head[0]:
                size = int(head[124:136].rstrip(b"\0 "), 8)
                if head[156:157] in b"0\0" and head[:100].rstrip(b"\0").decode().endswith(SUFFIXES):
                    count, total = count + 1, total + size
                at = f.seek(at + 512 + -(-size // 512) * 512)
    return count / len(IMAGES), total, True


def files(folder):
    sizes = [p.stat().st_size for p in folder.rglob("*") if p.suffix in SUFFIXES]
    return len(sizes) / len(IMAGES), sum(sizes), True


def bare(folder):
    sizes = {}
    for path in folder.glob("bare.*.*"):
        copy = path.suffix
        sizes[copy] = sizes.get(copy, 0) + path.stat().st_size
    assert len(set(sizes.values())) == 1, sizes
    return int((folder / "count").read_text()) / len(IMAGES), sizes[".0"], True


def parquet(folder):
    import pyarrow.parquet

    rows = total = 0
    for path in folder.rglob("*.parquet"):
        footer = pyarrow.parquet.read_metadata(path)
        rows += footer.num_rows
        for g in range(footer.num_row_groups):
            group = footer.row_group(g)
            for c in range(group.num_columns):
                column = group.column(c)
                if column.path_in_schema in {f"{name}.bytes" for name in IMAGES}:
                    total += column.total_uncompressed_size
    return rows, total, False


def arrow(folder):
    import pyarrow
    import pyarrow.compute

    rows = total = 0
    for path in folder.rglob("*.arrow"):
        with pyarrow.memory_map(str(path)) as source, pyarrow.ipc.open_stream(source) as stream:
            for batch in stream:
                rows += batch.num_rows
                for name in IMAGES:
                    total += pyarrow.compute.sum(pyarrow.compute.binary_length(batch.column(name).field("bytes"))).as_py() or 0
    return rows, total, True


def lance(folder):
    import lance

    rows = sum(lance.dataset(path).count_rows() for path in folder.glob("*.lance"))
    return rows, sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()), False


def mds(folder):
    shards = [s for path in folder.rglob("index.json") for s in json.loads(path.read_text())["shards"]]
    return sum(s["samples"] for s in shards), sum(s["raw_data"]["bytes"] for s in shards), False


def litdata(folder):
    chunks = [c for path in folder.rglob("index.json") for c in json.loads(path.read_text())["chunks"]]
    return sum(c["chunk_size"] for c in chunks), sum(c["chunk_bytes"] for c in chunks), False


def main():
    kinds = {f.__name__: f for f in (tar, files, bare, parquet, arrow, lance, mds, litdata)}
    folder = pathlib.Path(sys.argv[1])
    found = []
    for kind in sys.argv[2:]:
        rows, total, exact = kinds[kind](folder)
        found.append({"kind": kind, "rows": rows, "bytes": total, "exact": exact})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
