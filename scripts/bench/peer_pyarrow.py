"""Parquet or Arrow by a tuned pyarrow script: batches of 100 rows, images plain and uncompressed, files read ahead.

    peer_pyarrow.py INPUT OUTPUT [--arrow]
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import peers
import pyarrow as pa
import pyarrow.parquet as pq

source, output = peers.arguments()
image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
kinds = {c: image if c in peers.IMAGES else pa.float64() if c in peers.SCORES else pa.string() for c in peers.COLUMNS}
features = {c: {"_type": "Image"} if c in peers.IMAGES else {"dtype": str(kinds[c]).replace("double", "float64"), "_type": "Value"} for c in kinds}
metadata = {"huggingface": json.dumps({"info": {"features": features}})}
schema = pa.schema(kinds.items(), metadata=metadata)
small = [c for c in peers.COLUMNS if c not in peers.IMAGES] + [f"{c}.path" for c in peers.IMAGES]


def batch(rows):
    columns = []
    for c in peers.COLUMNS:
        if c in peers.IMAGES:
            data = pa.array([peers.payload(p) for p in rows[c]], pa.binary())
            names = pa.array([p.rsplit("/", 1)[1] for p in rows[c]], pa.string())
            columns.append(pa.StructArray.from_arrays([data, names], fields=list(image)))
        else:
            columns.append(pa.array(rows[c], kinds[c], from_pandas=True))
    return pa.record_batch(columns, schema=schema)


def write(split, k, total, frame):
    name = output / f"{split}-{k:05d}-of-{total:05d}"
    parts = [frame.iloc[a : a + peers.BATCH] for a in range(0, len(frame), peers.BATCH)]
    with ThreadPoolExecutor(1) as ahead:
        if "--arrow" in sys.argv:
            with pa.OSFile(f"{name}.arrow", "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
                pump(ahead, parts, writer.write_batch)
            return
        with pq.ParquetWriter(
            f"{name}.parquet", schema, store_schema=False, write_page_index=True, use_dictionary=small,
            compression={c: "snappy" for c in small} | {f"{c}.bytes": "none" for c in peers.IMAGES}, write_statistics=small,
        ) as writer:  # fmt: skip
            writer.add_key_value_metadata(metadata)
            pump(ahead, parts, lambda b: writer.write_batch(b, row_group_size=peers.BATCH))


def pump(ahead, parts, sink):
    """Read the next batch while one is written."""
    waiting = ahead.submit(batch, parts[0]) if parts else None
    for k in range(len(parts)):
        ready = waiting.result()
        waiting = ahead.submit(batch, parts[k + 1]) if k + 1 < len(parts) else None
        sink(ready)


jobs = []
for split, frame in peers.frames(source):
    total = peers.shard_count(frame)
    cuts = [len(frame) * k // total for k in range(total + 1)]
    jobs += [(split, k, total, frame.iloc[cuts[k] : cuts[k + 1]]) for k in range(total)]
with ThreadPoolExecutor(peers.CORES) as pool:
    for future in [pool.submit(write, *job) for job in jobs]:
        future.result()
