"""Parquet by Daft: url.download on the native runner, images uncompressed.

    peer_daft.py INPUT OUTPUT
"""

import daft
import peers

source, output = peers.arguments()
daft.set_execution_config(parquet_target_filesize=peers.SHARD)
none = {f"{c}.bytes": "uncompressed" for c in peers.IMAGES}
for split, frame in peers.frames(source):
    data = daft.from_pandas(frame)
    columns = []
    for c in peers.COLUMNS:
        if c in peers.IMAGES:
            columns.append(daft.functions.to_struct(bytes=daft.col(c).download(max_connections=32), path=daft.col(c)).alias(c))
        else:
            columns.append(daft.col(c))
    data.select(*columns).write_parquet(str(output / split), compression="snappy", column_compression=none)
