"""More public layouts in miniature, by pandas, Pillow and json, for the configs that `pickshard init` drafts.

Each function lays a data set out in a folder and returns the truth: for each split its records in order, each with
the fields that the drafted config must give, named as the source's columns are; more fields may be there.
"""

import csv
import json
import pickle
import zipfile

import numpy as np
import pandas as pd
from layouts import noise, put


def pick_high(folder):
    truth = {}
    for split, name, count in (("train", "train", 14), ("validation", "val", 5), ("test", "test", 6)):
        rows, truth[split] = [], []
        for i in range(count):
            stem = f"{hash_of(split, i)}"
            easy = [put(folder / "pick_easy_img" / name / f"{stem}_{k}.jpg", noise(i * 7 + k)) for k in (0, 1)]
            fine = put(folder / "pick_refine_img" / name / f"{stem}.png", noise(i, "PNG"))
            rows.append((f"p{i}", f"refined p{i}", f"{stem}_0.jpg", f"{stem}_1.jpg", f"{stem}.png", i / 3, -i / 7))
            truth[split].append({"easy_prompt": f"p{i}", "easy_image_0": easy[0], "easy_image_1": easy[1], "refine_image": fine, "E1": i / 3})
        frame = pd.DataFrame(rows, columns=["easy_prompt", "refine_prompt", "easy_image_0", "easy_image_1", "refine_image", "E1", "E2"])
        (folder / "Pick-High").mkdir(exist_ok=True)
        frame.to_pickle(folder / "Pick-High" / f"{name}.pkl")
    return truth


def hash_of(*what):
    import hashlib

    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def no_images(folder):
    frame = pd.DataFrame({"filename": [f"{hash_of(i)}.png" for i in range(20)], "artifact_score": np.linspace(0, 1, 20)})
    frame.to_pickle(folder / "train.pkl")
    return None


def imagefolder(folder):
    truth = {}
    for split, count in (("train", 8), ("test", 4)):
        truth[split] = []
        rows = [{"file_name": f"{i:04}.png", "text": f"a {i}, b"} for i in range(count)]
        for r in rows:
            truth[split].append({"file_name": put(folder / split / r["file_name"], noise(count * 10 + int(r["file_name"][:4]), "PNG")), "text": r["text"]})
        pd.DataFrame(rows).to_csv(folder / split / "metadata.csv", index=False)
    put(folder / "README.md", "---\nlicense: mit\n---\n")
    put(folder / "LICENSE", "MIT")
    return truth


def imagenet(folder):
    """Class folders, and a csv whose ids have neither folder nor extension."""
    rows, truth = [], []
    for i in range(12):
        wnid = f"n0{1440764 + i % 3}"
        image = put(folder / "ILSVRC" / "train" / wnid / f"{wnid}_{i}.JPEG", noise(i))
        rows.append((f"{wnid}_{i}", f"{wnid} 1 2 3 4", wnid))
        truth.append({"ImageId": f"{wnid}_{i}", "image": image})
    pd.DataFrame(rows, columns=["ImageId", "PredictionString", "wnid"]).to_csv(folder / "LOC_train_solution.csv", index=False)
    return {"train": truth}


def laion(folder):
    truth = []
    for shard in range(2):
        rows = []
        for i in range(5):
            key = f"{shard:05}{i:04}"
            image = put(folder / f"{shard:05}" / f"{key}.jpg", noise(shard * 10 + i))
            put(folder / f"{shard:05}" / f"{key}.json", json.dumps({"caption": f"c {key}", "key": key}))
            put(folder / f"{shard:05}" / f"{key}.txt", f"c {key}")
            rows.append({"url": f"https://example.org/x/{shard}/{i}?a=b", "caption": f"c {key}", "key": key, "status": "success", "width": 24, "sha256": None})
            truth.append({"caption": f"c {key}", "image": image})
        pd.DataFrame(rows).to_parquet(folder / f"{shard:05}.parquet")
    return {"train": truth}


def coco_computed(folder):
    """Annotations alone: the file's name is computed of a number."""
    truth = {}
    for split, name in (("train", "train2014"), ("validation", "val2014")):
        ids = [391895 + 17 * i + len(name) for i in range(6)]
        images = {n: put(folder / name / f"COCO_{name}_{n:012}.jpg", noise(n)) for n in ids}
        notes = [{"image_id": ids[k % 6], "id": k, "caption": f"A {k}."} for k in range(13)]
        put(folder / "annotations" / f"captions_{name}.json", json.dumps({"info": {}, "annotations": notes}))
        truth[split] = [{"image_id": n["image_id"], "caption": n["caption"], "image": images[n["image_id"]]} for n in notes]
    return truth


def rakuten(folder):
    rows, truth = [], []
    for i in range(15):
        a, b = 1_000_000 + i * 7919, 3_000_000 + i * 104729
        image = put(folder / "images" / "image_train" / f"image_{a}_product_{b}.jpg", noise(i))
        rows.append((i, f"titre {i}", b, a))
        truth.append({"designation": f"titre {i}", "productid": b, "imageid": a, "image": image})
    pd.DataFrame(rows, columns=["Unnamed: 0", "designation", "productid", "imageid"]).to_csv(folder / "X_train_update.csv", index=False)
    return {"train": truth}


def nested_json(folder):
    rows, truth = [], []
    for i in range(9):
        image = put(folder / "imgs" / f"g{i % 2}" / f"{i}.jpg", noise(i))
        rows.append({"id": f"x{i}", "media": {"image": f"imgs/g{i % 2}/{i}.jpg", "size": [24, 16]}, "conversations": [{"from": "human", "value": f"hi {i}"}]})
        truth.append({"id": f"x{i}", "image": image})
    put(folder / "data.json", json.dumps(rows))
    return {"train": truth}


def tsv(folder):
    truth = []
    with open(folder / "pairs.tsv", "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f, delimiter="\t")
        w.writerow(["chosen", "rejected", "prompt", "score"])
        for i in range(7):
            sides = [put(folder / "img" / s / f"{i}.webp", noise(10 * i + k, "WEBP")) for k, s in enumerate(("a", "b"))]
            w.writerow([f"a/{i}.webp", f"b/{i}.webp", f"p, {i}", i / 2])
            truth.append({"chosen": sides[0], "rejected": sides[1], "prompt": f"p, {i}", "score": i / 2})
    return {"train": truth}


def several_pickles(folder):
    """data_batch_1 .. 3 and a test_batch, as CIFAR-10 has them, but with names of files."""
    truth = {"train": [], "test": []}
    for part, split in (("data_batch_1", "train"), ("data_batch_2", "train"), ("data_batch_3", "train"), ("test_batch", "test")):
        rows = []
        for i in range(4):
            name = f"{hash_of(part, i)}.png"
            image = put(folder / "pics" / name, noise(len(part) * 100 + i, "PNG"))
            rows.append({"file": name, "label": i})
            truth[split].append({"file": image, "label": i})
        put(folder / part, pickle.dumps(rows))
    return truth


def members(folder):
    """One pickled dict of DataFrames, a split each."""
    frames, truth = {}, {}
    for split, count in (("train", 8), ("val", 3)):
        name = "validation" if split == "val" else split
        frames[split], truth[name] = [], []
        for i in range(count):
            image = put(folder / "images" / split / f"{i}.jpg", noise(count * 50 + i))
            frames[split].append({"image": f"{split}/{i}.jpg", "caption": f"{split} {i}"})
            truth[name].append({"image": image, "caption": f"{split} {i}"})
    put(folder / "dataset.pkl", pickle.dumps({k: pd.DataFrame(v) for k, v in frames.items()}))
    return truth


def karpathy(folder):
    """A column says the split, list columns of captions; one table."""
    rows, truth = [], {"train": [], "val": [], "test": []}
    for i in range(14):
        image = put(folder / "flickr30k-images" / f"{1000 + i * 3}.jpg", noise(i))
        split = ["train", "val", "test"][i % 5 % 3]
        rows.append({"filename": f"{1000 + i * 3}.jpg", "split": split, "raw": [f"a {i}", f"b {i}"], "imgid": i})
        truth[split].append({"filename": image, "raw": [f"a {i}", f"b {i}"], "imgid": i})
    put(folder / "dataset_flickr30k.json", json.dumps({"images": rows, "dataset": "flickr30k"}))
    return truth


def zipped(folder):
    truth = []
    rows = []
    with zipfile.ZipFile(folder / "images.zip", "w") as z:
        for i in range(9):
            image = noise(i)
            z.writestr(f"images/deep/{i:03}.jpg", image)
            rows.append((f"deep/{i:03}.jpg", f"t{i}"))
            truth.append({"path": image, "text": f"t{i}"})
    pd.DataFrame(rows, columns=["path", "text"]).to_parquet(folder / "meta.parquet")
    return {"train": truth}


def absolute(folder):
    rows, truth = [], []
    for i in range(8):
        image = put(folder / "data" / "set" / f"s{i % 2}" / f"{i}.jpg", noise(i))
        rows.append((f"/mnt/cluster/ann/project/data/set/s{i % 2}/{i}.jpg", i * 0.5))
        truth.append({"img_path": image, "mos": i * 0.5})
    pd.DataFrame(rows, columns=["img_path", "mos"]).to_pickle(folder / "labels.pkl")
    return {"train": truth}


def upper_case(folder):
    rows, truth = [], []
    for i in range(8):
        image = put(folder / "IMG" / f"DSC_{i:04}.JPG", noise(i))
        rows.append((f"DSC_{i:04}.JPG", "é" * i))
        truth.append({"photo": image, "note": "é" * i if i else None})
    pd.DataFrame(rows, columns=["photo", "note"]).to_csv(folder / "list.csv", index=False)
    return {"train": truth}


def hf_parquet(folder):
    """Hugging Face's own: a struct of bytes and path."""
    truth = {}
    (folder / "data").mkdir()
    for split, count in (("train", 6), ("validation", 3)):
        rows = []
        truth[split] = []
        for i in range(count):
            image = noise(count * 9 + i)
            rows.append({"image": {"bytes": image, "path": f"{i}.jpg"}, "label": i % 2})
            truth[split].append({"image": image, "label": i % 2})
        pd.DataFrame(rows).to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
    return truth


def winoground(folder):
    lines, truth = [], []
    for i in range(8):
        pair = [put(folder / "data" / "images" / f"ex_{i}_img_{k}.png", noise(2 * i + k, "PNG")) for k in (0, 1)]
        lines.append(json.dumps({"id": i, "image_0": f"ex_{i}_img_0", "image_1": f"ex_{i}_img_1", "caption_0": f"a {i}", "caption_1": f"b {i}"}))
        truth.append({"caption_0": f"a {i}", "pair": pair})
    put(folder / "data" / "examples.jsonl", "\n".join(lines) + "\n")
    return {"train": truth}


def keyed(folder):
    """JSON {id: {...}}, one object a key, the key being the file's stem."""
    table, truth = {}, []
    for i in range(11):
        key = hash_of("k", i)
        image = put(folder / "renders" / f"{key}.png", noise(i, "PNG"))
        table[key] = {"caption": f"c{i}", "votes": [i, 1]}
        truth.append({"caption": f"c{i}", "votes": [i, 1], "image": image})
    put(folder / "captions.json", json.dumps(table))
    return {"train": truth}


def celeba(folder):
    """Three tables by one key, the split a number in one of them."""
    rows, parts, truth = [], [], []
    for i in range(12):
        name = f"{i + 1:06}.jpg"
        image = put(folder / "img_align_celeba" / "img_align_celeba" / name, noise(i))
        rows.append((name, -1 if i % 2 else 1, 1))
        parts.append((name, [0, 1, 2][i // 4]))
        truth.append({"image_id": image, "Smiling": -1 if i % 2 else 1, "partition": [0, 1, 2][i // 4]})
    pd.DataFrame(rows, columns=["image_id", "Smiling", "Young"]).to_csv(folder / "list_attr_celeba.csv", index=False)
    pd.DataFrame(parts, columns=["image_id", "partition"]).to_csv(folder / "list_eval_partition.csv", index=False)
    return {"train": truth}


def lists_of_paths(folder):
    """JSON Lines with lists of images and messages, as for vision-language training."""
    lines, truth = [], []
    for i in range(9):
        names = [f"images/{i}_{k}.jpg" for k in range(1 + i % 3)]
        images = [put(folder / n, noise(10 * i + k)) for k, n in enumerate(names)]
        lines.append(json.dumps({"messages": [{"role": "user", "content": "<image>" * len(names) + f"q {i}"}, {"role": "assistant", "content": "a"}], "images": names}))
        truth.append({"images": images})
    put(folder / "train.jsonl", "\n".join(lines) + "\n")
    return {"train": truth}


KNOWN = {
    f.__name__: f
    for f in (
        pick_high, no_images, imagefolder, imagenet, laion, coco_computed, rakuten, nested_json, tsv, several_pickles, members, karpathy,
        zipped, absolute, upper_case, hf_parquet, winoground, keyed, celeba, lists_of_paths,
    )
}  # fmt: skip
