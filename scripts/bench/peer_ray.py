"""Parquet by Ray Data: read the files in map_batches, write_parquet.

    peer_ray.py INPUT OUTPUT
"""

import logging

import peers
import pyarrow as pa
import ray

source, output = peers.arguments()
ray.init(num_cpus=peers.CORES, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR, configure_logging=True)
ray.data.DataContext.get_current().enable_progress_bars = False
image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def embed(table):
    for c in peers.IMAGES:
        paths = table.column(c).to_pylist()
        data = pa.array([peers.payload(p) for p in paths], pa.binary())
        cells = pa.StructArray.from_arrays([data, pa.array([p.rsplit("/", 1)[1] for p in paths])], fields=list(image))
        table = table.set_column(table.schema.get_field_index(c), c, cells)
    return table


for split, frame in peers.frames(source):
    data = ray.data.from_arrow(pa.Table.from_pandas(frame, preserve_index=False))
    data = data.repartition(max(peers.CORES * 2, len(frame) // 200)).map_batches(embed, batch_format="pyarrow", batch_size=peers.BATCH)
    none = {f"{c}.bytes": "none" for c in peers.IMAGES} | {f"{c}.path": "snappy" for c in peers.IMAGES}
    none |= {c: "snappy" for c in peers.COLUMNS if c not in peers.IMAGES}
    data.write_parquet(str(output / split), min_rows_per_file=max(1, len(frame) // peers.shard_count(frame)), compression=none)
ray.shutdown()
