#!/usr/bin/env python3
"""Make a dataset that looks like Pick-High, of any size, fast, the same bytes for the same seed.

    make_lookalike.py OUT --records N [--seed S] [--size small|tiny|realistic|jpegs] [--nulls] [--jobs J]

    small      1-100 KB a picture in many shapes, a few larger ones, awkward prompts and scores: for the judges
    tiny       pictures of about 1 KB: for growth by number of records
    realistic  two JPEGs of about 60 KB and one 1024x1024 PNG of about 1.5 MB: 2,000 records are 3.4 GB
    jpegs      three JPEGs of about 60 KB (the third is named .jpg too): 20,000 records are 60,000 files, 3.8 GB

    --bench realistic|jpegs  is short for the data sets of the benchmark: --records 2000 --size realistic, and
                             --records 20000 --size jpegs

OUT must not exist or be empty; it is complete when OUT/lookalike.json (the arguments) is there, and a second call
with the same arguments then does nothing. Every picture is unique, decodes, and its checksums are right. Splits:
80 % train, the rest val and test; each in another pickle protocol, and for small in
another way pandas stores text. --nulls leaves out a prompt or a score here and there (None, NaN).
Run with the judges' environment: "$(python3 scripts/judges/environment.py)" scripts/judges/make_lookalike.py ...
"""

import argparse
import concurrent.futures
import functools
import json
import os
import pathlib
import pickle
import sys
import time

import numpy as np
import pandas as pd
from PIL import PngImagePlugin

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import pickhigh  # noqa: E402

VERSION = 2  # of the data this script makes: change it when the same arguments give other bytes
BENCH = {"realistic": 2000, "jpegs": 20000}
PROTOCOLS = {"train": 5, "val": 4, "test": 2}


def counts(records):
    """How many records each split has."""
    rest = records // 10
    return {"train": records - 2 * rest, "val": rest, "test": rest}


@functools.cache
def mixers(size):
    """The makers of a size's pictures: (first JPEGs, second JPEGs, refined pictures)."""
    r = pickhigh.rng("mixers", size)

    def jpegs(width, height, amplitude, quality, n=6):
        # One restart marker a row of blocks: the rows of all bases can then be mixed at will.
        bases = [
            pickhigh.jpeg(
                pickhigh.noisy(r, pickhigh.scene(r, r.choice(pickhigh.THEMES)[2], width, height, detail=1), amplitude),
                quality=quality, restart_marker_rows=1, subsampling=2,
            )
            for _ in range(n)
        ]  # fmt: skip
        return pickhigh.JpegMixer(bases)

    def pngs(side, amplitude, n=6):
        return pickhigh.PngMixer(
            [
                pickhigh.noisy(r, pickhigh.scene(r, r.choice(pickhigh.THEMES)[2], side, side, detail=1), amplitude)
                for _ in range(n)
            ],
            stripe=4,
        )

    if size == "tiny":
        return jpegs(48, 48, 0, 60), jpegs(64, 48, 0, 60), pngs(32, 0)
    first, second = jpegs(512, 512, 28, 77), jpegs(768, 768, 13, 74)
    if size == "jpegs":
        return first, second, jpegs(640, 640, 18, 76)
    return first, second, pngs(1024, 3)


def small_pictures(r, n):
    """Three pictures, each encoded for itself, of many kinds."""
    out = []
    for m in range(2):
        big = n % 10 == 3 + m  # over 32 KiB, where the Parquet writer gives an image a page of its own
        width, height = (r.randrange(300, 420), 320) if big else (r.randrange(64, 320), r.randrange(64, 320))
        image = pickhigh.scene(r, r.choice(pickhigh.THEMES)[2], width, height, detail=m)
        image = pickhigh.noisy(r, image, 40 if big else r.choice([1, 6, 20]))
        if n % 29 == 7:
            image = image.convert("L")
        elif n % 31 == 9:
            image = image.convert("CMYK")
        out.append(pickhigh.jpeg(image, quality=90 if big else r.randrange(40, 95), progressive=r.random() < 0.3, comment=f"{n}/{m}"))
    side = 1024 if n % 100 == 77 else 180 if n % 10 == 6 else r.randrange(48, 128)
    image = pickhigh.scene(r, r.choice(pickhigh.THEMES)[2], side, side, detail=1)
    if n % 7 != 3:
        image = pickhigh.noisy(r, image, 20 if side == 180 else 2)
    if n % 11 == 1:
        image.putalpha(r.randrange(1, 255))
    elif n % 11 == 2:
        image = image.quantize(r.choice([2, 16, 256]))
    elif n % 11 == 3:
        image = image.convert("L")
    elif n % 11 == 4:
        image = image.convert("1")
    info = PngImagePlugin.PngInfo()
    info.add_text("record", str(n))
    out.append(pickhigh.png(image, compress_level=r.choice([1, 6, 9]), pnginfo=info))
    return out


def pictures(size, seed, number):
    r = pickhigh.rng(seed, size, "pictures", number)
    if size == "small":
        return small_pictures(r, number)
    return [mixer.make(r, f"{seed}/{number}/{m}") for m, mixer in enumerate(mixers(size))]


def record(size, seed, number, nulls=False):
    """The row of a record: a function of size, seed and number alone."""
    r = pickhigh.rng(seed, "row", number)
    name = pickhigh.uid(seed, number)
    prompt, addition, _ = r.choice(pickhigh.THEMES)
    texts = [f"{prompt} #{number}", f"{prompt}, {addition}, {r.random():.6f}"]
    scores = pickhigh.scores(r)
    if size == "small":
        if number % 3 == 0:
            texts[number % 2] = pickhigh.AWKWARD[number // 3 % len(pickhigh.AWKWARD)]
        if number % 4 == 1:
            scores[number // 4 % 4] = pickhigh.AWKWARD_SCORES[number // 4 % len(pickhigh.AWKWARD_SCORES)]
        if number % 20 in (0, 1, 2):  # every shard has the exact values
            scores = [[0.0, 1.0, -0.5, 0.0], [1.0, -1.0, 0.0, 1.0], [-0.0, 0.0, 1.0, -0.125]][number % 20]
    if nulls:
        texts = [None if r.random() < 0.1 else t for t in texts]
        scores = [float("nan") if r.random() < 0.1 else s for s in scores]
    last = f"{name}.jpg" if size == "jpegs" else f"{name}.png"
    return [*texts, f"{name}_0.jpg", f"{name}_1.jpg", last, *scores]


def chunk(out, split, size, seed, first, last, nulls):
    rows = []
    for number in range(first, last):
        row = record(size, seed, number, nulls)
        files = pictures(size, seed, number)
        for folder, name, data in zip(["pick_easy_img", "pick_easy_img", "pick_refine_img"], row[2:5], files):
            with open(f"{out}/{folder}/{split}/{name}", "wb") as f:
                f.write(data)
        rows.append(row)
    return rows


def make(out, records, seed=0, size="small", nulls=False, jobs=None):
    """Make the dataset in out; nothing if it is there already."""
    out = pathlib.Path(out)
    stamp = out / "lookalike.json"
    arguments = {"records": records, "seed": seed, "size": size, "nulls": nulls, "version": VERSION}
    if stamp.exists():
        if json.loads(stamp.read_text()) != arguments:
            raise SystemExit(f"{out}: holds another dataset: {stamp.read_text().strip()}")
        return out
    if out.exists() and any(out.iterdir()):
        raise SystemExit(f"{out}: is not empty (an unfinished dataset?): remove it first")
    (out / "Pick-High").mkdir(parents=True)
    number = 0
    with concurrent.futures.ProcessPoolExecutor(jobs or os.cpu_count()) as pool:
        for split, count in counts(records).items():
            for folder in ("pick_easy_img", "pick_refine_img"):
                (out / folder / split).mkdir(parents=True)
            step = max(1, min(500, count // 8))
            futures = [
                pool.submit(chunk, str(out), split, size, seed, a, min(a + step, number + count), nulls)
                for a in range(number, number + count, step)
            ]
            rows = [row for future in futures for row in future.result()]
            number += count
            frame = pd.DataFrame(rows, columns=pickhigh.COLUMNS)
            if count == 0:
                frame = frame.astype({c: "float64" for c in pickhigh.SCORES})
            text = object
            if size != "small" or split == "train":  # names as pandas before 3 has them, which reads these files then
                frame.columns = frame.columns.astype(object)
            if size == "small":  # as pandas 1, 2 and 3 hold text: objects, str in Python objects, str in Arrow buffers
                text = {"train": object, "val": pd.StringDtype("python", na_value=np.nan), "test": "str"}[split]
            frame = frame.astype({c: text for c in pickhigh.COLUMNS[:5]})
            if nulls and text is object:
                frame = frame.where(frame.notna(), None).astype({c: "float64" for c in pickhigh.SCORES})
            with open(out / "Pick-High" / f"{split}.pkl", "wb") as f:
                pickle.dump(frame, f, protocol=PROTOCOLS[split])
    stamp.write_text(json.dumps(arguments) + "\n")
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--records", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", choices=["small", "tiny", "realistic", "jpegs"], default="small")
    parser.add_argument("--bench", choices=list(BENCH))
    parser.add_argument("--nulls", action="store_true")
    parser.add_argument("--jobs", type=int, help="processes (default: one a core)")
    a = parser.parse_args()
    if a.bench:
        a.size, a.records = a.bench, a.records or BENCH[a.bench]
    if a.records is None:
        parser.error("--records is needed")
    start = time.monotonic()
    make(a.out, a.records, a.seed, a.size, a.nulls, a.jobs)
    sizes = [p.stat().st_size for p in a.out.rglob("*") if p.is_file()]
    print(f"{a.records} records, {len(sizes)} files, {sum(sizes):,} bytes, {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
