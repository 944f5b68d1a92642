#!/usr/bin/env python3
"""Write pickles with Pick-High's columns, for the benchmarks of stages/read.

    make_pickhigh_pickle.py OUT_DIR [ROWS [NAME]]

Two prompts of 60 to 400 characters (one word in a thousand is not ASCII), three
file names, four scores; 360,000 rows are about 228 MB. Shapes: a DataFrame in
protocols 2, 4 and 5, a list of dicts (4), a dict of lists (5), and a DataFrame
whose prompts repeat five times. With NAME (frame.p5.pkl) only that one is written, and
prompts are one of 20,000 with a number, which is made faster: 10 million rows are 6.5 GB
and take 13 GB of memory. Seeded: the same bytes each time.
"""
import pickle
import random
import sys

import numpy as np
import pandas as pd

WORDS = ("a the of in and portrait landscape woman man city castle forest dragon robot cat dog detailed "
         "highly realistic cinematic lighting octane render trending artstation fantasy digital painting "
         "oil watercolor sunset night neon cyberpunk steampunk mountain river ocean sky clouds intricate "
         "sharp focus illustration concept art smooth greg rutkowski alphonse mucha studio ghibli 8k").split()


def prompt(rng):
    want = rng.randint(60, 400)
    out, n = [], 0
    while n < want:
        w = "café東京" if rng.random() < 0.001 else rng.choice(WORDS)
        out.append(w)
        n += len(w) + 1
    return " ".join(out)[:want]


def main():
    out, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 360_000
    only = sys.argv[3] if len(sys.argv) > 3 else ""
    rng = random.Random(7)
    if only:
        pool = [prompt(rng) for _ in range(20_000)]
        easy = [f"{pool[i % 20_000]} {i}" for i in range(rows)]
        refine = [f"{pool[(7 * i + 3) % 20_000]} {i}" for i in range(rows)]
    else:
        easy = [prompt(rng) for _ in range(rows)]
        refine = [prompt(rng) for _ in range(rows)]
    names = [[f"{kind}_{i:09d}.{ext}" for i in range(rows)]
             for kind, ext in (("easy_0", "jpg"), ("easy_1", "jpg"), ("refine", "png"))]
    scores = np.random.default_rng(7).random((4, rows))
    columns = dict(zip(("easy_prompt", "refine_prompt", "easy_image_0", "easy_image_1", "refine_image"),
                       [easy, refine, *names]))
    columns.update(zip(("E1", "E2", "R1", "R2"), scores))
    # Series of objects: of an array pandas 3 would make Arrow text, a second copy of all.
    frame = pd.DataFrame({k: pd.Series(v, dtype=object if isinstance(v, list) else None) for k, v in columns.items()})
    if only:
        del columns, easy, refine, names

    def write(name, obj, protocol):
        if only not in ("", name):
            return
        with open(f"{out}/{name}", "wb") as f:
            pickle.dump(obj, f, protocol=protocol)

    for p in (2, 4, 5):
        write(f"frame.p{p}.pkl", frame, p)
    if only.startswith("frame"):
        return
    shared = frame.copy()
    shared["easy_prompt"] = np.array([easy[i // 5] for i in range(rows)], dtype=object)
    shared["refine_prompt"] = np.array([refine[i // 5] for i in range(rows)], dtype=object)
    write("shared.p4.pkl", shared, 4)
    lists = {k: v if isinstance(v, list) else v.tolist() for k, v in columns.items()}
    write("dict-of-lists.p5.pkl", lists, 5)
    keys = list(lists)
    write("list-of-dicts.p4.pkl", [dict(zip(keys, row)) for row in zip(*lists.values())], 4)


if __name__ == "__main__":
    main()
