"""A Lance dataset for each split: batches of 100 rows from a generator, images as large binary, not compressed.

    peer_lance.py INPUT OUTPUT
"""

from concurrent.futures import ThreadPoolExecutor

import lance
import peers
import pyarrow as pa

source, output = peers.arguments()
kinds = {c: pa.large_binary() if c in peers.IMAGES else pa.float64() if c in peers.SCORES else pa.string() for c in peers.COLUMNS}
plain = {"lance-encoding:compression": "none"}
schema = pa.schema([pa.field(c, kinds[c], metadata=plain if c in peers.IMAGES else None) for c in peers.COLUMNS])


def batch(rows):
    return pa.record_batch(
        [pa.array([peers.payload(p) for p in rows[c]] if c in peers.IMAGES else rows[c], kinds[c], from_pandas=True) for c in peers.COLUMNS],
        schema=schema,
    )


def batches(frame):
    with ThreadPoolExecutor(1) as ahead:
        waiting = None
        for a in range(0, len(frame), peers.BATCH):
            following = ahead.submit(batch, frame.iloc[a : a + peers.BATCH])
            if waiting:
                yield waiting.result()
            waiting = following
        if waiting:
            yield waiting.result()


for split, frame in peers.frames(source):
    lance.write_dataset(batches(frame), output / f"{split}.lance", schema=schema, max_bytes_per_file=peers.SHARD)
