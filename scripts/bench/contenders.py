"""Who takes part in the benchmark, with what command, and what their output is. Not a script.

Each reads the same pickles and folders and writes all rows, all columns and the bytes of every image. pickshard makes
its files durable before it counts them as done and nobody else does, so `--no-sync` is the like for like; the
synced runs show what the default costs. Nobody else makes a page for people, so there is none: `--report none`. The
bare loop (bare.c) is not a contender, but the limit: it only reads and writes the bytes of the images. The peers' scripts are what a competent user writes today, tuned.
"""

# {bin} {py} {torch} {bare} {cores} {here} {in} {out} are filled in by bench.py.
PICKSHARD = "{bin} convert pick-high {in} {out}/o --quiet --report none"

# name: (format, command, what check_output.py looks at)
CONTENDERS = {
    "tar": ("yardstick", "{here}/tar.sh {in} {out}", "tar"),
    "cp -r": ("yardstick", "cp -r {in} {out}/o", "files"),
    "bare loop": ("yardstick", "{bare} {in} {out} 1 {cores}", "bare"),
    "bare loop, synced": ("yardstick", "{bare} {in} {out} 1 {cores} sync", "bare"),
    "bare loop, thrice, synced": ("yardstick", "{bare} {in} {out} 3 {cores} sync", "bare"),
    "pickshard webdataset": ("WebDataset", PICKSHARD + " --format webdataset --no-sync", "tar"),
    "pickshard webdataset, synced": ("WebDataset", PICKSHARD + " --format webdataset", "tar"),
    "webdataset ShardWriter": ("WebDataset", "{py} {here}/peer_webdataset.py {in} {out}", "tar"),
    "pickshard parquet": ("Parquet", PICKSHARD + " --format parquet --no-sync", "parquet"),
    "pickshard parquet, synced": ("Parquet", PICKSHARD + " --format parquet", "parquet"),
    "pyarrow parquet": ("Parquet", "{py} {here}/peer_pyarrow.py {in} {out}", "parquet"),
    "datasets to_parquet": ("Parquet", "{py} {here}/peer_datasets_parquet.py {in} {out}", "parquet"),
    "Daft": ("Parquet", "{py} {here}/peer_daft.py {in} {out}", "parquet"),
    "DuckDB": ("Parquet", "{py} {here}/peer_duckdb.py {in} {out}", "parquet"),
    "Ray Data": ("Parquet", "{py} {here}/peer_ray.py {in} {out}", "parquet"),
    "Spark local": ("Parquet", "{py} {here}/peer_spark.py {in} {out}", "parquet"),
    "pickshard arrow": ("Arrow", PICKSHARD + " --format arrow --no-sync", "arrow"),
    "pickshard arrow, synced": ("Arrow", PICKSHARD + " --format arrow", "arrow"),
    "pyarrow arrow": ("Arrow", "{py} {here}/peer_pyarrow.py {in} {out} --arrow", "arrow"),
    "datasets save_to_disk": ("Arrow", "{py} {here}/peer_datasets_save_to_disk.py {in} {out}", "arrow"),
    "datasets save_to_disk num_proc": ("Arrow", "{py} {here}/peer_datasets_save_to_disk.py {in} {out} --num-proc", "arrow"),
    "pickshard all three": ("all three", PICKSHARD + " --no-sync", "tar parquet arrow"),
    "pickshard all three, synced": ("all three", PICKSHARD, "tar parquet arrow"),
    "Lance": ("own format", "{py} {here}/peer_lance.py {in} {out}", "lance"),
    "MDS": ("own format", "{torch} {here}/peer_mds.py {in} {out}", "mds"),
    "litData": ("own format", "{torch} {here}/peer_litdata.py {in} {out}", "litdata"),
}
FORMATS = list(dict.fromkeys(kind for kind, *_ in CONTENDERS.values()))
# The packages whose versions are written beside the results.
PACKAGES = ["pyarrow", "datasets", "webdataset", "daft", "pylance", "duckdb", "ray", "pyspark", "mosaicml-streaming", "litdata"]


def ours(name):
    return name.startswith("pickshard")


def choose(only="", skip=""):
    """The names that take part: parts of names or formats, with commas; "torch" stands for those that need it. tar,
    which the others are measured by, always does."""

    def matches(name, words):
        kind, command, _ = CONTENDERS[name]
        text = f"{name} {kind} {'torch' if '{torch}' in command else ''}".lower()
        return any(w.strip().lower() in text for w in words.split(",") if w.strip())

    return [n for n in CONTENDERS if n == "tar" or ((not only or matches(n, only)) and not matches(n, skip))]
