#!/usr/bin/env python3
"""Make the small demo dataset of Pick-High's shape that `pickshard demo` lays out.

    "$(python3 scripts/judges/environment.py)" scripts/demo/make_demo.py [FOLDER]     default: cmd/pickshard/demodata

The result is committed and embedded into the binary. Run this again only to change it, with the pinned
environment of the judges (an image library of another version may compress otherwise), and commit both: the same
environment gives the same bytes. `--check` makes it in a temporary folder and compares, exit code 1 if it differs.

36 records in three splits, real pandas pickles in three ways pandas stores text and three protocols:

    train  24 records  protocol 5  object columns of Python strings (as pandas 1 and 2 write them)
    val     6 records  protocol 4  pandas 3's str columns held in Python objects
    test    6 records  protocol 2  pandas 3's str columns held in Arrow buffers

and 108 pictures: JPEG baseline and progressive, one of them grey; PNG in RGB, RGBA, palette and grey; several sizes.
"""

import argparse
import filecmp
import pathlib
import pickle
import sys
import tempfile

import numpy as np
import pandas as pd

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import pickhigh  # noqa: E402

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
DEFAULT = REPO / "cmd" / "pickshard" / "demodata"
PLAN = {"train": (24, 5), "val": (6, 4), "test": (6, 2)}
EASY_SIZES = [(320, 320), (384, 256), (256, 384), (192, 192), (448, 320)]
REFINED_SIZES = [(512, 512), (512, 384), (384, 512), (320, 320)]
# No prompt is in two splits.
TIMES = {"train": "", "val": ", in the morning", "test": ", at night"}
# Exact values each split is sure to have, in its first record.
FIRST_SCORES = {"train": [0.0, 1.0, -0.125, 0.875], "val": [1.0, 0.0, 0.5, -1.0], "test": [-0.5, 0.25, 0.0, 1.0]}


def easy(r, theme, n):
    width, height = r.choice(EASY_SIZES)
    image = pickhigh.scene(r, theme, width, height, detail=0)
    if n % 23 == 5:
        image = image.convert("L")
    return pickhigh.jpeg(image, quality=r.choice([55, 70, 80]), progressive=n % 3 == 1, optimize=n % 2 == 0)


def refined(r, theme, n):
    width, height = r.choice(REFINED_SIZES)
    image = pickhigh.scene(r, theme, width, height, detail=1)
    if n % 6 == 2:
        image = pickhigh.noisy(r, image, 1)  # some files over 32 KiB, where the Parquet writer's pages change
    if n % 9 == 4:
        image.putalpha(200)
    elif n % 9 == 6:
        image = image.quantize(64)
    elif n % 9 == 8:
        image = image.convert("L")
    return pickhigh.png(image, optimize=True)


def make(folder):
    number = 0
    for split, (count, protocol) in PLAN.items():
        rows = []
        for k in range(count):
            r = pickhigh.rng("demo", split, k)
            prompt, addition, theme = pickhigh.THEMES[number % len(pickhigh.THEMES)]
            prompt += TIMES[split]
            name = pickhigh.uid("demo", split, k)
            row = {
                "easy_prompt": prompt,
                "refine_prompt": f"{prompt}, {addition}",
                "easy_image_0": f"{name}_0.jpg",
                "easy_image_1": f"{name}_1.jpg",
                "refine_image": f"{name}.png",
            }
            row |= zip(pickhigh.SCORES, FIRST_SCORES[split] if k == 0 else pickhigh.scores(r))
            for m in (0, 1):
                pickhigh.write(folder / "pick_easy_img" / split / row[f"easy_image_{m}"], easy(r, theme, 2 * number + m))
            pickhigh.write(folder / "pick_refine_img" / split / row["refine_image"], refined(r, theme, number))
            rows.append(row)
            number += 1
        frame = pd.DataFrame(rows, columns=pickhigh.COLUMNS)
        storage = {
            "train": object,
            "val": pd.StringDtype("python", na_value=np.nan),
            "test": pd.StringDtype("pyarrow", na_value=np.nan),
        }[split]
        frame = frame.astype({c: storage for c in pickhigh.COLUMNS[:5]})
        pickhigh.write(folder / "Pick-High" / f"{split}.pkl", pickle.dumps(frame, protocol=protocol))


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=DEFAULT)
    parser.add_argument("--check", action="store_true", help="change nothing, say whether FOLDER is what this script makes")
    arguments = parser.parse_args()
    if not arguments.check:
        for old in ("Pick-High", "pick_easy_img", "pick_refine_img"):
            for path in sorted((arguments.folder / old).rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()
        make(arguments.folder)
        sizes = [p.stat().st_size for p in arguments.folder.rglob("*") if p.is_file()]
        print(f"{len(sizes)} files, {sum(sizes):,} bytes in {arguments.folder.name}")
        return
    with tempfile.TemporaryDirectory() as fresh:
        fresh = pathlib.Path(fresh)
        make(fresh)
        names = files(fresh)
        if names != files(arguments.folder):
            sys.exit(f"{arguments.folder.name}: not the files that make_demo.py makes")
        _, differ, broken = filecmp.cmpfiles(fresh, arguments.folder, names, shallow=False)
        if differ or broken:
            sys.exit(f"{arguments.folder.name}: differs from what make_demo.py makes: {', '.join(differ + broken)}")
    print(f"{arguments.folder.name}: {len(names)} files, as make_demo.py makes them")


if __name__ == "__main__":
    main()
