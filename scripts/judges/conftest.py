"""Jobs for the judges: what is converted, how, and the truth about it.

    PICKSHARD_BIN=./pickshard "$(python3 scripts/judges/environment.py)" -m pytest scripts/judges -q

converts several data sets with the binary (built with `go build` if PICKSHARD_BIN is not set) and judges each output:

    lookalike  360 records of make_lookalike.py, several shards a split
    shuffled   the same, --shuffle 42, shards of 50 rows
    nulls      60 records with empty prompts and scores, config with nullable fields
    demo       cmd/pickshard/demodata, what `pickshard demo` lays out
    corpus     the real images of ../shared/corpus/images (skipped, loudly, where that folder is absent)

With INPUT=folder OUTPUT=folder an output that exists is judged alone (records in source order, config pick-high).
JUDGE_RECORDS=N makes the look-alike larger. CI=true turns a missing consumer from a skip into a failure.
Nothing is fetched: Hugging Face's libraries are told to stay offline and have fresh caches.
"""

import dataclasses
import functools
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import tempfile

SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="pickshard-judges-"))
for name in ("HF_HOME", "HF_DATASETS_CACHE", "HF_HUB_CACHE", "XDG_CACHE_HOME", "SPARK_LOCAL_DIRS"):
    os.environ[name] = str(SCRATCH / name.lower())
os.environ |= {
    "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
    "TZ": "UTC",
}  # fmt: skip

import pandas as pd  # noqa: E402
import pytest  # noqa: E402

import judging  # noqa: E402
import make_lookalike  # noqa: E402
from judging import REPO  # noqa: E402


@dataclasses.dataclass
class Job:
    name: str
    input: pathlib.Path
    output: pathlib.Path
    truth: judging.Truth

    def __str__(self):
        return self.name


GIVEN = "OUTPUT" in os.environ
JOBS = ["given"] if GIVEN else ["lookalike", "shuffled", "nulls", "demo", "corpus"]


def pytest_unconfigure():
    shutil.rmtree(SCRATCH, ignore_errors=True)


def run(*command, code=0, **options):
    """Run the binary and insist on its exit code."""
    done = subprocess.run([str(c) for c in command], capture_output=True, stdin=subprocess.DEVNULL, **options)
    assert done.returncode == code, (
        f"{' '.join(map(str, command))}: exit code {done.returncode}, not {code}\n"
        f"{done.stdout[-2000:].decode(errors='replace')}\n{done.stderr[-4000:].decode(errors='replace')}"
    )
    return done


@functools.cache
def pickshard():
    """The binary under judgement."""
    given = os.environ.get("PICKSHARD_BIN")
    if given:
        path = pathlib.Path(given).absolute()
        assert path.exists(), f"PICKSHARD_BIN={given}: no such file"
        return path
    if not shutil.which("go"):
        judging.absent("there is no PICKSHARD_BIN and no go to build it with")
    path = SCRATCH / "pickshard"
    run("go", "build", "-o", path, "./cmd/pickshard", cwd=REPO, env=os.environ | {"CGO_ENABLED": "0"})
    return path


@functools.cache
def lookalike(records=None, nulls=False):
    records = records or int(os.environ.get("JUDGE_RECORDS", 360))
    return make_lookalike.make(SCRATCH / f"lookalike-{records}-{nulls}", records, seed=1, nulls=nulls, jobs=2)


def corpus():
    """A small data set around the real images: one record of three real ones in each split, train has both."""
    source = REPO.parent / "shared" / "corpus" / "images"
    if not source.is_dir():
        pytest.skip("../shared/corpus/images is not here: the real images are not judged")
    names = sorted(p.name[: -len("_I1.jpg")] for p in source.glob("*_I1.jpg"))
    assert len(names) >= 2
    folder = SCRATCH / "corpus"
    for split, chosen in {"train": names, "val": names[:1], "test": names[1:2]}.items():
        rows = []
        for k, name in enumerate(chosen):
            files = [f"{name}_0.jpg", f"{name}_1.jpg", f"{name}.png"]
            for kind, old, new in zip(["pick_easy_img"] * 2 + ["pick_refine_img"], ["_I1.jpg", "_I2.jpg", "_I3.png"], files):
                (folder / kind / split).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / (name + old), folder / kind / split / new)
            rows.append([name.replace("_", " "), f"{name}, refined", *files, 0.0, 1.0, -0.5, 0.25 + k])
        (folder / "Pick-High").mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame(rows, columns=judging.COLUMNS)
        (folder / "Pick-High" / f"{split}.pkl").write_bytes(pickle.dumps(frame, protocol=4))
    return folder


def nullable_config():
    """Pick-High's config with every prompt and score nullable, written from scratch."""
    lines = ["version: 1", "name: pick-high-nullable", "splits:"]
    for split, folder in judging.SPLITS.items():
        lines.append(f"  {split}: {{records: Pick-High/{folder}.pkl, folder: {folder}}}")
    lines.append("fields:")
    for c in judging.COLUMNS:
        if c in judging.IMAGES:
            lines.append(f'  {c}: {{type: image, file: "{judging.FOLDERS[c]}/{{folder}}/{{{c}}}"}}')
        else:
            lines.append(f"  {c}: {{type: {'float64' if c in judging.SCORES else 'string'}, nullable: true}}")
    lines += ["output: {formats: [parquet, arrow, webdataset]}", ""]
    path = SCRATCH / "nullable.yaml"
    path.write_text("\n".join(lines))
    return path


@functools.cache
def job(name):
    if name == "given":
        source = pathlib.Path(os.environ["INPUT"])
        return Job(name, source, pathlib.Path(os.environ["OUTPUT"]), judging.Truth(source))
    config, flags = "pick-high", []
    if name == "lookalike":
        source, flags = lookalike(), ["--shard-size", "8MB"]
    elif name == "shuffled":
        source, flags = lookalike(), ["--shuffle", "42", "--shard-rows", "50"]
    elif name == "nulls":
        source, config = lookalike(60, nulls=True), nullable_config()
    elif name == "demo":
        source = REPO / "cmd" / "pickshard" / "demodata"
    else:
        source = corpus()
    output = SCRATCH / f"{name}-output"
    run(pickshard(), "convert", config, source, output, "--quiet", *flags)
    truth = judging.Truth(source)
    if name == "shuffled":
        import pyarrow.parquet as pq

        for split, paths in judging.shards(output / "parquet" / "data", ".parquet").items():
            cells = [c for p in paths for c in pq.ParquetFile(p).read(columns=["refine_image.path"])["refine_image"].to_pylist()]
            truth.reorder(split, [c["path"] for c in cells])
            assert truth.order[split] != sorted(truth.order[split]), f"{split}: not shuffled"
    return Job(name, source, output, truth)


# A job is made once; one that cannot be made says so in every test that wants it.
_outcomes = {}


@pytest.fixture(params=JOBS)
def made(request):
    name = request.param
    if name not in _outcomes:
        try:
            _outcomes[name] = job(name)
        except BaseException as err:  # pytest's own skip and fail are among these
            _outcomes[name] = err
    if isinstance(_outcomes[name], BaseException):
        raise _outcomes[name]
    return _outcomes[name]


@pytest.fixture
def output(made):
    return made.output


@pytest.fixture
def truth(made):
    return made.truth


@pytest.fixture
def binary():
    if GIVEN and "PICKSHARD_BIN" not in os.environ:
        pytest.skip("an output was given, but no PICKSHARD_BIN")
    return pickshard()


@pytest.fixture(scope="session")
def spark():
    judging.need("pyspark")
    if not shutil.which("java"):
        judging.absent("there is no java for Spark")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]").appName("pickshard judges")
        .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.memory", "4g").config("spark.driver.maxResultSize", "0").config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.log.level", "ERROR")
        .getOrCreate()
    )  # fmt: skip
    yield session
    session.stop()
