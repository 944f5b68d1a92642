"""Layouts in miniature in which a wrong config is near at hand, and a third set that `pickshard init` was not made for."""

import gzip
import json
import pathlib
import pickle
import random

import numpy as np
import pandas as pd
from layouts import noise, put
from wild import hash_of


def two_counters(folder):
    """Two columns count from 0 to n in different orders: nobody can know which names the file."""
    order = random.Random(1).sample(range(20), 20)
    for i in range(20):
        put(folder / "pics" / f"{i}.png", noise(i, "PNG"))
    pd.DataFrame({"a": range(20), "b": order, "text": [f"t{i}" for i in range(20)]}).to_csv(folder / "t.csv", index=False)
    return None


def counter_and_image_id(folder):
    order = random.Random(2).sample(range(20), 20)
    images = {i: put(folder / "pics" / f"{i}.png", noise(i, "PNG")) for i in range(20)}
    pd.DataFrame({"row": range(20), "image_id": order}).to_csv(folder / "t.csv", index=False)
    return {"train": [{"row": i, "image_id": k, "image": images[k]} for i, k in enumerate(order)]}


def labels_and_icons(folder):
    """Labels from 0 to 9, and pictures of the ten labels beside the real images."""
    rows, truth = [], []
    for i in range(10):
        put(folder / "icons" / f"{i}.png", noise(500 + i, "PNG"))
    for i in range(40):
        image = put(folder / "data" / f"{hash_of(i)}.jpg", noise(i))
        rows.append((f"{hash_of(i)}.jpg", i % 10))
        truth.append({"file": image, "label": i % 10})
    pd.DataFrame(rows, columns=["file", "label"]).to_csv(folder / "train.csv", index=False)
    return {"train": truth}


def same_names_by_label(folder):
    """0001.jpg in each class folder; the label's column says which is meant."""
    rows, truth = [], []
    for label in ("cat", "dog", "owl"):
        for i in range(5):
            image = put(folder / "images" / label / f"{i:04}.jpg", noise(len(rows)))
            rows.append((f"{i:04}.jpg", label))
            truth.append({"name": image, "species": label})
    frame = pd.DataFrame(rows, columns=["name", "species"])
    order = random.Random(3).sample(range(len(rows)), len(rows))
    frame.iloc[order].to_csv(folder / "labels.csv", index=False)
    return {"train": [truth[i] for i in order]}


def same_names_unlabelled(folder):
    """0001.jpg in two folders, and nothing says which is meant."""
    for part in ("a1", "b2"):
        for i in range(8):
            put(folder / part / f"{i:04}.jpg", noise(len(part) * 100 + i + (part == "b2") * 50))
    pd.DataFrame({"file": [f"{i:04}.jpg" for i in range(8)] * 2, "score": range(16)}).to_csv(folder / "s.csv", index=False)
    return "two fields, or asked"


def hpdv3(folder):
    rows, truth = [], []
    for i in range(10):
        images = [put(folder / "images" / "uuids" / f"{hash_of(i, k)}.jpg", noise(2 * i + k)) for k in (0, 1)]
        rows.append({
            "path1": f"images/uuids/{hash_of(i, 0)}.jpg", "path2": f"images/uuids/{hash_of(i, 1)}.jpg", "prompt": f"p{i}", "choice_dist": [12, 5],
            "confidence": 0.99, "model1": "flux", "model2": "sd3", "prompt_num": None,
        })  # fmt: skip
        truth.append({"path1": images[0], "path2": images[1], "prompt": f"p{i}", "choice_dist": [12, 5]})
    put(folder / "train.json", json.dumps(rows))
    return {"train": truth}


def tuples(folder):
    """A pickled dict of lists of tuples, as people write them in a notebook."""
    data, truth = {}, {}
    for split, count in (("train", 9), ("test", 4)):
        data[split], truth[split] = [], []
        for i in range(count):
            image = put(folder / "images" / f"{split}_{i}.png", noise(count * 20 + i, "PNG"))
            data[split].append((f"{split}_{i}.png", f"caption {i}", i / 4))
            truth[split].append({"0": image, "1": f"caption {i}", "2": i / 4})
    put(folder / "data.pkl", pickle.dumps(data))
    return truth


def dict_of_lists(folder):
    names = [f"renders/{hash_of('d', i)}.webp" for i in range(9)]
    images = [put(folder / n, noise(i, "WEBP")) for i, n in enumerate(names)]
    put(folder / "dump.pickle", pickle.dumps({"image_paths": names, "scores": np.arange(9) / 4, "prompts": [f"p{i}" for i in range(9)]}))
    return {"train": [{"image_paths": images[i], "scores": i / 4, "prompts": f"p{i}"} for i in range(9)]}


def pathlib_objects(folder):
    rows, truth = [], []
    for i in range(7):
        image = put(folder / "imgs" / f"{i:02}.jpg", noise(i))
        rows.append({"path": pathlib.PurePosixPath("/home") / "ann" / "imgs" / f"{i:02}.jpg", "emb": np.ones(4, np.float32) * i, "when": pd.Timestamp(2024, 1, 1 + i)})
        truth.append({"path": image, "emb": [float(i)] * 4})
    pd.DataFrame(rows).to_pickle(folder / "frame.pkl")
    return {"train": truth}


def two_roots(folder):
    """The columns were written on two disks."""
    rows, truth = [], []
    for i in range(9):
        images = [put(folder / s / f"{s[0]}{i}.png", noise(2 * i + k, "PNG")) for k, s in enumerate(("win", "lose"))]
        rows.append((f"/data/ann/exp1/win/w{i}.png", f"/scratch/bob/tmp/lose/l{i}.png", f"p{i}"))
        truth.append({"win": images[0], "lose": images[1], "prompt": f"p{i}"})
    pd.DataFrame(rows, columns=["win", "lose", "prompt"]).to_json(folder / "pairs.jsonl", orient="records", lines=True)
    return {"train": truth}


def packed_lines(folder):
    lines, truth = [], []
    for i in range(8):
        image = put(folder / "i" / f"{hash_of(i)}.gif", noise(i, "GIF"))
        lines.append(json.dumps({"img": f"{hash_of(i)}.gif", "meta": {"a": i, "b": [1, 2]}}))
        truth.append({"img": image, "meta": {"a": i, "b": [1, 2]}})
    put(folder / "dev.jsonl.gz", gzip.compress("\n".join(lines).encode()))
    return {"validation": truth}


def hive(folder):
    truth = {}
    for split, count in (("train", 8), ("test", 4)):
        rows, truth[split] = [], []
        for i in range(count):
            image = put(folder / "media" / f"{split}-{i}.jpg", noise(count * 10 + i))
            rows.append((f"media/{split}-{i}.jpg", i))
            truth[split].append({"image": image, "n": i})
        (folder / f"split={split}").mkdir()
        pd.DataFrame(rows, columns=["image", "n"]).to_parquet(folder / f"split={split}" / "part-0.parquet")
    return truth


def voc(folder):
    truth = {"train": [], "validation": []}
    for i in range(14):
        split, name = ("train", "train") if i < 9 else ("validation", "val")
        key = f"2007_{27 + i * 5:06}"
        image = put(folder / "JPEGImages" / f"{key}.jpg", noise(i))
        mask = put(folder / "SegmentationClass" / f"{key}.png", noise(i, "PNG"))
        truth[split].append({"JPEGImages": image, "SegmentationClass": mask, "_key": key, "_list": name})
        put(folder / "Annotations" / f"{key}.xml", "<annotation/>")
    for name, split in (("train", "train"), ("val", "validation")):
        put(folder / "ImageSets" / "Segmentation" / f"{name}.txt", "".join(r.pop("_key") + "\n" for r in truth[split]))
    for rows in truth.values():
        for r in rows:
            r.pop("_list")
    return truth


def cub_original(folder):
    """Three texts separated by blanks, joined by the first number."""
    images, labels, parts, truth = [], [], [], []
    for i in range(1, 13):
        rel = f"{i % 3 + 1:03}.Bird_{i % 3}/Bird_{i:04}_{1000 + i}.jpg"
        image = put(folder / "images" / rel, noise(i))
        images.append(f"{i} {rel}")
        labels.append(f"{i} {i % 3 + 1}")
        parts.append(f"{i} {i % 2}")
        truth.append({"image": image, "image_class_labels": i % 3 + 1, "train_test_split": i % 2})
    put(folder / "images.txt", "\n".join(images) + "\n")
    put(folder / "image_class_labels.txt", "\n".join(labels) + "\n")
    put(folder / "train_test_split.txt", "\n".join(parts) + "\n")
    return {"train": truth}


def flickr_token(folder):
    lines, truth = [], []
    for i in range(6):
        image = put(folder / "Flicker8k_Dataset" / f"{1000268201 + i}_693b08cb0e.jpg", noise(i))
        for k in range(5):
            lines.append(f"{1000268201 + i}_693b08cb0e.jpg#{k}\tA child {i} {k} .")
            truth.append({"image": image, "_caption": f"A child {i} {k} ."})
    put(folder / "Flickr8k.token.txt", "\n".join(lines) + "\n")
    for r in truth:
        r["pair"] = [r.pop("image")]
        r["Flickr8k_token"] = r.pop("_caption")
    return {"train": truth}


def stringified(folder):
    """Lists as text in a csv: no config can say that."""
    rows = []
    for i in range(8):
        names = [f"{i}_{k}.jpg" for k in range(2)]
        for k, n in enumerate(names):
            put(folder / "img" / n, noise(i * 2 + k))
        rows.append((str(names), 100 + i * 7))
    pd.DataFrame(rows, columns=["images", "label"]).to_csv(folder / "x.csv", index=False)
    return None


TRAPS = {
    f.__name__: f
    for f in (
        two_counters, counter_and_image_id, labels_and_icons, same_names_by_label, hpdv3, tuples, dict_of_lists, pathlib_objects, two_roots,
        packed_lines, hive, voc, cub_original, flickr_token, stringified,
    )
}  # fmt: skip
