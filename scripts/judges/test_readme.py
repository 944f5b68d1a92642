"""What README.md tells people to type works, in its order, and prints what it shows but for times and rates."""

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys

import conftest
import make_lookalike
import pandas as pd
import pytest
from judging import REPO

README = (REPO / "README.md").read_text()
# What is not typed here, and where it is tried instead.
ELSEWHERE = {
    "git clone https://github.com/pickshard/pickshard && cd pickshard": "this is the clone",
    "go install ./cmd/pickshard": "the judges' program is built by go build",
    "make wheel": "test_wheel.py",
    "pip install --no-index --find-links dist pickshard": "test_wheel.py",
    "make release": "test_release.py",
}


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.S | re.M)


def typed():
    """(command, what is shown below it) of every console block."""
    found = []
    for block in blocks("console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append([re.sub(r"\s{2,}#.*", "", line[2:]).strip(), []])
            else:
                found[-1][1].append(line)
    return found


def plain(line):
    """A line without what is other on every machine."""
    return re.sub(r"in [\d.]+\s?(ms|s)\b|\([\d.,]+ [kMG]?B/s\)", "", line).strip()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where somebody stands who follows the README: the program in PATH, Pick-High in data, a dataset of their own in mine."""
    here = tmp_path_factory.mktemp("readme")
    (here / "bin").mkdir()
    (here / "bin" / "pickshard").symlink_to(conftest.pickshard())
    shutil.copytree(REPO / "cmd" / "pickshard" / "demodata", here / "data")
    look = make_lookalike.make(here / "look", 60, seed=3, nulls=False, jobs=2)
    for split in ("train", "val"):
        frame = pd.read_pickle(look / "Pick-High" / f"{split}.pkl")
        own = pd.DataFrame({"prompt": frame.easy_prompt, "win_name": frame.easy_image_1, "lose_name": frame.easy_image_0, "ict_score": frame.E2})
        (here / "mine" / "tables").mkdir(parents=True, exist_ok=True)
        own.to_pickle(here / "mine" / "tables" / f"{split}.pkl")
        (here / "mine" / "images" / split).mkdir(parents=True)
        for name in [*own.win_name, *own.lose_name]:
            shutil.copyfile(look / "pick_easy_img" / split / name, here / "mine" / "images" / split / name)
    shutil.rmtree(look)
    return here


def bash(folder, command):
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_every_command(folder):
    commands = typed()
    assert len(commands) > 12
    said = ""
    for command, shown in commands:
        if command in ELSEWHERE:
            continue
        if command == "make demo":
            said = subprocess.run(["make", "-n", "demo"], cwd=REPO, capture_output=True, text=True, check=True).stdout
            said += bash(folder, "pickshard demo ./demo-out")
            assert "\nbin/pickshard demo ./demo-out\n" in said
        elif f"$ {command}\n" not in said:  # else the one before typed it
            assert re.match(r"(bin/)?pickshard ", command), f"README.md has a command that nobody tries: {command}"
            said = bash(folder, command)
        lines = [plain(line) for line in said.splitlines()]
        for line in shown:
            assert line.strip() in ("", "...") or plain(line) in lines, f"{command} does not print {line!r}, but\n{said}"


def test_snippets(folder):
    """Those of the consumers that are here; `make judge-all` runs the others'."""
    bash(folder, "pickshard convert pick-high ./data ./shards --quiet --index dali,wids")
    ran = []
    for block in blocks("python"):
        module = block.splitlines()[0].removeprefix("# load: ")
        if module != "wids" and importlib.util.find_spec(module.split(".")[0]):  # wids needs torch
            done = subprocess.run([sys.executable, "-c", block], cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, f"{module}: {done.stderr}"
            ran.append(module)
    assert {"datasets", "duckdb", "polars", "pandas", "pyspark", "webdataset"} <= set(ran)


def test_config_by_hand(folder):
    """The config that README.md shows converts the dataset that it is for."""
    (config,) = [block for block in blocks("yaml") if block.startswith("version: 1")]
    pathlib.Path(folder / "hand.yaml").write_text(config)
    bash(folder, "pickshard convert hand.yaml ./mine ./by-hand --quiet")
    got = pd.concat(pd.read_parquet(p) for p in sorted((folder / "by-hand" / "parquet" / "data").glob("train-*.parquet")))
    want = pd.read_pickle(folder / "mine" / "tables" / "train.pkl")
    assert got.prompt.tolist() == want.prompt.tolist()
    assert got.score.tolist() == want.ict_score.tolist()
    assert got.win.iloc[0]["bytes"] == (folder / "mine" / "images" / "train" / want.win_name[0]).read_bytes()
