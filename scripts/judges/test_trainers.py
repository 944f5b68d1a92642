"""Trainers' own loading code, replayed: images as raw bytes, text in members of its own.

`jpg_0: {type: binary, file: ...}` is an image that is checked as one and written as its bytes alone.
"""

import io
import json

import judging
import pytest
from PIL import Image

CONFIG = """
version: 1
name: pairs
splits:
  train: {records: Pick-High/train.pkl, folder: train}
  validation: {records: Pick-High/val.pkl, folder: val}
  test: {records: Pick-High/test.pkl, folder: test}
fields:
  jpg_0: {type: binary, file: "pick_easy_img/{folder}/{easy_image_0}"}
  jpg_1: {type: binary, file: "pick_easy_img/{folder}/{easy_image_1}"}
  label_0: {type: float64, from: E1}
  label_1: {type: float64, from: E2}
  caption: {type: string, from: easy_prompt}
  original_prompt: {type: string, from: refine_prompt}
output:
  formats: [parquet, arrow, webdataset]
  shard_rows: 50
  members: {label_0: txt, label_1: txt, original_prompt: txt, jpg_0: jpg, jpg_1: jpg}
"""
SOURCE = {"label_0": "E1", "label_1": "E2", "caption": "easy_prompt", "original_prompt": "refine_prompt"}


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    import conftest

    folder = tmp_path_factory.mktemp("trainers")
    (folder / "pairs.yaml").write_text(CONFIG)
    source, output = conftest.lookalike(), folder / "output"
    conftest.run(conftest.pickshard(), "convert", folder / "pairs.yaml", source, output, "--quiet")
    conftest.run(conftest.pickshard(), "verify", output, "--input", source)
    return conftest.Job("pairs", source, output, judging.Truth(source))


def wanted(truth, split):
    """Rows as the config has them, images as bytes."""
    images = {"jpg_0": "easy_image_0", "jpg_1": "easy_image_1"}
    return [{n: row[c] for n, c in SOURCE.items()} | {n: row[c][1] for n, c in images.items()} for row in truth.splits[split]]


def test_plain_binary(pairs, tmp_path):
    """No struct and no Image feature, in Parquet and in Arrow: binary columns, every byte."""
    datasets, parquet = judging.need("datasets"), judging.need("pyarrow.parquet")
    loaded = datasets.load_dataset(str(pairs.output / "parquet"), cache_dir=str(tmp_path))
    disk = datasets.load_from_disk(str(pairs.output / "arrow"))
    for split in judging.SPLITS:
        want = wanted(pairs.truth, split)
        for data in (loaded[split], disk[split]):
            assert data.features["jpg_0"] == datasets.Value("binary")
            assert data.to_list() == [{n: row[n] for n in data.column_names} for row in want]
        table = parquet.read_table(sorted((pairs.output / "parquet" / "data").glob(f"{split}-*")))
        assert str(table.schema.field("jpg_1").type) == "binary" and table["jpg_1"].to_pylist() == [r["jpg_1"] for r in want]


def test_diffusers_dpo(pairs, tmp_path):
    """diffusers' train_diffusion_dpo_sdxl.py, preprocess_train: jpg_0 and jpg_1 go into io.BytesIO."""
    datasets = judging.need("datasets")
    dataset = datasets.load_dataset(str(pairs.output / "parquet"), split="train", cache_dir=str(tmp_path))
    seen = []

    def preprocess_train(examples):
        for name in ["jpg_0", "jpg_1"]:
            images = [Image.open(io.BytesIO(im_bytes)).convert("RGB") for im_bytes in examples[name]]
            seen.extend(image.size for image in images)
        return {"label": examples["label_0"], "text": examples["caption"]}

    got = dataset.with_transform(preprocess_train)[:]
    want = wanted(pairs.truth, "train")
    assert got["text"] == [r["caption"] for r in want] and got["label"] == [r["label_0"] for r in want]
    assert seen == [Image.open(io.BytesIO(r[n])).size for n in ("jpg_0", "jpg_1") for r in want]


def test_diffusers_orpo(pairs):
    """diffusers' train_diffusion_orpo_sdxl_lora_wds.py, get_dataset, without its endless resampling."""
    wds = judging.need("webdataset")
    shards = sorted(str(p) for p in (pairs.output / "webdataset" / "data").glob("train-*.tar"))
    dataset = (
        wds.WebDataset(shards, shardshuffle=False)
        .decode("pil")
        .rename(
            original_prompt="original_prompt.txt", jpg_0="jpg_0.jpg", jpg_1="jpg_1.jpg", label_0="label_0.txt", label_1="label_1.txt"
        )
    )  # fmt: skip
    rows, want = list(dataset), wanted(pairs.truth, "train")
    assert len(rows) == len(want)
    for row, w in zip(rows, want):
        assert row["original_prompt"] == w["original_prompt"]
        assert (float(row["label_0"]), float(row["label_1"])) == (w["label_0"], w["label_1"])
        for name in ("jpg_0", "jpg_1"):
            assert row[name].size == Image.open(io.BytesIO(w[name])).size


def test_a_file_that_is_no_image_is_refused(pairs, binary, tmp_path):
    """Plain bytes are checked as an image all the same."""
    import shutil

    import conftest

    source = tmp_path / "input"
    shutil.copytree(pairs.input, source)
    name = pairs.truth.frames["test"]["easy_image_0"][0]
    (source / "pick_easy_img" / "test" / name).write_bytes(b"<html>not found</html>")
    (tmp_path / "pairs.yaml").write_text(CONFIG)
    done = conftest.run(binary, "convert", tmp_path / "pairs.yaml", source, tmp_path / "output", "--json", code=1)
    assert b"image.format" in done.stdout + done.stderr, json.dumps(done.stderr.decode()[-500:])
