"""Parquet by Apache Spark, local mode: a join of the records with the binaryFile source would read paths twice, so
the files are read in mapInArrow, which is what its users recommend to each other.

    peer_spark.py INPUT OUTPUT
"""

import os
import pathlib
import sys

import peers
from pyspark.sql import SparkSession

source, output = peers.arguments()
os.environ["PYSPARK_PYTHON"] = sys.executable
spark = (
    SparkSession.builder.master(f"local[{peers.CORES}]").config("spark.driver.memory", "6g").config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false").config("spark.log.level", "ERROR").config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.execution.arrow.pyspark.enabled", "true")
    .config("spark.sql.execution.arrow.maxRecordsPerBatch", str(peers.BATCH))
    .config("spark.sql.parquet.compression.codec", "none").config("parquet.block.size", str(100 << 20))
    .getOrCreate()
)  # fmt: skip
struct = "struct<bytes: binary, path: string>"
schema = ", ".join(f"{c} {struct if c in peers.IMAGES else 'double' if c in peers.SCORES else 'string'}" for c in peers.COLUMNS)
image_columns = list(peers.IMAGES)  # workers do not see the module peers


def embed(batches):
    import pyarrow as pa

    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    for batch in batches:
        columns = []
        for name, column in zip(batch.schema.names, batch.columns):
            if name in image_columns:
                paths = column.to_pylist()
                data = []
                for p in paths:
                    with open(p, "rb", buffering=0) as f:
                        data.append(f.read())
                column = pa.StructArray.from_arrays([pa.array(data, pa.binary()), pa.array([p.rsplit("/", 1)[1] for p in paths])], fields=list(kind))
            columns.append(column)
        yield pa.record_batch(columns, names=batch.schema.names)


for split, frame in peers.frames(source):
    flat = ", ".join(f"{c} {'double' if c in peers.SCORES else 'string'}" for c in peers.COLUMNS)
    data = spark.createDataFrame(frame, flat).repartition(max(peers.CORES, peers.shard_count(frame)))
    data.mapInArrow(embed, schema).write.mode("overwrite").parquet(str(pathlib.Path(output) / split))
spark.stop()
