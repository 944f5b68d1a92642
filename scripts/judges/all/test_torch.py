"""Loaders of PyTorch, with workers and over epochs: no sample is lost or comes twice."""

import dataclasses
import io
import json

import pytest
import torch
from PIL import Image
from truth import COLUMNS, IMAGES, OUTPUT, SPLITS, compare, compare_any_order, files, rows

VALUES = [c for c in COLUMNS if c not in IMAGES]


def sample(s):
    """A sample of a tar as a row; images as bytes, as tars do not keep their names."""
    values = s["json"] if isinstance(s["json"], dict) else json.loads(s["json"])
    row = {c: values[c] for c in VALUES}
    for c in IMAGES:
        row[c] = next(bytes(v) for k, v in s.items() if k.split(".")[0] == c)
    return row


def named(split, got):
    """Rows with their images' names, found by the images' bytes."""
    whole = {w["refine_image"][1]: w for w in rows(split)}
    return [row | {c: (whole[row["refine_image"]][c][0], row[c]) for c in IMAGES} for row in got]


@pytest.mark.parametrize("workers", [0, 4])
def test_webdataset(workers):
    import webdataset as wds

    for split in SPLITS:
        tars = files(f"webdataset/data/{split}-*.tar")
        data = wds.WebDataset(tars, shardshuffle=len(tars) if workers else False, nodesplitter=wds.split_by_node, empty_check=False)
        loader = torch.utils.data.DataLoader(data, batch_size=None, num_workers=workers)
        for _ in range(2):  # epochs
            got = list(loader)
            assert len({s["__key__"] for s in got}) == len(got)
            compare_any_order(split, named(split, map(sample, got)))


def key_of(s):
    return s["__key__"]


def test_wids(tmp_path):
    import wids

    def plain(s):
        return {k.lstrip("."): v.read() if hasattr(v, "read") else v for k, v in s.items()}

    for split in SPLITS:
        data = wids.ShardListDataset(str(OUTPUT / "webdataset" / "index" / f"{split}.json"), cache_dir=str(tmp_path), keep=True, transformations=[])
        assert len(data) == len(rows(split))
        compare(split, named(split, (sample(plain(data[i])) for i in range(len(data)))))
        for _ in range(2):
            sampler = wids.ChunkedSampler(data, shuffle=True)
            keys = list(torch.utils.data.DataLoader(data, batch_size=None, num_workers=4, sampler=sampler, collate_fn=key_of))
            assert sorted(keys) == sorted(data[i]["__key__"] for i in range(len(data)))


def test_energon():
    """Without its prepare."""
    from megatron import energon

    @dataclasses.dataclass
    class Row(energon.Sample):
        data: dict

    @energon.stateless
    def cook(s):
        return Row(**energon.basic_sample_keys(s), data={k: v for k, v in s.items() if not k.startswith("__")})

    class Encoder(energon.DefaultTaskEncoder):
        decoder = None
        cookers = [energon.Cooker(cook)]

    for split, part in (("train", "train"), ("validation", "val"), ("test", "test")):
        data = energon.get_val_dataset(
            str(OUTPUT / "webdataset"), split_part=part, batch_size=None, task_encoder=Encoder(),
            worker_config=energon.WorkerConfig(rank=0, world_size=1, num_workers=0),
        )  # fmt: skip
        compare_any_order(split, named(split, [sample(s.data) for s in energon.get_loader(data)]))


def pixels(value):
    if isinstance(value, torch.Tensor):
        value = Image.fromarray(value.permute(1, 2, 0).squeeze(-1).numpy())
    elif not isinstance(value, Image.Image):
        value = Image.open(io.BytesIO(value))
    return value.convert("RGB")


def close(a, b):
    """The same picture, for decoders that round otherwise."""
    return a.size == b.size and all(abs(x - y) <= 8 for x, y in zip(a.tobytes(), b.tobytes()))


def same(split, got):
    got = list(got)
    assert len(got) == len(rows(split))
    for k, (g, w) in enumerate(zip(got, rows(split))):
        assert {c: g[c] for c in VALUES} == {c: w[c] for c in VALUES}
        if k < 20:
            assert all(close(pixels(g[c]), pixels(w[c][1])) for c in IMAGES)


def mark(row):
    return (row["E1"], row["easy_prompt"])


def test_mosaicml():
    import streaming

    for split in SPLITS:
        data = streaming.StreamingDataset(local=str(OUTPUT / "mds"), split=split, shuffle=False, batch_size=1)
        same(split, (data[i] for i in range(len(data))))
        for _ in range(2):
            found = list(torch.utils.data.DataLoader(data, batch_size=None, num_workers=4, collate_fn=mark))
            assert sorted(found) == sorted(map(mark, rows(split)))


def test_litdata():
    import litdata

    for split in SPLITS:
        data = litdata.StreamingDataset(str(OUTPUT / "litdata" / split))
        same(split, (data[i] for i in range(len(data))))
        for _ in range(2):
            loader = litdata.StreamingDataLoader(data, batch_size=1, num_workers=4, collate_fn=lambda rows: mark(rows[0]))
            assert sorted(loader) == sorted(map(mark, rows(split)))


def test_trl(tmp_path):
    """TRL's own check of the format, on every record, and what it makes of it."""
    import datasets
    from trl import data_utils

    data = datasets.load_dataset(str(OUTPUT.parent / "preferences" / "parquet"), split="train", cache_dir=str(tmp_path))
    assert data.column_names == ["images", "prompt", "chosen", "rejected"]
    for row in data:
        for name in ("prompt", "chosen", "rejected"):
            assert data_utils.is_conversational({name: row[name]})
        assert sum(part["type"] == "image" for m in row["prompt"] for part in m["content"]) == len(row["images"])
        assert row["prompt"][-1]["role"] == "user" and row["chosen"][0]["role"] == row["rejected"][0]["role"] == "assistant"
    unpaired = data_utils.maybe_unpair_preference_dataset(data)
    assert len(unpaired) == 2 * len(data) and "completion" in unpaired.column_names


class Processor:
    """Stands for a model's: text as bytes, and the images that it is given."""

    class tokenizer:
        pad_token_id = 1

    def apply_chat_template(self, messages, **_):
        parts = {"image": lambda part: f"<{part['image'].size}>", "text": lambda part: part["text"]}
        return "".join(f"[{m['role']}]" + "".join(parts[part["type"]](part) for part in m["content"]) for m in messages)

    def __call__(self, text, images=None, **_):
        self.images = images or getattr(self, "images", None)
        longest = max(map(len, text))
        ids = [list(t.encode("ascii").ljust(longest, b"\1")) for t in text]
        return {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor([[int(i > 1) for i in row] for row in ids])}


def test_trl_dpo(tmp_path):
    """What DPOTrainer makes of a batch: its own collator puts each record's images, in order, where its prompt has them."""
    import datasets
    from trl.trainer.dpo_trainer import DataCollatorForVisionPreference

    source = OUTPUT.parent / "asked"
    said = [json.loads(line) for line in (source / "train.jsonl").read_text().splitlines()]
    data = datasets.load_dataset(str(OUTPUT.parent / "preferences" / "parquet"), split="train", cache_dir=str(tmp_path))
    assert len(data) == len(said) > 0
    for k in range(0, len(data), 3):
        processor, rows = Processor(), [data[i] for i in range(k, k + 3)]
        batch = DataCollatorForVisionPreference(processor)(rows)
        for given, want in zip(processor.images, said[k : k + 3]):
            assert [pixels(g).tobytes() for g in given] == [pixels((source / name).read_bytes()).tobytes() for name in want["images"]]
        for n, (answer, want) in enumerate((a, w) for a in ("chosen", "rejected") for w in said[k : k + 3]):
            seen = bytes(i for i in batch["input_ids"][n].tolist() if i > 1).decode()
            asked = want["prompt"][0]["content"][-1]["text"]
            assert seen == "[user]" + "<(24, 16)>" * len(want["images"]) + asked + "[assistant]" + want[answer][0]["content"][0]["text"]
