"""Several samples out of one record: pairs of a triplet, and pairs of ranked lists, each with itertools' own pairs."""

import itertools
import json

import conftest
import judging
import numpy as np
import pyarrow.parquet as pq
import pytest
from layouts import noise

TRIPLETS = """version: 1
extends: pick-high
name: triplets
each:
  samples:
    - {image_0: easy_image_0, dir_0: {value: pick_easy_img}, image_1: easy_image_1, dir_1: {value: pick_easy_img}, score_0: E1, score_1: E2}
    - {image_0: easy_image_1, dir_0: {value: pick_easy_img}, image_1: refine_image, dir_1: {value: pick_refine_img}, score_0: E2, score_1: R2}
fields:
  prompt: {type: string, from: easy_prompt, nullable: true}
  jpg_0: {type: image, file: "{dir_0}/{folder}/{image_0}"}
  jpg_1: {type: image, file: "{dir_1}/{folder}/{image_1}"}
  score_0: {type: float64, nullable: true}
  label_0: {type: float64, prefer: [score_0, score_1], nullable: true}
  row: {type: int64, is: row}
  n: {type: int64, is: count, of: easy_prompt, nullable: true}
output: {formats: [parquet, webdataset], shard_rows: 50}
"""


def rows(out, split="train"):
    files = sorted((out / "parquet" / "data").glob(f"{split}-*.parquet"))
    return [row for f in files for row in pq.read_table(f).to_pylist()]


def convert(folder, source, text):
    (folder / "c.yaml").write_text(text)
    conftest.run(conftest.pickshard(), "convert", folder / "c.yaml", source, folder / "out", "--quiet")
    conftest.run(conftest.pickshard(), "verify", folder / "out", "--input", source)
    return folder / "out"


def test_triplets(tmp_path):
    source = conftest.lookalike(60)
    truth = judging.Truth(source)
    out = convert(tmp_path, source, TRIPLETS)
    for split in judging.SPLITS:
        got, want = rows(out, split), truth.splits[split]
        counts = truth.frames[split].groupby("easy_prompt")["easy_prompt"].transform("size").tolist()
        assert len(got) == 2 * len(want) > 0
        for i, row in enumerate(got):
            record, pair = want[i // 2], [("easy_image_0", "easy_image_1", "E1", "E2"), ("easy_image_1", "refine_image", "E2", "R2")][i % 2]
            a, b, sa, sb = (record[c] for c in pair)
            assert row["prompt"] == record["easy_prompt"] and row["row"] == i // 2 and row["n"] == 2 * counts[i // 2]
            assert [row["jpg_0"]["bytes"], row["jpg_1"]["bytes"]] == [a[1], b[1]]
            assert [row["jpg_0"]["path"], row["jpg_1"]["path"]] == [a[0], b[0]]
            assert row["score_0"] == sa and row["label_0"] == (0.5 if sa == sb else float(sa > sb))


RANKED = """version: 1
name: ranked
splits: {{train: {{records: t.jsonl}}}}
where: {{keep: {{in: [true]}}}}
each: {{pairs: [image, rank, note], by: rank{more}}}
fields:
  prompt: {{type: string}}
  better: {{type: image, file: "img/{{image_0}}"}}
  worse: {{type: image, file: "img/{{image_1}}"}}
  rank_0: {{type: int64}}
  rank_1: {{type: int64}}
  note_0: {{type: string, nullable: true}}
"""


def ranked(folder):
    (folder / "in" / "img").mkdir(parents=True)
    rng, records = np.random.default_rng(3), []
    for i in range(30):
        names = [f"{i}_{k}.jpg" for k in range(i % 6)]
        for k, name in enumerate(names):
            (folder / "in" / "img" / name).write_bytes(noise(50 * i + k))
        rank = [int(r) for r in rng.integers(1, 5, len(names))]
        if i % 7 == 3 and rank:
            rank[0] = None
        notes = [None if k % 3 == 2 else f"note {k}" for k in range(len(names))]
        if i == 8:
            names = rank = notes = None
        records.append({"prompt": f"p{i}", "image": names, "rank": rank, "note": notes, "keep": i % 5 != 4})
    (folder / "in" / "t.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    return [r for r in records if r["keep"]]


@pytest.mark.parametrize("best", ["lowest", "highest"])
@pytest.mark.parametrize("take", ["all", "best-worst"])
@pytest.mark.parametrize("ties", ["skip", "keep"])
def test_ranked(tmp_path, best, take, ties):
    records, want = ranked(tmp_path), []
    for r in records:
        items = [(rank, k) for k, rank in enumerate(r["rank"] or []) if rank is not None]
        items.sort(key=lambda item: item[0] if best == "lowest" else -item[0])  # sort is stable
        pairs = list(itertools.combinations(items, 2))
        if take == "best-worst":
            pairs = [(items[0], items[-1])] if len(items) > 1 else []
        for (ra, a), (rb, b) in pairs:
            if ra != rb or ties == "keep":
                image = [(tmp_path / "in" / "img" / r["image"][k]).read_bytes() for k in (a, b)]
                want.append((r["prompt"], *image, ra, rb, r["note"][a]))
    out = convert(tmp_path, tmp_path / "in", RANKED.format(more=f", best: {best}, take: {take}, ties: {ties}"))
    got = [(r["prompt"], r["better"]["bytes"], r["worse"]["bytes"], r["rank_0"], r["rank_1"], r["note_0"]) for r in rows(out)]
    assert got == want and len(want) > 10
