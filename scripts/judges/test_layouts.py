"""Every layout of configs/examples, in miniature, through all formats: each value and each image's bytes."""

import io
import json
import tarfile

import conftest
import judging
import layouts
import numpy as np
import pytest
from judging import REPO

pq = pytest.importorskip("pyarrow.parquet")
EXAMPLES = REPO / "configs" / "examples"


def test_every_example_is_judged():
    assert {p.stem for p in EXAMPLES.glob("*.yaml")} == set(layouts.LAYOUTS)


@pytest.fixture(scope="module", params=layouts.LAYOUTS)
def layout(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "in").mkdir()
    truth = layouts.LAYOUTS[request.param](folder / "in")
    config = EXAMPLES / f"{request.param}.yaml"
    conftest.run(conftest.pickshard(), "convert", config, folder / "in", folder / "out", "--quiet")
    return folder, truth


def image(stored):
    """An image as it is compared: its bytes."""
    return None if stored is None else stored["bytes"]


def same(got, want, where):
    """Whether a value that was read is the true one; pixels are compared as pixels."""
    if isinstance(want, np.ndarray):
        from PIL import Image

        assert (np.asarray(Image.open(io.BytesIO(got))) == want).all(), where
    elif isinstance(want, dict):
        assert json.loads(got) == want, where
    elif isinstance(want, list):
        assert len(got) == len(want), where
        for k, (g, w) in enumerate(zip(got, want)):
            same(g, w, f"{where}[{k}]")
    else:
        assert got == want, where


def compare(rows, truth, where):
    assert len(rows) == len(truth), where
    for i, (row, want) in enumerate(zip(rows, truth)):
        assert set(row) == set(want), where
        for field, value in want.items():
            same(row[field], value, f"{where}, record {i}, {field}")


def plain(row):
    """A row with images as bytes."""
    out = {}
    for name, value in row.items():
        if isinstance(value, dict) and set(value) == {"bytes", "path"}:
            value = image(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict) and set(value[0]) == {"bytes", "path"}:
            value = [image(v) for v in value]
        out[name] = value
    return out


def judge(splits, truth):
    if None in truth:  # parted by a hash: all records are there once, and apart
        rows = [r for split in sorted(splits) for r in splits[split]]
        key = lambda r: r["captions"][0]  # noqa: E731
        compare(sorted(rows, key=key), sorted(truth[None], key=key), "all splits")
        assert all(splits.values())
        return
    assert set(splits) == set(truth)
    for split, rows in truth.items():
        compare(splits[split], rows, split)


def parts(folder, pattern):
    """The shards of each split, in order."""
    splits = {}
    for path in sorted(folder.glob(pattern)):
        splits.setdefault(path.name.rsplit("-", 3)[0], []).append(path)
    assert splits
    return splits


def test_parquet(layout):
    folder, truth = layout
    shards = parts(folder / "out" / "parquet" / "data", "*.parquet")
    judge({s: [plain(r) for p in paths for r in pq.read_table(p).to_pylist()] for s, paths in shards.items()}, truth)


def test_arrow(layout):
    datasets = judging.need("datasets")
    folder, truth = layout
    loaded = datasets.load_from_disk(str(folder / "out" / "arrow"))
    splits = {}
    for split, d in loaded.items():
        for name, feature in d.features.items():
            if isinstance(feature, datasets.Image):
                d = d.cast_column(name, datasets.Image(decode=False))
        splits[split] = [plain(r) for r in d.with_format("arrow").to_dict_rows()] if hasattr(d, "to_dict_rows") else [plain(r) for r in d.data.table.to_pylist()]
    judge(splits, truth)


def test_datasets_decodes(layout):
    """Images are Image features, also in lists, that decode to PIL images."""
    datasets = judging.need("datasets")
    from PIL import Image

    folder, truth = layout
    loaded = datasets.load_dataset(str(folder / "out" / "parquet"))
    for split, d in loaded.items():
        row = d[0]
        want = next(iter(truth.get(split, truth.get(None))))
        for field, value in want.items():
            if isinstance(value, bytes) or isinstance(value, np.ndarray):
                assert isinstance(row[field], Image.Image), (split, field)
            elif isinstance(value, list) and value and isinstance(value[0], bytes):
                assert all(isinstance(m, Image.Image) for m in row[field]), (split, field)


def samples(path):
    """The samples of a tar: a dict of members by what follows the key."""
    found = {}
    with tarfile.open(path) as tar:
        for member in tar:
            key, _, field = member.name.partition(".")
            found.setdefault(key, {})[field] = tar.extractfile(member).read()
    return list(found.values())


def test_webdataset(layout):
    folder, truth = layout
    splits = {}
    for split, paths in parts(folder / "out" / "webdataset" / "data", "*.tar").items():
        rows = []
        for sample in (s for p in paths for s in samples(p)):
            row = json.loads(sample.pop("json", "{}"))
            listed = {field.split(".")[0] for field in sample if field.count(".") == 2}
            row.update({name: [] for name in listed})  # where the JSON has the images' names
            for field, data in sample.items():
                name, *rest = field.split(".")
                if len(rest) == 2:  # NAME.0.jpg
                    row[name].append(data)
                else:
                    row[name] = data
            rows.append(row)
        splits[split] = rows
    judge(splits, truth)


def test_input_agrees(layout):
    folder, _ = layout
    conftest.run(conftest.pickshard(), "verify", folder / "out", "--input", folder / "in")
