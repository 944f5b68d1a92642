"""Apache Spark: types, values, filters."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from truth import COLUMNS, IMAGES, OUTPUT, SCORES, SPLITS, cell, compare_any_order, counts


def test_spark():
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.log.level", "ERROR")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.memory", "3g").getOrCreate()
    )  # fmt: skip
    try:
        every = spark.read.parquet(str(OUTPUT / "parquet" / "data"))
        assert every.dtypes == [(c, "struct<bytes:binary,path:string>" if c in IMAGES else "double" if c in SCORES else "string") for c in COLUMNS]
        for split in SPLITS:
            found = spark.read.parquet(str(OUTPUT / "parquet" / "data" / f"{split}-*.parquet")).collect()
            compare_any_order(split, [{c: cell(r[c]) if c in IMAGES else r[c] for c in COLUMNS} for r in found])
        want, text = counts()
        assert every.where(F.col("E1") == 0.0).count() == want["zero"]
        assert every.where(F.col("R2") > 0.5).count() == want["high"]
        assert every.where(F.col("easy_prompt") == text).count() == want["text"]
        assert every.where(F.col("easy_prompt") == "not there").count() == 0
    finally:
        spark.stop()
