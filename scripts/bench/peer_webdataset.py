"""WebDataset by webdataset.ShardWriter: shards of 500 MB, mtime fixed, scalars in one JSON member.

    peer_webdataset.py INPUT OUTPUT
"""

import json

import peers
import webdataset

source, output = peers.arguments()
for split, frame in peers.frames(source):
    with webdataset.ShardWriter(
        str(output / f"{split}-%05d.tar"), maxsize=peers.SHARD, maxcount=1 << 30, mtime=0, verbose=0, encoder=False
    ) as sink:
        for k, row in enumerate(frame.itertuples(index=False)):
            row = row._asdict()
            sample = {"__key__": f"{split}-{k:09d}"}
            for c in peers.IMAGES:
                path = row.pop(c)
                sample[f"{c}.{path.rsplit('.', 1)[1]}"] = peers.payload(path)
            sample["json"] = json.dumps(row, ensure_ascii=False).encode()
            sink.write(sample)
