"""The wheel: pip judges whether it installs, Pythons of several versions whether it runs, pandas what `read` reads.

The wheel is made of the binary under judgement. Pythons are those on PATH and pyenv's.
"""

import base64
import csv
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import zipfile

import conftest
import judging
import pandas as pd
import pytest

PYTHONS = ["3.9", "3.11", "3.13"]
BUILDER = judging.REPO / "scripts" / "wheel" / "wheel.py"


@pytest.fixture(scope="module", autouse=True)
def no_other_program():
    """PICKSHARD_BIN would be asked before what the wheel holds."""
    conftest.pickshard()  # which asks it too
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PICKSHARD_BIN", raising=False)
        yield


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    if conftest.GIVEN:
        pytest.skip("an output was given")
    folder = tmp_path_factory.mktemp("wheel")
    done = conftest.run(sys.executable, BUILDER, "--binary", conftest.pickshard(), "--output", folder)
    return pathlib.Path(done.stdout.decode().strip())


@pytest.fixture(scope="module")
def pickshard(wheel, tmp_path_factory):
    """The package as `pip install --target` puts it, in this Python."""
    folder = tmp_path_factory.mktemp("site")
    conftest.run(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check",
                 "--target", folder, wheel)  # fmt: skip
    sys.path.insert(0, str(folder))
    import pickshard

    assert folder in pathlib.Path(pickshard.__file__).parents
    assert pickshard.find_binary() == folder / "bin" / "pickshard"
    yield pickshard
    sys.path.remove(str(folder))


@pytest.fixture
def demo(tmp_path):
    shutil.copytree(judging.REPO / "cmd" / "pickshard" / "demodata", tmp_path / "input")
    return tmp_path / "input"


def interpreter(version):
    """A Python of this version that starts, or None."""
    candidates = [shutil.which(f"python{version}")]
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    candidates += sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    for path in filter(None, candidates):
        if subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0:
            return path
    return None


def test_wheel_is_well_formed(wheel, tmp_path):
    name, version, *tags = wheel.stem.split("-")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert len(set(names)) == len(names)
        info = f"{name}-{version}.dist-info"
        record = list(csv.reader(io.StringIO(archive.read(f"{info}/RECORD").decode())))
        assert [r[0] for r in record] == names
        for path, digest, size in record[:-1]:
            data = archive.read(path)
            want = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={want}", str(len(data))), path
        assert record[-1] == [f"{info}/RECORD", "", ""]
        said = archive.read(f"{info}/WHEEL").decode().splitlines()
        assert [line.split(": ")[1] for line in said if line.startswith("Tag: ")] == [f"py3-none-{t}" for t in tags[2].split(".")]
        program = archive.getinfo(f"{name}-{version}.data/scripts/pickshard")
        assert program.external_attr >> 16 == 0o100755
        assert archive.read(program) == conftest.pickshard().read_bytes()
        notices = archive.read(f"{info}/licenses/THIRD_PARTY_NOTICES.txt").decode()
        for module in "std go1", "apache/arrow-go", "spf13/cobra", "klauspost/compress":
            assert module in notices
    again = tmp_path / "again"
    conftest.run(sys.executable, BUILDER, "--binary", conftest.pickshard(), "--output", again)
    assert (again / wheel.name).read_bytes() == wheel.read_bytes(), "two builds differ"


@pytest.mark.parametrize("version", PYTHONS)
def test_fresh_environment(wheel, version, demo, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"NOT JUDGED: there is no Python {version} here")
    conftest.run(python, "-m", "venv", tmp_path / "env")
    python = tmp_path / "env" / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "-q"]
    conftest.run(*pip, "install", "--no-index", wheel)
    said = conftest.run(tmp_path / "env" / "bin" / "pickshard", "--version").stdout
    assert conftest.run(python, "-m", "pickshard", "-V").stdout == said
    conftest.run(python, "-m", "pickshard", "convert", "pick-high", code=2)
    script = """
import sys, pickshard
done = pickshard.convert("pick-high", sys.argv[1], sys.argv[2], formats=["parquet"])
assert (done.rows, done.dropped, pickshard.verify(done.output).ok) == (36, 0, True), done
assert pickshard.open(done.output).splits == {"train": 24, "validation": 6, "test": 6}
assert pickshard.__version__ in sys.argv[3]
assert "pandas" not in sys.modules and "numpy" not in sys.modules
try:
    pickshard.read("x.pkl")
except ImportError as err:
    assert "pickshard[arrow]" in str(err)
"""
    conftest.run(python, "-c", script, demo, tmp_path / "output", said.decode())
    conftest.run(*pip, "uninstall", "-y", "pickshard")
    assert not list((tmp_path / "env").rglob("*pickshard*"))


@pytest.mark.parametrize("split", judging.SPLITS)
def test_read(pickshard, demo, split):
    path = demo / "Pick-High" / f"{judging.SPLITS[split]}.pkl"
    frame = pd.read_pickle(path)
    want = frame.to_dict("list")
    table = pickshard.read(path)
    table.validate(full=True)
    assert table.to_pydict() == want
    with open(path, "rb") as file:
        assert pickshard.read(file).equals(table)
    assert pickshard.read(io.BytesIO(path.read_bytes()), columns=["E1"]).column_names == ["E1"]
    assert pickshard.read(path, rows=(1, 3)).equals(table.slice(1, 2))
    assert pickshard.read(str(path), rows=(2, None)).equals(table.slice(2))
    assert pickshard.read(path, rows=1).num_rows == 1
    info = pickshard.inspect(path)
    assert (info.kind, info.rows, info.problem, info.safe) == ("pandas.DataFrame", len(frame), None, True)
    assert [c.name for c in info.columns] == list(frame.columns)


def test_read_other_files(pickshard, tmp_path):
    frame = pd.DataFrame({"prompt": ["a, b", "c"], "score": [1.5, -2.0]})
    frame.to_csv(tmp_path / "x.csv", index=False)
    frame.to_parquet(tmp_path / "x.parquet")
    for path in sorted(tmp_path.iterdir()):
        assert pickshard.read(path).to_pydict() == frame.to_dict("list"), path.name
        info = pickshard.inspect(path)
        assert (info.rows, info.safe, info.globals) == (2, True, []), path.name
        assert [(c.name, c.type) for c in info.columns] == [("prompt", "string"), ("score", "float64")]
    (tmp_path / "readme.pkl").write_text("# A title\n\nand words.\n")
    with pytest.raises(pickshard.ReadError, match="text file"):
        pickshard.read(tmp_path / "readme.pkl")


def test_read_names_with_commas(pickshard, tmp_path):
    frame = pd.DataFrame({"a,b": [1], 'say "c"': [2], "d": [3]})
    frame.to_pickle(tmp_path / "x.pkl")
    assert pickshard.read(tmp_path / "x.pkl", columns=["a,b", 'say "c"']).to_pydict() == {"a,b": [1], 'say "c"': [2]}


def test_hostile_pickle(pickshard, tmp_path):
    """What os.system would do must not be done."""
    mark = tmp_path / "mark"

    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {mark}",)

    pd.to_pickle(Evil(), tmp_path / "evil.pkl")
    with pytest.raises(pickshard.ReadError) as caught:
        pickshard.read(tmp_path / "evil.pkl")
    assert caught.value.refused == f"{os.name}.system"
    assert caught.value.file == str(tmp_path / "evil.pkl")
    assert caught.value.offset > 0 and caught.value.hint
    info = pickshard.inspect(tmp_path / "evil.pkl")
    assert not info.safe and info.problem and info.rows is None
    assert not mark.exists()


def test_broken_pickles(pickshard, demo, tmp_path):
    whole = (demo / "Pick-High" / "train.pkl").read_bytes()
    with pytest.raises(pickshard.ReadError, match="truncated"):
        pickshard.read(io.BytesIO(whole[:3000]))
    with pytest.raises(pickshard.ReadError, match="nope") as caught:
        pickshard.read(io.BytesIO(whole), columns=["nope"])
    assert caught.value.column == "nope"
    with pytest.raises(pickshard.PickshardError, match="no such file"):
        pickshard.read(tmp_path / "none.pkl")
    with pytest.warns(pickshard.PickshardWarning, match="it holds 2 pickles"):
        (tmp_path / "trailing.pkl").write_bytes(whole + b"N.")
        pickshard.read(tmp_path / "trailing.pkl")

    class Failing(io.BytesIO):
        def read(self, *_):
            raise OSError("the network is gone")

    with pytest.raises(OSError, match="the network is gone"):
        pickshard.read(Failing())


def test_convert_and_open(pickshard, demo, tmp_path):
    seen = []
    done = pickshard.convert("pick-high", demo, tmp_path / "output", shard_rows=10, progress=seen.append)
    assert (done.rows, done.already_whole, done.output) == (36, False, tmp_path / "output")
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen) and seen[-1].fraction == 1
    assert {p.shard for p in seen if p.event == "shard"} == {s.name for s in pickshard.plan("pick-high", demo, shard_rows=10).shards}
    assert pickshard.convert("pick-high", str(demo), str(tmp_path / "output"), shard_rows=10).already_whole
    output = pickshard.open(tmp_path / "output")
    truth = judging.Truth(demo)
    loaded = output.load()
    for split, rows in output.splits.items():
        assert rows == len(truth.splits[split])
        for table in output.table(split), output.dataset(split).to_table():
            truth.compare(split, judging.rows_of(table))
        assert loaded[split].num_rows == rows
        assert loaded[split][0]["refine_image"].size
    assert len(output.files("webdataset", "train")) == 3
    assert output.table("test", columns=["E1"]).column_names == ["E1"]
    assert output.verify(input=demo).ok
    next(iter(output.files("parquet"))).write_bytes(b"")
    found = output.verify()
    assert not found.ok and found.findings[0].path.startswith("parquet/")
    with pytest.raises(KeyError, match="train, validation, test"):
        output.table("trian")
    with pytest.raises(pickshard.OutputError):
        pickshard.open(tmp_path)


def test_errors_have_fields(pickshard, demo, tmp_path):
    with pytest.raises(pickshard.ConfigError) as caught:
        pickshard.convert({"version": 1, "name": "x", "splits": {"train": {"records": "a.pkl"}}, "fields": {"a": {"type": "flaot64"}}},
                          demo, tmp_path / "output")  # fmt: skip
    assert [f.path for f in caught.value.faults] == ["fields.a.type"] and "float64" in caught.value.faults[0].hint
    with pytest.raises(pickshard.ConfigError, match="parquet"):
        pickshard.plan("pick-high", demo, formats=["parket"])
    with pytest.raises(TypeError):
        pickshard.plan("pick-high", demo, formats="parquet")
    with pytest.raises(pickshard.UsageError, match="nowhere"):
        pickshard.convert("pick-high", tmp_path / "nowhere", tmp_path / "output")
    image = next((demo / "pick_refine_img" / "train").iterdir())
    image.unlink()
    with pytest.raises(pickshard.ViolationsError) as caught:
        pickshard.convert("pick-high", demo, tmp_path / "output")
    err = caught.value
    assert (err.split, err.field, err.rule, err.exit_code) == ("train", "refine_image", "image.missing", 1)
    assert err.file == f"pick_refine_img/train/{image.name}" and err.hint and err.total == 1
    assert err.violations[0].row == err.row
    frame = pd.read_pickle(demo / "Pick-High" / "train.pkl")
    assert frame["refine_image"][err.row] == image.name
    import pickle

    again = pickle.loads(pickle.dumps(err))
    assert (type(again), again.row, again.hint, str(again)) == (type(err), err.row, err.hint, str(err))
    done = pickshard.convert("pick-high", demo, tmp_path / "output", on_error="quarantine")
    assert (done.rows, done.dropped, done.violations) == (35, 1, err.violations)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine").touch()
    with pytest.raises(pickshard.OutputError, match="mine"):
        pickshard.convert("pick-high", demo, tmp_path / "other")


def test_check(pickshard, demo):
    found = pickshard.check("pick-high", demo)
    assert found.passed and not found.broken and not found.violations
    assert {(r.split, r.checked) for r in found.rules if r.rule == "image.intact"} == {("train", 72), ("validation", 18), ("test", 18)}
    frame = pd.read_pickle(demo / "Pick-High" / "train.pkl")
    for name in frame["refine_image"][:3]:
        (demo / "pick_refine_img" / "train" / name).unlink()
    found = pickshard.check("pick-high", demo, splits=["train"], details=2)
    (missing,) = [r for r in found.rules if r.rule == "image.missing"]
    assert (found.passed, found.broken, missing.violated, missing.outcome) == (False, 3, 3, "violated")
    assert [(v.row, v.file) for v in found.violations if v.rule == "image.missing"] == [
        (row, f"pick_refine_img/train/{frame['refine_image'][row]}") for row in range(2)
    ]
    with pytest.raises(pickshard.ConfigError):
        pickshard.check({"version": 1}, demo)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ZeroDivisionError])
def test_stopped_run_goes_on(pickshard, tmp_path, stop):
    """An exception while it runs ends the program, and leaves nothing final; the same call completes it."""
    source = conftest.lookalike()

    def progress(p):
        if p.event == "shard":
            raise stop

    with pytest.raises(stop):
        pickshard.convert("pick-high", source, tmp_path / "output", shard_size="3MB", workers=1, progress=progress)
    assert not (tmp_path / "output" / "_SUCCESS").exists()
    assert threading.active_count() == 1 or all(not t.name.startswith("pickshard") for t in threading.enumerate())
    seen = []
    pickshard.convert("pick-high", source, tmp_path / "output", shard_size="3MB", progress=seen.append)
    assert "resumed" in {p.event for p in seen}
    assert pickshard.verify(tmp_path / "output").ok
