"""Public layouts of image-preference data in miniature, made by pandas, Pillow, zipfile and json.

Each function lays a data set out in a folder and returns the truth: for each split the records that its config of
configs/examples must give, in order: {field: value}, an image as its bytes, a list of images as a list of bytes.
"""

import csv
import io
import json
import pickle
import zipfile

import numpy as np
import pandas as pd
from PIL import Image


def noise(seed, form="JPEG", size=(24, 16)):
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form)
    return out.getvalue()


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return data


def hpdv2(folder):
    rows, truth = [], []
    for i in range(12):
        names = [f"{i:04}_{k}.jpg" for k in range(4 + i % 6)]
        images = [put(folder / "test" / n, noise(100 * i + k)) for k, n in enumerate(names)]
        rank = list(range(len(names), 0, -1))
        rows.append({"prompt": f"prompt {i} é", "image_path": names, "rank": rank, "raw": {"x": [1]}})
        truth.append({"prompt": f"prompt {i} é", "images": images, "first": images[0], "rank": rank})
    put(folder / "test.json", json.dumps(rows))
    return {"test": truth}


def imagerewarddb(folder):
    rows, truth = [], []
    for i in range(10):
        name = f"train/train_1/{i}.webp"
        image = put(folder / "images" / name, noise(i, "WEBP"))
        rows.append((name, f"{i % 4:06}-0001", i % 4 + 1, None if i == 3 else i / 4))
        kind = ["Anime", "Art", "People", None][i % 4]
        truth.append({
            "image": image, "prompt": f"prompt, {i % 4}", "rank": i % 4 + 1, "rating": None if i == 3 else i / 4,
            "classification": None if kind is None else ["Anime", "Art", "People"].index(kind),
        })  # fmt: skip
    pd.DataFrame(rows, columns=["image_path", "prompt_id", "rank", "overall_rating"]).to_parquet(folder / "metadata-train.parquet")
    with open(folder / "prompts.csv", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["prompt_id", "prompt", "classification"])
        for k in [5, 3, 1, 0, 2, 9]:
            w.writerow([f"{k:06}-0001", f"prompt, {k}", ["Anime", "Art", "People", ""][k % 4]])
    return {"train": truth}


def pick_a_pic(folder):
    truth = []
    (folder / "data").mkdir()
    for part in range(2):
        rows = []
        for i in range(5):
            n = 5 * part + i
            rows.append({
                "caption": f"caption {n}", "jpg_0": noise(2 * n), "jpg_1": noise(2 * n + 1), "image_0_uid": f"u{n}", "image_1_uid": f"v{n}",
                "label_0": [1.0, 0.0, 0.5][n % 3], "label_1": [0.0, 1.0, 0.5][n % 3],
            })  # fmt: skip
            truth.append({k: rows[-1][k] for k in ("caption", "jpg_0", "jpg_1", "label_0", "label_1")})
        pd.DataFrame(rows).to_parquet(folder / "data" / f"train-0000{part}.parquet")
    return {"train": truth}


def cub(folder):
    truth = {}
    for split, count in {"train": 7, "test": 3}.items():
        names, labels, truth[split] = [], [], []
        for i in range(count):
            name = f"{i % 2 + 1:03}.Bird/{split}_{i}"
            lines = [f"a bird of {k} colours" for k in range(10)]
            put(folder / "text_c10" / f"{name}.txt", "\n".join(lines) + "\n")
            image = put(folder / "images" / f"{name}.jpg", noise(i))
            names.append(name)
            labels.append(i % 2 + 1)
            truth[split].append({"image": image, "captions": lines, "label": i % 2 + 1})
        put(folder / split / "filenames.pickle", pickle.dumps(names, 2))
        put(folder / split / "class_info.pickle", pickle.dumps(labels, 2))
    return truth


def coco(folder):
    images = [{"id": 40 + i, "file_name": f"{40 + i:012}.jpg", "height": 16, "width": 24} for i in range(6)]
    data = {m["id"]: put(folder / "val" / m["file_name"], noise(m["id"])) for m in images}
    notes = [{"image_id": 40 + (5 * k) % 6, "id": k, "caption": f"A caption {k}."} for k in range(14)]
    put(folder / "annotations" / "captions_val.json", json.dumps({"info": {"year": 2014}, "images": images, "licenses": [], "annotations": notes}))
    return {"validation": [{"image": data[n["image_id"]], "caption": n["caption"]} for n in notes]}


def flickr8k(folder):
    captions = {f"{1000 + i}.jpg": [f"caption {i} {k}" for k in range(5)] for i in range(30)}
    rows = [{"image": put(folder / "images" / name, noise(i)), "captions": captions[name]} for i, name in enumerate(captions)]
    put(folder / "captions.pkl", pickle.dumps(captions, 4))
    return {None: rows}  # by a hash: which record is in which split is not the judge's to say


def png_pixels(flat):
    return np.asarray(flat, dtype=np.uint8).reshape(3, 32, 32).transpose(1, 2, 0)


def cifar100(folder):
    truth = {}
    for split, count in {"train": 9, "test": 4}.items():
        data = np.random.default_rng(count).integers(0, 255, (count, 3072), dtype=np.uint8)
        labels = [i * 7 % 100 for i in range(count)]
        batch = {b"filenames": [b"x_%d.png" % i for i in range(count)], b"batch_label": b"batch", b"fine_labels": labels, b"coarse_labels": labels, b"data": data}
        put(folder / split, pickle.dumps(batch, 2))
        truth[split] = [{"image": png_pixels(data[i]), "label": labels[i]} for i in range(count)]
    return truth


def diffusiondb(folder):
    rows, truth = [], []
    (folder / "images").mkdir()
    for part in (1, 2):
        with zipfile.ZipFile(folder / "images" / f"part-{part:06}.zip", "w", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED][part % 2]) as z:
            for i in range(6):
                image = noise(10 * part + i, "PNG")
                z.writestr(f"{part}-{i}.png", image)
                rows.append({"image_name": f"{part}-{i}.png", "prompt": f"p{i}", "part_id": part, "seed": str(2**40 + i), "cfg": np.float32(7.5)})
                truth.append({"image": image, "prompt": f"p{i}", "seed": 2**40 + i, "cfg": 7.5})
    pd.DataFrame(rows).astype({"part_id": "uint16", "cfg": "float32"}).to_parquet(folder / "metadata.parquet")
    return {"train": truth}


def windows(folder):
    truth = []
    with open(folder / "pairs.csv", "w", newline="", encoding="utf-8-sig") as f:
        w = csv.writer(f)
        w.writerow(["prompt", "win", "lose"])
        for i in range(5):
            win, lose = (put(folder / "images" / f"{side}{i}.png", noise(i * 2 + k, "PNG")) for k, side in enumerate("ab"))
            w.writerow([f'say "{i}"', rf"C:\Users\ann\data\images\a{i}.png", rf"C:\Users\ann\data\images\b{i}.png"])
            truth.append({"prompt": f'say "{i}"', "win": win, "lose": lose})
    return {"train": truth}


def cells(folder):
    rows, truth = [], {"train": [], "test": []}
    for i in range(8):
        rng = np.random.default_rng(i)
        picture = rng.integers(0, 255, (6, 5, 3), dtype=np.uint8)
        pixels = rng.integers(0, 255, (7, 4, 3), dtype=np.uint8)
        meta = {"model": f"m{i % 2}", "steps": i} if i % 3 else {"model": f"m{i % 2}", "sampler": ["a", 0.5]}
        fold = "train" if i < 5 else "test"
        rows.append({"name": f"n{i}", "picture": Image.fromarray(picture), "pixels": pixels, "blob": noise(i), "meta": meta, "fold": fold})
        truth[fold].append({"picture": picture, "pixels": pixels, "blob": rows[-1]["blob"], "meta": meta, "model": meta["model"]})
    pd.DataFrame(rows).to_pickle(folder / "frame.pkl")
    return truth


LAYOUTS = {
    "hpdv2": hpdv2, "imagerewarddb": imagerewarddb, "pick-a-pic": pick_a_pic, "cub": cub, "coco": coco, "flickr8k": flickr8k,
    "cifar100": cifar100, "diffusiondb": diffusiondb, "windows": windows, "cells": cells,
}  # fmt: skip
