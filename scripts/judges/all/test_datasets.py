"""Hugging Face datasets, in each major version: both layouts whole and streamed, and load_from_disk."""

import shutil

import datasets
import pytest
from truth import COLUMNS, IMAGES, OUTPUT, SCORES, SPLITS, cell, compare, rows


def raw(data):
    for c in IMAGES:
        data = data.cast_column(c, datasets.Image(decode=False))
    return ({c: cell(row[c]) if c in IMAGES else row[c] for c in COLUMNS} for row in data)


def check_features(features):
    assert list(features) == COLUMNS
    for c in COLUMNS:
        want = datasets.Image() if c in IMAGES else datasets.Value("float64" if c in SCORES else "string")
        assert features[c] == want, c


def test_parquet(tmp_path):
    loaded = datasets.load_dataset(str(OUTPUT / "parquet"), cache_dir=str(tmp_path))
    assert set(loaded) == set(SPLITS)
    for split in SPLITS:
        check_features(loaded[split].features)
        assert loaded[split].info.splits[split].num_examples == len(rows(split))
        assert loaded[split][0]["refine_image"].size[0] > 0  # decoded
        compare(split, raw(loaded[split]))


def test_without_the_card(tmp_path):
    """Neither pictures of the card nor indexes that are written by default are taken for data."""
    for format in ["parquet"] if datasets.__version__.startswith("2.14.") else ["parquet", "webdataset"]:
        ignored = shutil.ignore_patterns("README.md", ".nv-meta", "*.tar.idx")
        bare = shutil.copytree(OUTPUT / format, tmp_path / format, ignore=ignored)
        assert len(list((bare / "gallery").glob("*.jpg"))) == 3 * len(IMAGES)
        loaded = datasets.load_dataset(str(bare), cache_dir=str(tmp_path / "cache"))
        assert {split: data.num_rows for split, data in loaded.items()} == {split: len(rows(split)) for split in SPLITS}


def test_parquet_streamed(tmp_path):
    for split in SPLITS:
        compare(split, raw(datasets.load_dataset(str(OUTPUT / "parquet"), split=split, streaming=True, cache_dir=str(tmp_path))))


def test_arrow():
    loaded = datasets.load_from_disk(str(OUTPUT / "arrow"))
    for split in SPLITS:
        check_features(loaded[split].features)
        compare(split, raw(loaded[split]))


@pytest.mark.parametrize("streaming", [False, True])
def test_webdataset(tmp_path, streaming):
    if datasets.__version__.startswith("2.14."):
        pytest.skip("datasets 2.14 has no loader of tars: that came with 2.16")
    loaded = datasets.load_dataset(str(OUTPUT / "webdataset"), streaming=streaming, cache_dir=str(tmp_path))
    assert set(loaded) == set(SPLITS)
    for split in SPLITS:
        got = list(loaded[split])
        assert len(got) == len(rows(split))
        for row, want in zip(got, rows(split)):
            assert all(row["json"][c] == want[c] for c in COLUMNS if c not in IMAGES)


def test_preferences(tmp_path):
    """Lists of images, and lists of structs with lists of structs."""
    data = datasets.load_dataset(str(OUTPUT.parent / "preferences" / "parquet"), split="train", cache_dir=str(tmp_path))
    assert [len(row["images"]) for row in data][:4] == [0, 1, 2, 0]
    assert data[1]["images"][0].size == (24, 16)
