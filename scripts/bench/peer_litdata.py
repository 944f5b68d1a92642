"""litData: optimize with a worker a core, chunks of 64 MB (its default). Workers are forked: spawned ones import torch
again for each split, five times the CPU time with little data.

    peer_litdata.py INPUT OUTPUT
"""

import litdata
import peers


def sample(row):
    for c in peers.IMAGES:
        row[c] = peers.payload(row[c])
    return row


if __name__ == "__main__":
    source, output = peers.arguments()
    for split, frame in peers.frames(source):
        litdata.optimize(
            fn=sample, inputs=frame.to_dict("records"), output_dir=str(output / split), chunk_bytes="64MB", num_workers=peers.CORES,
            reorder_files=False, verbose=False, start_method="fork",
        )  # fmt: skip
