"""What the peers share: the records of a Pick-High-like folder, as its users hold them. Not a script."""

import pathlib
import pickle
import sys

COLUMNS = ["easy_prompt", "refine_prompt", "easy_image_0", "easy_image_1", "refine_image", "E1", "E2", "R1", "R2"]
TEXTS, IMAGES, SCORES = COLUMNS[:2], COLUMNS[2:5], COLUMNS[5:]
FOLDERS = {"easy_image_0": "pick_easy_img", "easy_image_1": "pick_easy_img", "refine_image": "pick_refine_img"}
SPLITS = {"train": "train", "validation": "val", "test": "test"}
SHARD = 500_000_000  # bytes, pickshard's and datasets' default
BATCH = 100  # rows, datasets' default for images
CORES = 2  # processes where a peer has a choice: the machine's cores, set by bench.py


def arguments():
    """INPUT and OUTPUT of a peer's command line; further words are options of its own."""
    if len(sys.argv) < 3:
        raise SystemExit(sys.modules["__main__"].__doc__)
    global CORES
    import os

    CORES = int(os.environ.get("BENCH_CORES", os.cpu_count() or 1))
    output = pathlib.Path(sys.argv[2])
    output.mkdir(parents=True, exist_ok=True)
    return pathlib.Path(sys.argv[1]), output


def frames(folder):
    """(split, DataFrame with the images' absolute paths in their columns)."""
    for split, name in SPLITS.items():
        with open(folder / "Pick-High" / f"{name}.pkl", "rb") as f:
            frame = pickle.load(f)
        for c in IMAGES:
            frame[c] = str(folder.resolve() / FOLDERS[c] / name) + "/" + frame[c]
        yield split, frame[COLUMNS]


def payload(path):
    with open(path, "rb", buffering=0) as f:
        return f.read()


def shard_count(frame):
    """How many shards of SHARD bytes a split makes."""
    import os

    total = sum(os.stat(p).st_size for c in IMAGES for p in frame[c])
    return total // SHARD + 1
