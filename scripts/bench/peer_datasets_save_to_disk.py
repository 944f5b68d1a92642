"""Arrow by Hugging Face datasets: save_to_disk, which embeds the image files.

    peer_datasets_save_to_disk.py INPUT OUTPUT [--num-proc]      with a process a core
"""

import sys

import datasets
import peers

source, output = peers.arguments()
datasets.disable_progress_bars()
features = datasets.Features(
    {c: datasets.Image() if c in peers.IMAGES else datasets.Value("float64" if c in peers.SCORES else "string") for c in peers.COLUMNS}
)
if __name__ == "__main__":
    splits = datasets.DatasetDict(
        {s: datasets.Dataset.from_pandas(frame, preserve_index=False).cast(features) for s, frame in peers.frames(source)}
    )
    splits.save_to_disk(output / "arrow", max_shard_size="500MB", num_proc=peers.CORES if "--num-proc" in sys.argv else None)
