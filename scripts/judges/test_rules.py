"""What the rules find, counted again by pandas and Pillow: `check --json`, and the
manifest of `convert`, must have found the same."""

import collections
import io
import json
import random
import shutil
import subprocess

import numpy
import pandas
import pytest
from PIL import Image

from conftest import pickshard

CONFIG = """\
version: 1
name: broken
splits: {train: {records: train.pkl}, test: {records: test.pkl}}
fields:
  prompt: {type: string, nullable: true}
  win: {type: image, file: "img/{win}"}
  lose: {type: image, file: "img/{lose}"}
  win_score: {type: float64, nullable: true}
  lose_score: {type: float64, nullable: true}
  votes: {type: int64}
  style: {type: string, nullable: true}
rules:
  win_score: {min: 0, max: 1, on_error: SEVERITY}
  style: {one_of: [photo, art], on_error: SEVERITY}
  prompt: {max_length: 20, on_error: warn}
  votes: {min: 1, on_error: warn, tolerate: 90%}
  pair.score: {a: win_score, b: lose_score, on_error: warn}
  pair.distinct: {a: win, b: lose, on_error: SEVERITY}
  pair.contradiction: {a: win, b: lose, by: prompt}
  split.leak.text: {by: prompt}
  image.size: {min_side: 32, on_error: warn}
  image.aspect: {max: 4, on_error: warn}
  image.intact: SEVERITY
"""


def noise(seed: int, size=(40, 40), mode="RGB") -> Image.Image:
    bands = len(mode)
    pixels = numpy.random.default_rng(seed).integers(0, 255, (size[1], size[0], bands), dtype=numpy.uint8)
    return Image.fromarray(pixels, mode)


def encoded(image: Image.Image, kind="PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def make_image(rng: random.Random, seed: int) -> bytes | None:
    """An image, in nine of ten cases a good one; None for a file that is not there."""
    whole = encoded(noise(seed))
    return rng.choice(
        [whole] * 60
        + [
            None, b"", b"<!DOCTYPE html><html>404</html>", whole[: len(whole) // 2],
            encoded(noise(seed), "JPEG"), encoded(noise(seed, mode="CMYK"), "JPEG"), encoded(noise(seed, (20, 40))),
            encoded(noise(seed, (40, 200))), encoded(Image.new("RGB", (128, 128), (seed % 256, 9, 9))),
            encoded(noise(seed % 7)),
        ]
    )


def make_frame(rng: random.Random, folder, split: str, rows: int) -> pandas.DataFrame:
    records = []
    for i in range(rows):
        names = []
        for k in range(2):
            name = f"{split}{i}_{k}.png"
            data = make_image(rng, rng.randrange(1 << 30))
            if data is not None:
                (folder / name).write_bytes(data)
            names.append(name)
        if rng.random() < 0.05 and (folder / names[0]).exists():
            shutil.copy(folder / names[0], folder / names[1])
        if rng.random() < 0.1 and records:
            other = rng.choice(records)
            names = [other["lose"], other["win"]]
        records.append({
            "prompt": rng.choice([f"a cat {rng.randrange(40)}", f" A  cat {rng.randrange(40)}", "", "  ", None, "bad \ufffd", "a very long prompt indeed"]),
            "win": names[0], "lose": names[1],
            "win_score": rng.choice([rng.random(), rng.random(), 1.5, -0.1, None]), "lose_score": rng.choice([rng.random(), None]),
            "votes": rng.choice([0, 1, 2]), "style": rng.choice(["photo", "art", "Photo", None]),
        })
    return pandas.DataFrame(records)


def plain(text):
    return None if text is None or pandas.isna(text) else " ".join(text.split()).lower()


class Expected:
    """Counts by rule and split: what was checked, and what breaks the rule."""

    def __init__(self, folder, frames):
        self.folder, self.frames = folder, frames
        self.counts = collections.defaultdict(lambda: [0, 0])
        self.broken = collections.defaultdict(set)
        for split, frame in frames.items():
            self.values(split, frame)
            for row, record in enumerate(frame.to_dict("records")):
                for field in ("win", "lose"):
                    self.image(split, row, self.folder / record[field])
                self.pair(split, row, record)
        self.across()

    def add(self, rule, split, checked, violated):
        self.counts[rule, split][0] += int(checked)
        self.counts[rule, split][1] += int(violated)

    def values(self, split, f):
        score = f.win_score.dropna()
        self.add("value.range", split, len(score), ((score < 0) | (score > 1)).sum())
        style = f["style"].dropna()
        self.add("value.one-of", split, len(style), (~style.isin(["photo", "art"])).sum())
        prompt = f.prompt.dropna()
        self.add("value.length", split, len(prompt), (prompt.str.len() > 20).sum())
        texts = pandas.concat([prompt, style])
        self.add("text.blank", split, len(texts), (texts.str.strip() == "").sum())
        self.add("text.invalid", split, len(texts), texts.str.contains("\ufffd").sum())
        self.add("votes", split, len(f), (f.votes < 1).sum())
        both = f.dropna(subset=["win_score", "lose_score"])
        self.add("pair.score", split, len(both), (both.win_score < both.lose_score).sum())
        for rule, bad in (("value.range", (f.win_score < 0) | (f.win_score > 1)), ("value.one-of", f["style"].notna() & ~f["style"].isin(["photo", "art"]))):
            self.broken[rule, split] |= set(f.index[bad])

    def image(self, split, row, path):
        def found(rule, bad):
            self.add(rule, split, 1, bad)
            if bad:
                self.broken[rule, split].add(row)
            return bad

        if found("image.missing", not path.exists()):
            return
        data = path.read_bytes()
        if found("image.empty", not data):
            return
        try:
            image = Image.open(io.BytesIO(data))
        except OSError:
            found("image.format", True)
            return
        found("image.format", False)
        try:
            image.load()
        except OSError:
            found("image.intact", True)
            return
        found("image.intact", False)
        found("image.extension", image.format != "PNG")
        found("image.mode", image.mode == "CMYK")
        found("image.size", min(image.size) < 32)
        found("image.aspect", max(image.size) > 4 * min(image.size))
        low_high = image.convert("RGB").getextrema()
        found("image.blank", image.size[0] * image.size[1] >= 64 * 64 and all(high - low <= 5 for low, high in low_high))

    def whole(self, name):
        path = self.folder / name
        try:
            Image.open(path).load()
        except OSError:
            return None
        return path.read_bytes()

    def readable(self, name):
        path = self.folder / name
        return path.read_bytes() if path.exists() and path.stat().st_size else None

    def pair(self, split, row, record):
        win, lose = self.readable(record["win"]), self.readable(record["lose"])
        if win is not None and lose is not None:
            self.add("pair.distinct", split, 1, win == lose)
            if win == lose:
                self.broken["pair.distinct", split].add(row)

    def across(self):
        prompts, files, images, ways = (collections.defaultdict(set) for _ in range(4))
        for split, frame in self.frames.items():
            for row, r in enumerate(frame.to_dict("records")):
                if plain(r["prompt"]) is not None:
                    prompts[plain(r["prompt"])].add(split)
                    if r["win"] != r["lose"]:
                        ways[plain(r["prompt"]), *sorted([r["win"], r["lose"]])].add(r["win"] < r["lose"])
                for field in ("win", "lose"):
                    files[r[field]].add(split)
                    if (data := self.readable(r[field])) is not None:
                        images[data].add(split)
        for split, frame in self.frames.items():
            for r in frame.to_dict("records"):
                key = plain(r["prompt"])
                if key is not None:
                    self.add("split.leak.text", split, 1, key != "" and len(prompts[key]) > 1)
                    if r["win"] != r["lose"]:
                        self.add("pair.contradiction", split, 1, len(ways[key, *sorted([r["win"], r["lose"]])]) > 1)
                for field in ("win", "lose"):
                    self.add("split.leak.file", split, 1, len(files[r[field]]) > 1)
                    if (data := self.readable(r[field])) is not None:
                        self.add("split.leak.bytes", split, 1, len(images[data]) > 1)


def run(*args, code):
    done = subprocess.run([pickshard(), *args], capture_output=True, text=True, check=False)
    assert done.returncode in code, done.stderr + done.stdout
    return done.stdout


def results(rules):
    return {(("votes" if r.get("field") == "votes" else r["rule"]), r["split"]): [r["checked"], r["violated"]] for r in rules if r.get("split")}


def lay_out(tmp_path, seed, severity):
    rng = random.Random(seed)
    (tmp_path / "in" / "img").mkdir(parents=True)
    frames = {split: make_frame(rng, tmp_path / "in" / "img", split, rows) for split, rows in (("train", 120), ("test", 60))}
    # Leaks: a file, and the bytes of one under another name.
    frames["test"].loc[0, "win"] = frames["train"].loc[1, "win"]
    for split, frame in frames.items():
        frame.to_pickle(tmp_path / "in" / f"{split}.pkl")
    (tmp_path / "c.yaml").write_text(CONFIG.replace("SEVERITY", severity))
    return frames, Expected(tmp_path / "in" / "img", frames)


@pytest.mark.parametrize("seed", range(4))
def test_check_counts_as_pandas_and_pillow_do(tmp_path, seed):
    frames, want = lay_out(tmp_path, seed, "quarantine")
    report = json.loads(run("check", tmp_path / "c.yaml", tmp_path / "in", "--on-error", "quarantine", "--json", code=[1, 3]))
    got = results(report["rules"])
    assert {key: got[key] for key in want.counts} == dict(want.counts)
    assert report["splits"][0]["rows"] == 120
    for r in report["rules"]:
        assert sum(c["count"] for c in r.get("causes") or []) == r["violated"]


@pytest.mark.parametrize("seed", range(2))
def test_convert_finds_what_check_finds(tmp_path, seed):
    """Records are left out by what the plan knows before their images are read: of the
    others, the images are counted as check counts them."""
    frames, want = lay_out(tmp_path, seed, "quarantine")
    run("convert", tmp_path / "c.yaml", tmp_path / "in", tmp_path / "out", "--on-error", "quarantine", "-q", code=[3])
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    got = results(manifest["rules"])
    planned = ["value.range", "value.one-of", "value.length", "text.blank", "text.invalid", "votes", "pair.score", "image.missing", "image.empty",
               "split.leak.text", "split.leak.file", "pair.contradiction"]
    for rule in planned:
        for split in frames:
            assert got[rule, split] == want.counts[rule, split], (rule, split)
    for split, frame in frames.items():
        gone = set().union(*(want.broken[rule, split] for rule in ("value.range", "value.one-of", "image.missing", "image.empty")))
        kept = Expected(tmp_path / "in" / "img", {split: frame.drop(index=gone).reset_index(drop=True)})
        for rule in ("image.format", "image.intact", "image.extension", "image.mode", "image.size", "image.aspect", "image.blank", "pair.distinct"):
            assert got[rule, split] == kept.counts[rule, split], (rule, split)
        lines = [json.loads(line) for line in (tmp_path / "out" / "quarantine" / f"{split}.jsonl").read_text().splitlines()]
        assert {line["row"] for line in lines} >= gone


def test_asked_by_default(tmp_path):
    """Nothing in the config asks for it: prompts in two splits, NaN and infinite scores. Labels that every split has,
    captions and negative prompts are not a leak."""
    rng, rows = numpy.random.default_rng(1), {}
    for split, prompts in (("train", ["a cat", "a dog", "a hen", ""]), ("test", [" A  Cat ", "a cow", ""])):
        n = len(prompts)
        rows[split] = pandas.DataFrame({
            "prompt": prompts, "negative_prompt": ["blurry"] * n, "caption": ["a photo"] * n, "style": ["photo"] * n, "prompt_id": ["7"] * n,
            "score": numpy.array([0.5, numpy.inf, -numpy.inf, 1.0])[:n], "other": rng.random(n).astype("float32"),
        })
        rows[split].to_pickle(tmp_path / f"{split}.pkl")
    fields = "".join(f"  {c}: {{type: {'float64' if c == 'score' else 'float32' if c == 'other' else 'string'}}}\n" for c in rows["train"])
    (tmp_path / "c.yaml").write_text(f"version: 1\nname: d\nsplits: {{train: {{records: train.pkl}}, test: {{records: test.pkl}}}}\nfields:\n{fields}")
    found = json.loads(run("check", tmp_path / "c.yaml", tmp_path, "--json", code=[0]))
    got = results(found["rules"])
    for split, frame in rows.items():
        other = {plain(p) for name, f in rows.items() if name != split for p in f.prompt} - {""}
        assert got["split.leak.text", split] == [len(frame), sum(plain(p) in other for p in frame.prompt)]
        assert got["number.invalid", split] == [2 * len(frame), int(numpy.isinf(frame.score).sum())]
    assert {r["severity"] for r in found["rules"] if r["rule"] in ("split.leak.text", "number.invalid")} == {"warn"}


def test_quarantine_mended_is_an_input(tmp_path):
    """What was set aside is fixed as JSON Lines, put beside the rest, and taken in by
    --update; nothing of the rest is lost."""
    folder = tmp_path / "in"
    (folder / "img").mkdir(parents=True)
    (folder / "parts").mkdir()
    rows = []
    for i in range(12):
        (folder / "img" / f"{i}.png").write_bytes(encoded(noise(i)))
        rows.append({"prompt": f"p{i}", "win": f"{i}.png", "score": i / 10})
    pandas.DataFrame(rows).to_json(folder / "parts" / "a.jsonl", orient="records", lines=True)
    (folder / "img" / "3.png").write_bytes(b"")
    config = tmp_path / "c.yaml"
    config.write_text('version: 1\nname: m\nsplits: {train: {records: "parts/*.jsonl"}}\nfields:\n  prompt: {type: string}\n'
                      '  win: {type: image, file: "img/{win}"}\n  score: {type: float64}\nrules: {score: {max: 1, on_error: quarantine}}\n'
                      'output: {formats: [parquet], shard_rows: 4, on_error: quarantine}\n')
    out = tmp_path / "out"
    run("convert", config, folder, out, "-q", code=[3])
    lines = [json.loads(line) for line in (out / "quarantine" / "train.jsonl").read_text().splitlines()]
    assert [line["source"]["win"] for line in lines] == ["3.png", "11.png"]
    assert "1.1" in lines[1]["violations"][0]["detail"]
    good = [r for r in rows if r["prompt"] not in ("p3", "p11")]
    fixed = [line["source"] | {"score": min(line["source"]["score"], 1)} for line in lines]
    (folder / "img" / "3.png").write_bytes(encoded(noise(3)))
    pandas.DataFrame(good).to_json(folder / "parts" / "a.jsonl", orient="records", lines=True)
    (folder / "parts" / "b.jsonl").write_text("".join(json.dumps(m) + "\n" for m in fixed))
    run("convert", config, folder, out, "--update", "-q", code=[0])
    run("verify", out, "-q", code=[0])
    frame = pandas.concat(pandas.read_parquet(f) for f in sorted((out / "parquet" / "data").glob("*.parquet")))
    assert sorted(frame.prompt) == sorted(r["prompt"] for r in rows)
    assert not (out / "quarantine").exists()


@pytest.mark.parametrize("packed", [False, True])
def test_files_that_no_record_names(tmp_path, packed):
    """Against the difference of two sets: what lies in the folders that records name, and what they name. Records that
    `where` leaves out name their files all the same; texts, hidden files and folders that nobody names are no images of
    theirs."""
    rng, files = random.Random(5), {}
    for split, folders in (("train", ["a", "b/c"]), ("test", ["b/c", "d"])):
        names = [f"img/{rng.choice(folders)}/{split}{i}.png" for i in range(60)]
        pandas.DataFrame({"file": names, "n": range(60)}).to_json(tmp_path / f"{split}.jsonl", orient="records", lines=True)
        files[split] = names
    unused = [f"img/{folder}/more{i}{end}" for i, (folder, end) in enumerate([("a", ".png"), ("b/c", ".JPG"), ("b/c", ".webp"), ("d", ".png")] * 3)]
    beside = ["img/a/notes.txt", "img/a/._train1.png", "img/other/x.png"]
    for i, name in enumerate(files["train"] + files["test"] + unused + beside):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(encoded(noise(i, (8, 8))))
    template = "{file}"
    if packed:
        shutil.make_archive(tmp_path / "pics", "zip", tmp_path, "img")
        shutil.rmtree(tmp_path / "img")
        template, unused = "pics.zip!/{file}", [f"pics.zip!/{name}" for name in [*unused, "img/other/x.png"]]
    (tmp_path / "c.yaml").write_text(
        'version: 1\nname: u\nsplits: {train: {records: train.jsonl}, test: {records: test.jsonl}}\nwhere: {n: {min: 3}}\n'
        f'fields:\n  file: {{type: image, file: "{template}"}}\n')
    found = json.loads(run("check", tmp_path / "c.yaml", tmp_path, "--json", code=[0]))
    told = [v["file"] for v in found["violations"] if v["rule"] == "image.unused"]
    assert sorted(told) == sorted(unused)
    got = [r for r in found["rules"] if r["rule"] == "image.unused"]
    assert sum(r["violated"] for r in got) == len(unused)
    assert sum(r["checked"] for r in got) == len(set(files["train"] + files["test"])) + len(unused)
    run("check", tmp_path / "c.yaml", tmp_path, "--strict", code=[1])
    run("convert", tmp_path / "c.yaml", tmp_path, tmp_path / "out", "--format", "parquet", "-q", code=[0])
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert [r for r in manifest["rules"] if r["rule"] == "image.unused"] == got
    assert "image.unused" not in run("check", tmp_path / "c.yaml", tmp_path, "--split", "train", code=[0])
