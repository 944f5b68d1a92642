"""Parquet by DuckDB: for each shard a COPY of a join of its records with read_blob over their files. One COPY for a
whole split holds all its images (3.6 GB for the first data set) and takes no less time.

    peer_duckdb.py INPUT OUTPUT
"""

import duckdb
import peers

source, output = peers.arguments()
db = duckdb.connect(config={"threads": peers.CORES, "preserve_insertion_order": False})


def write(target, frame):
    db.register("records", frame)
    parts, joins = [], []
    for c in peers.COLUMNS:
        if c in peers.IMAGES:
            parts.append(f"{{'bytes': i_{c}.content, 'path': parse_filename(records.{c})}} AS {c}")
            db.execute(f"SET VARIABLE files_{c} = ?", [frame[c].tolist()])
            joins.append(f"JOIN read_blob(getvariable('files_{c}')) AS i_{c} ON i_{c}.filename = records.{c}")
        else:
            parts.append(f"records.{c}")
    # The images do not compress; DuckDB has one codec a file, and none costs the least.
    db.execute(
        f"COPY (SELECT {', '.join(parts)} FROM records {' '.join(joins)}) TO '{target}' "
        "(FORMAT parquet, COMPRESSION uncompressed, ROW_GROUP_SIZE 2048, ROW_GROUP_SIZE_BYTES '100MB')"
    )


for split, frame in peers.frames(source):
    total = peers.shard_count(frame)
    cuts = [len(frame) * k // total for k in range(total + 1)]
    for k in range(total):
        write(output / f"{split}-{k:05d}-of-{total:05d}.parquet", frame.iloc[cuts[k] : cuts[k + 1]])
