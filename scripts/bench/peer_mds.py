"""MosaicML Streaming: MDSWriter, shards of 64 MiB (its default), no compression, no hashes.

    peer_mds.py INPUT OUTPUT
"""

import peers
from streaming import MDSWriter

source, output = peers.arguments()
columns = {c: "bytes" if c in peers.IMAGES else "float64" if c in peers.SCORES else "str" for c in peers.COLUMNS}
for split, frame in peers.frames(source):
    with MDSWriter(out=str(output / split), columns=columns, compression=None, hashes=None) as sink:
        for row in frame.itertuples(index=False):
            row = row._asdict()
            for c in peers.IMAGES:
                row[c] = peers.payload(row[c])
            sink.write(row)
