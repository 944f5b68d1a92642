"""Readers of Parquet: types, values, and filters that are pushed down."""

from truth import COLUMNS, IMAGES, OUTPUT, SCORES, SPLITS, cell, compare, compare_any_order, counts, files


def parquet(split):
    return files(f"parquet/data/{split}-*.parquet")


def rows_of(found):
    return [{c: cell(r[c]) if c in IMAGES else r[c] for c in COLUMNS} for r in found]


def test_daft():
    import daft

    for split in SPLITS:
        compare(split, rows_of(daft.read_parquet(parquet(split)).to_pylist()))
    every, (want, text) = daft.read_parquet(files("parquet/data/*.parquet")), counts()
    # Daft tells -0.0 from 0.0, with and without a file.
    told_apart = daft.from_pydict({"x": [0.0, -0.0]}).where(daft.col("x") == 0.0).count_rows() == 1
    assert every.where(daft.col("E1") == 0.0).count_rows() == want["positive" if told_apart else "zero"]
    assert every.where((daft.col("E1") >= -0.0) & (daft.col("E1") <= 0.0)).count_rows() == want["zero"]
    assert every.where(daft.col("R2") > 0.5).count_rows() == want["high"]
    assert every.where(daft.col("easy_prompt") == text).count_rows() == want["text"]


def test_ray():
    import ray
    from ray.data.expressions import col

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=300_000_000)
    try:
        for split in SPLITS:
            compare_any_order(split, rows_of(ray.data.read_parquet(parquet(split)).take_all()))
        want, _ = counts()
        every = files("parquet/data/*.parquet")
        assert ray.data.read_parquet(every, columns=["E1"]).filter(expr=col("E1") == 0.0).count() == want["zero"]
        assert ray.data.read_parquet(every, columns=["R2"]).filter(expr=col("R2") > 0.5).count() == want["high"]
        assert len(ray.data.read_webdataset(files("webdataset/data/train-*.tar"), decoder=None).take_all()) == len(SPLITS["train"])
    finally:
        ray.shutdown()


def test_datafusion():
    import datafusion

    context = datafusion.SessionContext()
    for split in SPLITS:
        got = []
        for k, path in enumerate(parquet(split)):
            context.register_parquet(f"t_{split}_{k}", path)
            got += rows_of(context.sql(f"select * from t_{split}_{k}").to_pylist())
        compare_any_order(split, got)
    context.register_parquet("every", str(OUTPUT / "parquet" / "data"))
    (want, text), quoted = counts(), "'{}'"

    def one(where):
        return context.sql(f"select count(*) as n from every where {where}").to_pylist()[0]["n"]

    found = one('"E1" = 0.0'), one('"R2" > 0.5'), one("easy_prompt = " + quoted.format(text.replace("'", "''")))
    assert found == (want["zero"], want["high"], want["text"])


def test_chdb():
    import chdb
    import pyarrow as pa

    want, _ = counts()
    glob = OUTPUT / "parquet" / "data" / "*.parquet"

    def one(where):
        return int(str(chdb.query(f"select count() from file('{glob}', Parquet) where {where}", "CSV")))

    assert (one("E1 = 0.0"), one("R2 > 0.5"), one("easy_prompt = 'not there'")) == (want["zero"], want["high"], 0)

    def text(value):
        return value.decode() if isinstance(value, bytes) else value

    def binary(value):
        return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")

    for split in SPLITS:
        stream = chdb.query(f"select * from file('{OUTPUT}/parquet/data/{split}-*.parquet', Parquet) settings output_format_arrow_string_as_string=0", "ArrowStream").bytes()
        got = pa.ipc.open_stream(stream).read_all().to_pylist()
        compare_any_order(split, [{c: (text(r[c]["path"]), binary(r[c]["bytes"])) if c in IMAGES else text(r[c]) for c in COLUMNS} for r in got])


def test_lance(tmp_path):
    import lance
    import pyarrow.dataset as ds

    for split in SPLITS:
        lance.write_dataset(ds.dataset(parquet(split)), tmp_path / split)
        compare(split, rows_of(lance.dataset(tmp_path / split).to_table().to_pylist()))
    assert sum(lance.dataset(tmp_path / s).count_rows(filter='`E1` = 0.0') for s in SPLITS) == counts()[0]["zero"]


def test_pandas():
    import pandas as pd

    for split in SPLITS:
        frame = pd.concat(pd.read_parquet(p) for p in parquet(split))
        assert all(frame[c].dtype == "float64" for c in SCORES)
        compare(split, rows_of(frame.to_dict("records")))
    assert len(pd.read_parquet(OUTPUT / "parquet" / "data", filters=[("E1", "==", 0.0)])) == counts()[0]["zero"]


def test_fastparquet():
    """Columns that are not nested."""
    import fastparquet

    values = [c for c in COLUMNS if c not in IMAGES]
    for split in SPLITS:
        got = [r for p in parquet(split) for r in fastparquet.ParquetFile(p).to_pandas(columns=values).to_dict("records")]
        assert got == [{c: w[c] for c in values} for w in SPLITS[split]]
