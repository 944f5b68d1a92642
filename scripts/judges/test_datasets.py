"""Hugging Face datasets reads all three folders: load_dataset, streaming, load_from_disk."""

import io

import judging
import pytest
from judging import COLUMNS, IMAGES, SCORES, SPLITS, TEXTS


@pytest.fixture
def datasets():
    return judging.need("datasets")


def flat(row):
    return {c: judging.image(row[c]) if c in IMAGES else row[c] for c in COLUMNS}


def undecoded(datasets, data):
    for c in IMAGES:
        data = data.cast_column(c, datasets.Image(decode=False))
    return data


def check_features(datasets, features):
    assert list(features) == COLUMNS
    for c in COLUMNS:
        want = datasets.Image() if c in IMAGES else datasets.Value("float64" if c in SCORES else "string")
        assert features[c] == want, f"{c}: {features[c]}"


def check_decodes(row, want, names=IMAGES):
    """What the Image feature decodes is what PIL makes of the file in the folder."""
    from PIL import Image

    for c, name in zip(IMAGES, names):
        with Image.open(io.BytesIO(want[c][1])) as original:
            assert isinstance(row[name], Image.Image), f"{name}: {type(row[name])}"
            assert row[name].size == original.size
            assert row[name].convert("RGB").tobytes() == original.convert("RGB").tobytes()


def judge(datasets, truth, found):
    assert set(found) == set(SPLITS)
    for split in SPLITS:
        check_features(datasets, found[split].features)
        truth.compare(split, map(flat, undecoded(datasets, found[split])))
        for k in range(0, len(found[split]), 17):
            check_decodes(found[split][k], truth.splits[split][k])


def test_parquet(datasets, output, truth, tmp_path):
    judge(datasets, truth, datasets.load_dataset(str(output / "parquet"), cache_dir=str(tmp_path)))


def test_parquet_without_the_card(datasets, output, truth, tmp_path):
    """The files speak for themselves: features come from their metadata, not from README.md."""
    files = {s: [str(p) for p in paths] for s, paths in judging.shards(output / "parquet" / "data", ".parquet").items()}
    judge(datasets, truth, datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path)))


def test_parquet_filters(datasets, output, truth, tmp_path):
    """Reading a selection of columns and rows goes through statistics."""
    files = [str(p) for paths in judging.shards(output / "parquet" / "data", ".parquet").values() for p in paths]
    for predicate in [(SCORES[0], "==", 0.0), (SCORES[2], "==", 1.0), (SCORES[3], "<", 0.0)]:
        column, op, value = predicate
        want = judging.count(truth.table, predicate)
        if want == 0:
            continue  # datasets refuses an empty result
        found = datasets.load_dataset(
            "parquet", data_files=files, split="train", columns=[*TEXTS, *SCORES], filters=[predicate], cache_dir=str(tmp_path)
        )
        assert len(found) == want, predicate


def test_streaming_parquet(datasets, output, truth):
    found = datasets.load_dataset(str(output / "parquet"), streaming=True)
    assert set(found) == set(SPLITS)
    for split in SPLITS:
        check_features(datasets, found[split].features)
        truth.compare(split, map(flat, undecoded(datasets, found[split])))
        for row, want in zip(found[split].take(3), truth.splits[split]):
            check_decodes(row, want)


def test_arrow(datasets, output, truth):
    judge(datasets, truth, datasets.load_from_disk(str(output / "arrow")))


def wds_columns(truth):
    """The column of each image in a WebDataset: FIELD.EXT."""
    first = truth.all()[0]
    return {c: f"{c}.{first[c][0].rsplit('.', 1)[1]}" for c in IMAGES}


def wds_row(row, names):
    """A sample, with the images' names (which a tar does not keep) left to the JSON or the truth."""
    out = dict(row["json"])
    for c, name in names.items():
        out[c] = (None, row[name]["bytes"])
    return out


def compare_wds(truth, split, rows, names):
    rows = list(rows)
    assert [r["__key__"].rsplit("/", 1)[-1] for r in rows] == truth.keys(split)
    out = []
    for row, want in zip(rows, truth.splits[split]):
        row = wds_row(row, names)
        for c in IMAGES:
            row[c] = (want[c][0], row[c][1])
        out.append(row)
    truth.compare(split, out)


@pytest.mark.parametrize("streaming", [False, True])
def test_webdataset(datasets, output, truth, tmp_path, streaming):
    found = datasets.load_dataset(str(output / "webdataset"), streaming=streaming, cache_dir=str(tmp_path))
    assert set(found) == set(SPLITS)
    names = wds_columns(truth)
    for split in SPLITS:
        data = found[split]
        features = data.features or data._resolve_features().features
        for name in names.values():
            assert features[name] == datasets.Image(), f"{name}: {features[name]}"
        for row, want in zip(data.take(3), truth.splits[split]):
            check_decodes(row, want, names.values())
        for name in names.values():
            data = data.cast_column(name, datasets.Image(decode=False))
        compare_wds(truth, split, data, names)
