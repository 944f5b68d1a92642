"""Trainers' own loading code, replayed: images as raw bytes, text in members of its own.

`jpg_0: {type: binary, file: ...}` is an image that is checked as one and written as its bytes alone.
"""

import io
import json
import pickle

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


class ICTHP:
    """ICTHP's trainer/datasets/icthp_dataset.py: the table by pickle, a row by iloc, images by folder and split.

    What its tokenizer and image processor get stands in their place. Its E2 is what the trainer has: R1.
    """

    def __init__(self, folder, split):
        self.folder, self.split = folder, split
        with open(folder / "Pick-High" / f"{split}.pkl", "rb") as file:
            self.dataset = pickle.load(file)

    def __len__(self):
        return len(self.dataset["easy_prompt"])

    def __iter__(self):
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index):
        example = self.dataset.iloc[index]
        images = {"easy_image_0": "pick_easy_img", "easy_image_1": "pick_easy_img", "refine_image": "pick_refine_img"}
        return (
            {c: example[c] for c in ("easy_prompt", "refine_prompt")}
            | {c: processed(Image.open(self.folder / kind / self.split / example[c])) for c, kind in images.items()}
            | {label: float(example[c]) for label, c in {"E1": "E1", "E2": "R1", "R1": "R1", "R2": "R2"}.items()}
        )


def processed(image):
    return image.size, image.convert("RGB").tobytes()


def shards_of(output, format, cache):
    """Rows of the shards by split, each as the trainer's item with the table's own E2."""
    import datasets

    columns = judging.TEXTS + judging.SCORES
    data = datasets.load_from_disk(output / "arrow") if format == "arrow" else datasets.load_dataset(str(output / format), cache_dir=str(cache))
    for split, rows in data.items():
        if format == "webdataset":
            pictures = {c: [n for n in rows.column_names if n.split(".")[0] == c] for c in judging.IMAGES}
            found = ({c: r["json"][c] for c in columns} | {c: next(r[n] for n in names if r[n]) for c, names in pictures.items()} for r in rows)
        else:
            found = iter(rows)
        yield split, [{c: r[c] for c in columns} | {c: processed(r[c]) for c in judging.IMAGES} for r in found]


def test_icthp(tmp_path):
    """The same prompts, scores and images for every row. Its label E2 reads R1; shards have the table's E2."""
    import conftest

    judging.need("datasets")
    source, output, told_apart = conftest.lookalike(60), tmp_path / "output", 0
    conftest.run(conftest.pickshard(), "convert", "pick-high", source, output, "--quiet")
    items = {split: list(ICTHP(source, name)) for split, name in judging.SPLITS.items()}
    frames = judging.Truth(source).frames
    for format in ("parquet", "arrow", "webdataset"):
        for split, rows in shards_of(output, format, tmp_path / "cache"):
            assert len(items[split]) == len(rows) == len(frames[split]) > 0
            for item, row, e2 in zip(items[split], rows, frames[split]["E2"]):
                assert item["E2"] == row["R1"] and row["E2"] == e2
                assert item | {"E2": e2} == row
                told_apart += row["E2"] != row["R1"]
    assert told_apart > 100
