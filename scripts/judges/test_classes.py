"""Plain `class` takes a category's own names, in its order, those that no record has among them: of pandas in a pickle,
a Parquet and a Feather file, and of a ClassLabel of `datasets` in Parquet and Arrow."""

import conftest
import judging
import pandas as pd
import pytest

datasets = judging.need("datasets")
NAMES, VALUES = ["no", "maybe", "yes", "ayes"], ["yes", "no", "no", "maybe"]


def of_pandas(folder):
    frame = pd.DataFrame({"label": pd.Categorical(VALUES, categories=NAMES)})
    frame.to_pickle(folder / "c.pkl")
    frame.to_parquet(folder / "c.parquet")
    frame.to_feather(folder / "c.arrow")


def of_datasets(folder):
    feature = datasets.Features({"label": datasets.ClassLabel(names=NAMES)})
    labels = datasets.Dataset.from_dict({"label": VALUES}, features=feature)
    labels.to_parquet(folder / "d.parquet")
    labels.save_to_disk(folder)


@pytest.mark.parametrize("write, records", [
    (of_pandas, "c.pkl"), (of_pandas, "c.parquet"), (of_pandas, "c.arrow"), (of_datasets, "d.parquet"), (of_datasets, "data-*.arrow"),
])  # fmt: skip
def test_own_names(binary, tmp_path, write, records):
    (tmp_path / "in").mkdir()
    write(tmp_path / "in")
    (tmp_path / "c.yaml").write_text(f"version: 1\nname: c\nsplits: {{train: {{records: '{records}'}}}}\nfields: {{label: {{type: class}}}}\n")
    conftest.run(binary, "convert", tmp_path / "c.yaml", tmp_path / "in", tmp_path / "out", "--quiet")
    for d in (datasets.load_from_disk(tmp_path / "out" / "arrow")["train"], datasets.load_dataset(str(tmp_path / "out" / "parquet"), cache_dir=str(tmp_path / "cache"))["train"]):
        assert d.features["label"].names == NAMES
        assert [NAMES[i] for i in d["label"]] == VALUES
