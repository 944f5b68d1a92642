"""Parquet by Hugging Face datasets: embed the image files, to_parquet in shards of 500 MB (as push_to_hub does).

    peer_datasets_parquet.py INPUT OUTPUT
"""

import datasets
import peers
from datasets.table import embed_table_storage

source, output = peers.arguments()
datasets.disable_progress_bars()
features = datasets.Features(
    {c: datasets.Image() if c in peers.IMAGES else datasets.Value("float64" if c in peers.SCORES else "string") for c in peers.COLUMNS}
)
for split, frame in peers.frames(source):
    data = datasets.Dataset.from_pandas(frame, preserve_index=False).cast(features)
    total = peers.shard_count(frame)
    for k in range(total):
        shard = data.shard(total, k, contiguous=True).with_format("arrow")
        shard = shard.map(embed_table_storage, batched=True, batch_size=peers.BATCH, keep_in_memory=True).with_format(None)
        shard.to_parquet(output / f"{split}-{k:05d}-of-{total:05d}.parquet")
