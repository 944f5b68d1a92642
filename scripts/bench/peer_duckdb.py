"""Parquet by DuckDB: COPY of a join of the frame with read_blob over the image folders.

    peer_duckdb.py INPUT OUTPUT
"""

import duckdb
import peers

source, output = peers.arguments()
db = duckdb.connect(config={"threads": peers.CORES, "preserve_insertion_order": False})
for split, frame in peers.frames(source):
    db.register("records", frame)
    parts, joins = [], []
    for c in peers.COLUMNS:
        if c in peers.IMAGES:
            parts.append(f"{{'bytes': i_{c}.content, 'path': parse_filename(records.{c})}} AS {c}")
            folder = source.resolve() / peers.FOLDERS[c] / peers.SPLITS[split]
            joins.append(f"JOIN read_blob('{folder}/*') AS i_{c} ON i_{c}.filename = records.{c}")
        else:
            parts.append(f"records.{c}")
    # The images do not compress; DuckDB has one codec a file, and none costs the least.
    db.execute(
        f"COPY (SELECT {', '.join(parts)} FROM records {' '.join(joins)}) TO '{output / split}' "
        f"(FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 2048, ROW_GROUP_SIZE_BYTES '100MB', FILE_SIZE_BYTES '{peers.SHARD // 1_000_000}MB')"
    )
