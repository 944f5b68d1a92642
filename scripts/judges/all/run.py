#!/usr/bin/env python3
"""The heavy judges: every consumer with its own pinned environment, made by this script under .venv/all.

    PICKSHARD_BIN=bin/pickshard "$(python3 scripts/judges/environment.py)" scripts/judges/all/run.py [NAME ...]

Python's are requirements-NAME.txt, Node's node/package-lock.json, Java's java/pom.xml, Rust's rust/Cargo.pins. A
consumer whose environment cannot be made fails. Versions are printed. What each must find was read by pandas and
Python from the input (truth.py).
"""

import hashlib
import io
import json
import os
import pathlib
import pickle
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import environment  # noqa: E402
import judging  # noqa: E402
import make_lookalike  # noqa: E402

BASE = HERE.parent / "requirements.txt"
# Environments of Python: which tests, with which requirements, and what is judged.
PYTHON = {
    "newest": ("test_datasets.py", BASE, ["datasets", "pyarrow"]),
    "datasets2": ("test_datasets.py", HERE / "requirements-datasets2.txt", ["datasets", "pyarrow"]),
    "datasets3": ("test_datasets.py", HERE / "requirements-datasets3.txt", ["datasets", "pyarrow"]),
    "datasets4": ("test_datasets.py", HERE / "requirements-datasets4.txt", ["datasets", "pyarrow"]),
    "spark3": ("test_spark.py", HERE / "requirements-spark3.txt", ["pyspark"]),
    "spark4": ("test_spark.py", BASE, ["pyspark"]),
    "readers": ("test_readers.py", HERE / "requirements-readers.txt", ["daft", "ray", "datafusion", "chdb", "pylance", "pandas", "fastparquet"]),
    "dali": ("test_dali.py", HERE / "requirements-dali.txt", ["nvidia-dali-cuda120"]),
    "torch": ("test_torch.py", HERE / "requirements-torch.txt", ["torch", "webdataset", "megatron-energon", "mosaicml-streaming", "litdata", "trl", "wids"]),
}
# Of which the README's snippets are run there.
SNIPPETS = {
    "newest": "datasets", "readers": "daft,ray,datafusion,chdb,lance", "dali": "nvidia.dali",
    "torch": "webdataset,wids,megatron.energon,streaming,litdata,trl", "spark3": "pyspark", "datasets2": "datasets",
}  # fmt: skip
OTHERS = ["hyparquet", "apache-arrow", "parquet-java", "rust"]


def say(text):
    print(text, flush=True)


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, **options)


def preferences(folder):
    """A dataset as TRL takes it: no image, one, or two a record."""
    from PIL import Image

    def said(role, text):
        return {"role": role, "content": [{"type": "text", "text": text}]}

    (folder / "images").mkdir(parents=True)
    lines = []
    for i in range(30):
        names = [f"images/{i}-{k}.png" for k in range(i % 3)]
        for k, name in enumerate(names):
            out = io.BytesIO()
            Image.new("RGB", (24, 16), (i, 8 * k, 99)).save(out, "PNG")
            (folder / name).write_bytes(out.getvalue())
        prompt = said("user", f"What is shown in {i}?")
        prompt["content"] = [{"type": "image"} for _ in names] + prompt["content"]
        lines.append({"images": names, "prompt": [prompt], "chosen": [said("assistant", f"yes {i}")], "rejected": [said("assistant", f"no {i}")]})
    (folder / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def prepare(work):
    """Convert, and write down what is true."""
    binary = pathlib.Path(os.environ.get("PICKSHARD_BIN", REPO / "bin" / "pickshard")).resolve()
    source = make_lookalike.make(work / "input", 360, seed=1, nulls=False, jobs=2)
    (work / "pick-high.yaml").write_text("version: 1\nextends: pick-high\ncard: {gallery: 3}\n")
    run(binary, "convert", work / "pick-high.yaml", source, work / "output", "--quiet", "--shard-rows", "50",
        "--format", "parquet,arrow,webdataset,mds,litdata", "--index", "dali,wids,energon")  # fmt: skip
    preferences(work / "asked")
    run(binary, "convert", "vlm-preferences", work / "asked", work / "preferences", "--quiet")
    run(binary, "verify", work / "preferences", "--quiet")
    kept = {k: list(getattr(judging, k.upper())) for k in ("columns", "images", "texts", "scores")}
    kept["splits"] = judging.Truth(source).splits
    (work / "truth.pickle").write_bytes(pickle.dumps(kept, protocol=4))
    return kept


def judge_python(name, variables):
    tests, requirements, packages = PYTHON[name]
    python = environment.environment(requirements)
    asked = f"from importlib.metadata import version as v; print(', '.join(f'{{p}} {{v(p)}}' for p in {packages}))"
    versions = run(python, "-c", asked, capture_output=True, text=True).stdout.strip()
    say(f"\n==> {name}: {versions}")
    options = ["-q", "-rs", "-p", "no:cacheprovider", "-W", "ignore", "--confcutdir", HERE, "-c", os.devnull, "--rootdir", HERE]
    judged = [HERE / tests]
    if name in SNIPPETS:
        judged.append(HERE / "test_snippets.py")
        variables = variables | {"SNIPPETS": SNIPPETS[name]}
    run(python, "-m", "pytest", *judged, *options, env=variables, cwd=HERE, timeout=3600)
    return versions


def tool(name):
    """A place for another language's packages, by what pins them."""
    pins = b"".join(p.read_bytes() for p in sorted((HERE / name).rglob("*")) if p.is_file())
    home = REPO / ".venv" / "all" / f"{name}-{hashlib.sha256(pins).hexdigest()[:12]}"
    if not home.exists():
        shutil.copytree(HERE / name, home)
    return home


def snippet(name, home, output):
    """README.md's for Node, on a shard that has the name which it asks for."""
    code = re.search(rf"^```js\n// load: {name}\n(.*?)^```$", (REPO / "README.md").read_text(), re.S | re.M)[1]
    asked = re.search(r"'(shards/.*?-00000-of-00001\.\w+)'", code)[1]
    shard = home / asked
    shutil.rmtree(home / "shards", ignore_errors=True)
    shard.parent.mkdir(parents=True)
    pattern = asked.removeprefix("shards/").replace("-of-00001", "-of-*")
    shutil.copyfile(next(output.glob(pattern)), shard)
    done = run("node", "--input-type=module", "-e", code, cwd=home, capture_output=True, text=True, timeout=900)
    if not done.stdout.strip():
        raise AssertionError(f"README.md's snippet for {name} prints nothing")


def pin(cargo, home):
    """Cargo.lock is Cargo.pins, with the name of the registry that this machine's cargo has for crates."""
    pins = (HERE / "rust" / "Cargo.pins").read_text()
    if not (home / "Cargo.lock").exists():
        run(cargo, "generate-lockfile", "--quiet", cwd=home)
    source = re.search('^source = "(.*)"$', (home / "Cargo.lock").read_text(), re.M)[1]
    (home / "Cargo.lock").write_text(re.sub("^checksum = ", f'source = "{source}"\nchecksum = ', pins, flags=re.M))


def needed(program, of):
    """A program of another language, or an error that says what to install."""
    found = shutil.which(program)
    if not found:
        raise AssertionError(f"there is no {program} here: install it ({of}); its consumer is not judged")
    return found


def judge_other(name, kept, output):
    import truth

    if name in ("hyparquet", "apache-arrow"):
        home = tool("node")
        if not (home / "node_modules").exists():
            run(needed("npm", "Node, Debian: npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", cwd=home)
        command = ["node", home / "read.mjs", name]
        version = json.loads((home / "node_modules" / name / "package.json").read_text())["version"]
    elif name == "parquet-java":
        home = tool("java")
        if not (home / "target" / "dependency").exists():
            run(needed("mvn", "Java 17 and Maven, Debian: maven"), "-q", "-B", "dependency:copy-dependencies", cwd=home)
        command = ["java", "-cp", f"{home}/target/dependency/*", home / "Read.java"]
        version = next((home / "target" / "dependency").glob("parquet-hadoop-*.jar")).stem.rsplit("-", 1)[1]
    else:
        home = tool("rust")
        cargo = needed("cargo", "Rust, Debian: cargo")
        pin(cargo, home)
        run(cargo, "build", "--release", "--locked", "--quiet", cwd=home)
        command = [home / "target" / "release" / "judges"]
        version = (home / "Cargo.lock").read_text().split('name = "parquet"\nversion = "')[1].split('"')[0]
    say(f"\n==> {name} {version}")
    arguments = [output, *(",".join(kept[k]) for k in ("columns", "images", "scores"))]
    done = run(*command, *arguments, capture_output=True, text=True, timeout=1800)
    got, want = json.loads(done.stdout.strip().splitlines()[-1]), truth.facts(name)
    if got != want:
        raise AssertionError(f"{name}: {got}, not {want}")
    if name in ("hyparquet", "apache-arrow"):
        snippet(name, home, output)
    say(f"1 passed: {got['rows']} records, filters {got['zero']} and {got['high']}")
    return f"{name} {version}"


def main():
    wanted = sys.argv[1:] or [*PYTHON, *OTHERS]
    for name in wanted:
        if name not in PYTHON and name not in OTHERS:
            raise SystemExit(f"no judge {name}: {', '.join([*PYTHON, *OTHERS])}")
    work = pathlib.Path(tempfile.mkdtemp(prefix="pickshard-all-"))
    caches = {n: str(work / n.lower()) for n in ("HF_HOME", "HF_DATASETS_CACHE", "XDG_CACHE_HOME")}
    os.environ.update(caches, OUTPUT=str(work / "output"), TRUTH=str(work / "truth.pickle"))
    os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TRANSFORMERS_OFFLINE="1", RAY_USAGE_STATS_ENABLED="0", RAY_AUTH_MODE="disabled")
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", TZ="UTC", DO_NOT_TRACK="1")
    passed, failed = [], []
    try:
        kept = prepare(work)
        for name in wanted:
            try:
                passed.append(judge_python(name, dict(os.environ)) if name in PYTHON else judge_other(name, kept, work / "output"))
            except (subprocess.SubprocessError, AssertionError, OSError, StopIteration) as err:
                say(f"FAILED {name}: {err}\n{(getattr(err, 'stderr', '') or '')[-1500:]}")
                failed.append(name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    say("\njudged: " + "; ".join(passed))
    say(f"{len(passed)} passed, {len(failed)} failed" + (": " + ", ".join(failed) if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
