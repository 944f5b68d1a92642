"""Dataset cards as huggingface_hub and datasets read them: metadata, a person's edits, and that both still load."""

import re

import conftest
import pytest

hub = pytest.importorskip("huggingface_hub")
datasets = pytest.importorskip("datasets")

TABLE = "id,prompt\n" + "".join(f"{i},prompt {i}\n" for i in range(5))
CONFIG = """version: 1
name: animals
card:
  license: cc-by-4.0
  pretty_name: 'Animals: "twelve" of them, 50%'
  language: [en, zh]
  task_categories: [text-to-image]
  tags: [animals, "no", "1.0"]
  description: "What *they* look like."
  citation: "@misc{a, title={Animals}}"
splits: {train: {records: t.csv}}
fields: {id: {type: int64}, prompt: {type: string, doc: what was asked}}
"""


@pytest.fixture
def made(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.csv").write_text(TABLE)
    (tmp_path / "c.yaml").write_text(CONFIG)
    convert(tmp_path)
    return tmp_path


def convert(folder, *flags):
    conftest.run(conftest.pickshard(), "convert", folder / "c.yaml", folder / "in", folder / "out", "--quiet", *flags)


@pytest.mark.parametrize("format", ["parquet", "webdataset"])
def test_metadata(made, format):
    card = hub.DatasetCard.load(made / "out" / format / "README.md")
    data = card.data
    assert isinstance(data, hub.DatasetCardData)
    assert data.license == "cc-by-4.0" and data.language == ["en", "zh"] and data.task_categories == ["text-to-image"]
    assert data.pretty_name == 'Animals: "twelve" of them, 50%' and data.tags == ["animals", "no", "1.0"]
    # What it writes of them is what was written: nothing was lost or made another type.
    again = hub.DatasetCard(f"---\n{data.to_yaml()}\n---\n")
    assert again.data.to_dict() == data.to_dict()
    assert "cc-by-4.0" in card.text and "@misc{a, title={Animals}}" in card.text and "What *they* look like." in card.text


@pytest.mark.parametrize("format", ["parquet", "webdataset"])
def test_edited_by_the_hub(made, format):
    """metadata_save writes the front matter again, without our order; an update keeps what it says."""
    readme = made / "out" / format / "README.md"
    metadata = hub.metadata_load(readme) | {"license": "mit", "tags": ["mine"], "size_categories": ["n<1K"]}
    hub.metadata_save(readme, metadata)
    readme.write_text(readme.read_text() + "\nMine, below.\n")
    (made / "in" / "t.csv").write_text(TABLE + "5,prompt 5\n")
    convert(made, "--update")
    card = hub.DatasetCard.load(readme)
    assert card.data.license == "mit" and card.data.tags == ["mine"] and card.data.to_dict()["size_categories"] == ["n<1K"]
    assert card.data.pretty_name.startswith("Animals") and card.text.rstrip().endswith("Mine, below.")
    loaded = datasets.load_dataset(str(readme.parent), cache_dir=str(made / "cache"))
    assert loaded["train"].num_rows == 6  # num_examples of the card is verified at load
    conftest.run(conftest.pickshard(), "verify", made / "out")


def test_gallery(tmp_path):
    """Pictures that open, small, those that the card names; and none of them is taken for data without it."""
    image, judging = pytest.importorskip("PIL.Image"), pytest.importorskip("judging")
    source = conftest.lookalike(60)
    (tmp_path / "c.yaml").write_text("version: 1\nextends: pick-high\ncard: {gallery: 5}\n")
    conftest.run(conftest.pickshard(), "convert", tmp_path / "c.yaml", source, tmp_path / "out", "--quiet")
    conftest.run(conftest.pickshard(), "verify", tmp_path / "out", "--input", source)
    frame = judging.Truth(source).frames["train"]
    for format in ("parquet", "webdataset"):
        folder = tmp_path / "out" / format
        card = hub.DatasetCard.load(folder / "README.md")
        named = re.findall(r"!\[(.*?)\]\((.*?)\)", card.text)
        assert sorted(name for _, name in named) == sorted(f"gallery/{p.name}" for p in (folder / "gallery").iterdir())
        assert len(named) == 15
        for at, (field, name) in enumerate(named):
            field, row = field.replace("\\", ""), at % 5 * len(frame) // 5
            whole = image.open(source / judging.FOLDERS[field] / "train" / frame[field][row])
            with image.open(folder / name) as small:
                assert small.format == "JPEG" and max(small.size) <= 160
                assert abs(small.width / small.height - whole.width / whole.height) < 0.1
                wanted = whole.convert("RGB").resize((1, 1), image.Resampling.BOX).getpixel((0, 0))
                found = small.resize((1, 1), image.Resampling.BOX).getpixel((0, 0))
                assert all(abs(a - b) < 10 for a, b in zip(wanted, found)), (name, wanted, found)
        (folder / "README.md").unlink()
        loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
        assert loaded["train"].num_rows == len(frame) and "image" not in loaded["train"].column_names


def test_arrow_info(made):
    info = datasets.load_from_disk(str(made / "out" / "arrow"))["train"].info
    assert info.license == "cc-by-4.0" and info.citation == "@misc{a, title={Animals}}" and info.description == "What *they* look like."
