"""pick-high-pairs as trainers of pairs read it: how PickScore's dataset class takes a record, replayed; labels by pandas."""

import io

import conftest
import judging
import pytest
from PIL import Image

datasets = pytest.importorskip("datasets")

SPLITS = {"train": "train", "validation_unique": "val", "test_unique": "test"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    source = conftest.lookalike(60)
    out = tmp_path_factory.mktemp("pairs") / "out"
    conftest.run(conftest.pickshard(), "convert", "pick-high-pairs", source, out, "--quiet")
    return judging.Truth(source), out


def load(out, how, split, cache):
    """PickScore: load_from_disk(name)[split] with from_disk, else load_dataset(name, config_name, split=split)."""
    if how == "from_disk":
        return datasets.load_from_disk(str(out / "arrow"))[split]
    return datasets.load_dataset(str(out / "parquet"), "default", split=split, cache_dir=str(cache))


def picture(value):
    """What PickScore's process_image takes: {bytes, path}, bytes or a PIL image."""
    if isinstance(value, dict):
        value = value["bytes"]
    if isinstance(value, bytes):
        value = Image.open(io.BytesIO(value))
    return value.convert("RGB")


@pytest.mark.parametrize("how", ["from_disk", "hub"])
@pytest.mark.parametrize("split", SPLITS)
def test_pickscore(made, tmp_path, how, split):
    truth, out = made
    data = load(out, how, split, tmp_path)
    frame = truth.frames["validation" if split == "validation_unique" else split.removesuffix("_unique")]
    counts = frame.groupby("easy_prompt")["easy_prompt"].transform("size").tolist()
    kept = data.filter(lambda x: x["has_label"]).filter(lambda x: x["are_different"])
    assert len(kept) == len(data) == len(frame) > 0
    labels = set()
    for row, want, count in zip(data, frame.itertuples(), counts):
        assert row["caption"] == want.easy_prompt and row["num_example_per_prompt"] == count
        assert (row["image_0_uid"], row["image_1_uid"]) == (want.easy_image_0, want.easy_image_1)
        first = 0.5 if want.E1 == want.E2 else float(want.E1 > want.E2)
        assert (row["label_0"], row["label_1"]) == (first, 1 - first)
        labels.add(first)
        folder = truth.folder / "pick_easy_img" / SPLITS[split]
        for column, name in [("jpg_0", want.easy_image_0), ("jpg_1", want.easy_image_1)]:
            with Image.open(folder / name) as image:
                assert picture(row[column]).tobytes() == image.convert("RGB").tobytes()
    assert split != "train" or {0.0, 1.0} <= labels


def test_triplets(tmp_path):
    """pick-high-triplets builds on pick-high-pairs: two pairs a record, the second image the better one."""
    source = conftest.lookalike(60)
    truth, out = judging.Truth(source), tmp_path / "out"
    conftest.run(conftest.pickshard(), "convert", "pick-high-triplets", source, out, "--quiet")
    conftest.run(conftest.pickshard(), "verify", out, "--input", source)
    for split, name in SPLITS.items():
        data = load(out, "hub", split, tmp_path / "cache").cast_column("jpg_0", datasets.Image(decode=False)).cast_column("jpg_1", datasets.Image(decode=False))
        frame = truth.frames["validation" if name == "val" else name]
        counts = frame.groupby("easy_prompt")["easy_prompt"].transform("size").tolist()
        want = []
        for row, count in zip(frame.itertuples(), counts):
            for a, b, folder in [(row.easy_image_0, row.easy_image_1, "pick_easy_img"), (row.easy_image_1, row.refine_image, "pick_refine_img")]:
                pictures = [(source / at / name / image).read_bytes() for at, image in [("pick_easy_img", a), (folder, b)]]
                want.append((row.easy_prompt, *pictures, 0.0, 1.0, a, b, 2 * count))
        got = [
            (r["caption"], r["jpg_0"]["bytes"], r["jpg_1"]["bytes"], r["label_0"], r["label_1"], r["image_0_uid"], r["image_1_uid"], r["num_example_per_prompt"])
            for r in data
        ]
        assert got == want and len(got) == 2 * len(frame) > 0
