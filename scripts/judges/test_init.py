"""The configs that `pickshard init` drafts: each converts as it was printed, and pandas and Pillow say whether the
values and images are right; what changes about the files must not make one that is confidently wrong."""

import os
import random
import shutil
import subprocess

import again
import conftest
import further
import layouts
import more
import numpy as np
import pytest
import traps
import unseen
import wild
from layouts import noise, put

pq = pytest.importorskip("pyarrow.parquet")

ALL = {**wild.KNOWN, **unseen.UNSEEN, **more.MORE, **traps.TRAPS, **again.AGAIN, **further.FURTHER}


def init(folder, *args):
    return subprocess.run([conftest.pickshard(), "init", folder, *args], capture_output=True, text=True, encoding="utf-8")


def convert(folder, config):
    """The splits that the printed config gives, or None where convert refuses."""
    (folder / "drafted.yaml").write_text(config, encoding="utf-8")
    shutil.rmtree(folder / "out", ignore_errors=True)
    run = subprocess.run(
        [conftest.pickshard(), "convert", folder / "drafted.yaml", folder / "in", folder / "out", "--quiet", "--no-sync", "--format", "parquet"],
        capture_output=True, text=True,
    )  # fmt: skip
    if run.returncode != 0:
        return None
    splits = {}
    for path in sorted((folder / "out" / "parquet" / "data").glob("*.parquet")):
        splits.setdefault(path.name.rsplit("-", 3)[0], []).extend(plain(r) for r in pq.read_table(path).to_pylist())
    return splits


def plain(value):
    """A value with images as their bytes."""
    if isinstance(value, dict):
        return value["bytes"] if set(value) == {"bytes", "path"} else {k: plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list) else value


def flat(value):
    """The images in a value."""
    if isinstance(value, list):
        return [b for v in value for b in flat(v)]
    return [value] if isinstance(value, bytes) else []


def compare(splits, truth):
    assert set(splits) == set(truth)
    for split, want in truth.items():
        assert len(splits[split]) == len(want), split
        for i, (row, record) in enumerate(zip(splits[split], want)):
            for field, value in record.items():
                if field == "pair":  # images whose fields have names of no column
                    assert all(v in row.values() for v in value), (split, i)
                else:
                    assert row[field] == value, (split, i, field)


def laid_out(tmp_path, layout):
    (tmp_path / "in").mkdir()
    return layout(tmp_path / "in")


@pytest.mark.parametrize("name", ALL)
def test_converts_as_printed(tmp_path, name):
    truth = laid_out(tmp_path, ALL[name])
    run = init(tmp_path / "in")
    if truth is None:  # no config can say it: nothing may be made up
        assert run.returncode in (1, 3), run.stdout
        assert "not " in run.stdout + run.stderr or "no " in run.stderr
        return
    assert run.returncode == 0, run.stdout + run.stderr
    splits = convert(tmp_path, run.stdout)
    assert splits is not None, run.stdout
    compare(splits, truth)


@pytest.mark.parametrize("name", layouts.LAYOUTS)
def test_examples_are_found(tmp_path, name):
    """The layouts of configs/examples: names of fields are others, records and images the same."""
    truth = laid_out(tmp_path, layouts.LAYOUTS[name])
    run = init(tmp_path / "in")
    assert run.returncode == 0, run.stdout + run.stderr
    splits = convert(tmp_path, run.stdout)
    if None in truth:
        assert sum(map(len, splits.values())) == len(truth[None])
        return
    assert set(splits) == set(truth)
    for split, want in truth.items():
        assert len(splits[split]) == len(want)
        for row, record in zip(splits[split], want):
            for value in record.values():
                if isinstance(value, bytes) or isinstance(value, list) and value and isinstance(value[0], bytes):
                    assert set(flat(value)) <= set(flat(list(row.values())))
                elif isinstance(value, np.ndarray):
                    assert any(isinstance(v, bytes) and v.startswith(b"\x89PNG") for v in row.values())


# What may have become of a data set since it was published.
MUTABLE = ["pick_high", "imagefolder", "members", "tsv", "absolute", "coco_computed", "imagereward", "kadid", "dog_breeds", "karpathy"]


def images_in(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".png", ".webp", ".jpeg"))


@pytest.mark.parametrize("name", MUTABLE)
def test_files_are_gone(tmp_path, name):
    """Where 7 % of the images are gone, somebody is asked: convert does not go on as if nothing were missing."""
    truth = laid_out(tmp_path, ALL[name])
    named = {v for rows in truth.values() for r in rows for v in flat(list(r.values()))}
    gone = [p for p in images_in(tmp_path / "in") if p.read_bytes() in named]
    for p in gone[3::14]:
        p.unlink()
    run = init(tmp_path / "in")
    assert run.returncode == 3, run.stdout + run.stderr
    assert "missing" in run.stdout
    assert convert(tmp_path, run.stdout) is None


@pytest.mark.parametrize("name", ["pick_high", "imagefolder", "members", "coco_computed"])
def test_a_split_without_images(tmp_path, name):
    laid_out(tmp_path, ALL[name])
    for p in images_in(tmp_path / "in"):
        if "train" in str(p.relative_to(tmp_path)):
            p.unlink()
    run = init(tmp_path / "in")
    assert run.returncode in (1, 3), run.stdout + run.stderr
    if run.returncode == 3:
        assert convert(tmp_path, run.stdout) is None


@pytest.mark.parametrize("name", ["imagefolder", "pick_high"])
def test_the_other_splits_images_are_not_taken(tmp_path, name):
    """The same names in two splits: the images of one must not become the other's."""
    truth = laid_out(tmp_path, ALL[name])
    folders = {"imagefolder": ["test"], "pick_high": ["pick_easy_img/val", "pick_refine_img/val"]}[name]
    for folder in folders:
        train = tmp_path / "in" / folder.replace("val", "train").replace("test", "train")
        for p in images_in(tmp_path / "in" / folder):
            p.rename(train / p.name) if not (train / p.name).exists() else p.unlink()
    run = init(tmp_path / "in")
    splits = convert(tmp_path, run.stdout) if run.returncode in (0, 3) else None
    assert run.returncode != 0, run.stdout
    if splits is not None:
        assert set(splits) < set(truth)


@pytest.mark.parametrize("name", MUTABLE)
def test_folders_are_renamed(tmp_path, name):
    """Folders are found by what is in them, whatever they are called now."""
    truth = laid_out(tmp_path, ALL[name])
    if name == "absolute":
        (tmp_path / "in" / "data").rename(tmp_path / "in" / "moved")
    elif name == "members" or name == "coco_computed":
        pass  # these names are in the records, or tell the splits
    else:
        for p in sorted((tmp_path / "in").iterdir()):
            if p.is_dir() and p.name not in ("train", "test", "Pick-High"):
                p.rename(p.with_name(f"{p.name} (1) ü"))
    run = init(tmp_path / "in")
    assert run.returncode == 0, run.stdout + run.stderr
    compare(convert(tmp_path, run.stdout), truth)


@pytest.mark.parametrize("name", ALL)
def test_junk_beside(tmp_path, name):
    """Files of others and of systems change nothing."""
    truth = laid_out(tmp_path, ALL[name])
    root = tmp_path / "in"
    for rel, data in {
        ".DS_Store": b"\0\0\0\1Bud1", "Thumbs.db": b"x", "notes.txt": b"nothing, much\nhere\n", "requirements.txt": b"torch==2\n",
        "tools/train.py": b"print(1)", "docs/logo.png": noise(9999, "PNG"), "empty.csv": b"", "__MACOSX/._a.jpg": b"\0\5\x16\7",
        "dataset_infos.json": b'{"default": {"features": {}}}', "model.bin": bytes(range(256)) * 4, "config.json": b'{"lr": 0.1}',
        ".git/config": b"[core]\n", "CITATION.cff": b"cff-version: 1.2.0\n",
    }.items():  # fmt: skip
        put(root / rel, data)
    run = init(root)
    if truth is None:
        assert run.returncode in (1, 3)
        return
    assert run.returncode == 0, run.stdout + run.stderr
    compare(convert(tmp_path, run.stdout), truth)


@pytest.mark.parametrize("name", ["pick_high", "dog_breeds", "vqa", "karpathy", "celeba", "class_folders"])
def test_order_on_disk_means_nothing(tmp_path, name):
    laid_out(tmp_path, ALL[name])
    first = init(tmp_path / "in").stdout
    other = tmp_path / "other" / "in"
    files = [p for p in (tmp_path / "in").rglob("*") if p.is_file()]
    random.Random(4).shuffle(files)
    for p in files:
        to = other / p.relative_to(tmp_path / "in")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(p, to)
        os.utime(to, (1, 1))
    assert init(other).stdout == first


def test_nothing_says_which_of_two(tmp_path):
    """The same names in two folders, twice in the table: no line stands in the config that nobody can know."""
    laid_out(tmp_path, traps.same_names_unlabelled)
    run = init(tmp_path / "in")
    assert run.returncode == 1, run.stdout
    assert "# file: {type: image" in run.stdout and "is this what is meant?" in run.stdout


def test_set_corrects_a_guess(tmp_path):
    laid_out(tmp_path, wild.pick_high)
    run = init(tmp_path / "in", "--set", "E2=", "--set", "score={type: float64, from: E1, nullable: true}")
    assert run.returncode == 0, run.stderr
    assert "E2" not in run.stdout
    assert "score: {type: float64, from: E1, nullable: true}" in run.stdout
    wrong = init(tmp_path / "in", "--set", "score={type: float64, from: E9}")
    assert wrong.returncode != 0
    assert "E9" in wrong.stderr


def test_a_copy_of_the_images_is_asked_for(tmp_path):
    """Two trees with the same images: one is a field, the other a line that asks. Trees of other images with the same
    names are fields both."""
    for i in range(20):
        put(tmp_path / "in" / "images" / f"{i:04d}.png", noise(i, "PNG"))
        put(tmp_path / "in" / "depth" / f"{i:04d}.png", noise(i + 100, "PNG"))
    (tmp_path / "in" / "data.csv").write_text("file,caption\n" + "".join(f"{i:04d}.png,a thing {i}\n" for i in range(20)))
    run = init(tmp_path / "in")
    assert run.returncode == 0 and '"depth/{file}"' in run.stdout and '"images/{file}"' in run.stdout and "is a copy meant" not in run.stdout
    (tmp_path / "in" / "depth").rename(tmp_path / "away")
    shutil.copytree(tmp_path / "in" / "images", tmp_path / "in" / "backup")
    run = init(tmp_path / "in")
    assert run.returncode == 3 and "is a copy meant" in run.stdout
    fields = [line for line in run.stdout.splitlines() if "type: image" in line]
    assert len(fields) == 2 and sum(line.lstrip().startswith("#") for line in fields) == 1
    assert len(convert(tmp_path, run.stdout)["train"]) == 20
