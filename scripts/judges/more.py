"""A second set of public layouts in miniature that `pickshard init` was not made for; as unseen.py."""

import gzip
import json
import pickle
import zipfile

import pandas as pd
from layouts import noise, put
from wild import hash_of


def imagereward_zips(folder):
    """ImageRewardDB as it lies on the hub: a zip for each part, paths that go on as if unpacked."""
    truth = {}
    for split in ("train", "validation"):
        rows, truth[split] = [], []
        (folder / "images" / split).mkdir(parents=True)
        with zipfile.ZipFile(folder / "images" / split / f"{split}_1.zip", "w") as z:
            for i in range(6):
                name = f"{hash_of(split, i)}.webp"
                image = noise(len(split) * 10 + i, "WEBP")
                z.writestr(name, image)
                rows.append((f"images/{split}/{split}_1/{name}", f"{i:06}-0001", f"p{i}", i + 1, 3.5))
                truth[split].append({"image_path": image, "prompt": f"p{i}", "rank": i + 1})
        pd.DataFrame(rows, columns=["image_path", "prompt_id", "prompt", "rank", "overall_rating"]).to_parquet(folder / f"metadata-{split}.parquet")
    return truth


def pickapic_v2(folder):
    rows, truth = [], []
    (folder / "data").mkdir()
    for i in range(8):
        a, b = noise(2 * i), noise(2 * i + 1)
        rows.append({
            "are_different": True, "best_image_uid": f"u{i}", "caption": f"c{i}", "created_at": pd.Timestamp(2023, 1, 1 + i), "has_label": i % 2 == 0,
            "image_0_uid": f"u{i}", "image_0_url": f"https://example.org/{i}.png", "jpg_0": a, "jpg_1": b if i else b, "label_0": [1.0, 0.0, 0.5][i % 3],
            "model_0": "SDXL", "ranking_id": i, "user_id": 17,
        })  # fmt: skip
        truth.append({"caption": f"c{i}", "jpg_0": a, "jpg_1": b, "label_0": [1.0, 0.0, 0.5][i % 3], "image_0_url": f"https://example.org/{i}.png"})
    pd.DataFrame(rows).to_parquet(folder / "data" / "validation_unique-00000-of-00001-33ead111845fc9c4.parquet")
    pd.DataFrame(rows).to_parquet(folder / "data" / "validation-00000-of-00001-94aaf2309f8a4f92.parquet")
    return {"validation": truth, "validation_unique": truth}


def mjhq(folder):
    """{id: {category, prompt}}: the folder is the category."""
    table, truth = {}, []
    for i in range(12):
        key, kind = hash_of("mj", i) * 2, ["animals", "art", "fashion"][i % 3]
        image = put(folder / "mjhq30k_imgs" / kind / f"{key}.jpg", noise(i))
        table[key] = {"category": kind, "prompt": f"p {i} --v 5"}
        truth.append({"prompt": f"p {i} --v 5", "category": kind, "image": image})
    put(folder / "meta_data.json", json.dumps(table))
    return {"train": truth}


def koniq(folder):
    rows, truth = [], {"training": [], "validation": [], "test": []}
    for i in range(15):
        split = ["training", "validation", "test"][i % 5 % 3]
        name = f"{826373 + 11 * i}.jpg"
        image = put(folder / "1024x768" / name, noise(i))
        rows.append((name, 0, 0, 25, 73, 7, 105, 3.828, 0.5, split))
        truth[split].append({"image_name": image, "MOS": 3.828})
    pd.DataFrame(rows, columns=["image_name", "c1", "c2", "c3", "c4", "c5", "c_total", "MOS", "SD", "set"]).to_csv(folder / "koniq10k_distributions_sets.csv", index=False)
    return truth


def textvqa(folder):
    truth = {}
    for split, name in (("train", "train"), ("validation", "val")):
        rows, truth[split] = [], []
        for i in range(8):
            key = hash_of(split, i)
            image = put(folder / "train_images" / f"{key}.jpg", noise(len(split) * 10 + i))
            rows.append({"image_id": key, "question": f"q{i}", "question_id": i, "image_classes": ["a", "b"], "answers": ["x"] * 3, "set_name": name})
            truth[split].append({"image_id": key, "question": f"q{i}", "image": image, "answers": ["x"] * 3})
        put(folder / f"TextVQA_0.5.1_{name}.json", json.dumps({"dataset_type": name, "dataset_version": "0.5.1", "data": rows}))
    return truth


def gqa(folder):
    table, truth = {}, []
    images = {f"{2354786 + 97 * k}": noise(k) for k in range(4)}
    for name, data in images.items():
        put(folder / "images" / f"{name}.jpg", data)
    for i in range(11):
        name = list(images)[i % 4]
        table[f"{2930152 + i * 3:08}"] = {"imageId": name, "question": f"q{i}", "isBalanced": True, "types": {"structural": "verify"}, "entailed": []}
        truth.append({"question": f"q{i}", "image": images[name]})
    put(folder / "val_balanced_questions.json", json.dumps(table))
    return {"validation": truth}


def visual_genome(folder):
    rows, truth = [], []
    for i in range(14):
        sub = ["VG_100K", "VG_100K_2"][i % 2]
        image = put(folder / sub / f"{i * 5 + 1}.jpg", noise(i))
        rows.append({"width": 24, "url": f"https://cs.example.edu/people/rak248/{sub}/{i * 5 + 1}.jpg", "height": 16, "image_id": i * 5 + 1, "coco_id": None})
        truth.append({"width": 24, "pair": [image]})
    put(folder / "image_data.json", json.dumps(rows))
    return {"train": truth}


def cars(folder):
    truth = {}
    for split, count in (("train", 9), ("test", 6)):
        rows, truth[split] = [], []
        for i in range(count):
            name = f"{i + 1:05}.jpg"
            image = put(folder / f"cars_{split}" / f"cars_{split}" / name, noise(count * 100 + i))
            rows.append((39, 116, 569, 375, i % 3, name))
            truth[split].append({"fname": image, "class": i % 3})
        pd.DataFrame(rows, columns=["bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname"]).to_csv(folder / f"cars_{split}_annos.csv", index=False)
    return truth


def eurosat(folder):
    truth = []
    for label in ("AnnualCrop", "Forest", "River"):
        for i in range(1, 6):
            image = put(folder / "EuroSAT" / label / f"{label}_{i}.jpg", noise(len(label) * 10 + i))
            truth.append({"image": image, "label": label})
    put(folder / "EuroSAT" / "label_map.json", json.dumps({"AnnualCrop": 0, "Forest": 1, "River": 2}))
    return {"train": truth}


def chexpert(folder):
    """Paths that begin with the name of the folder that was published."""
    truth = {}
    for split, name, count in (("train", "train", 9), ("validation", "valid", 4)):
        rows, truth[split] = [], []
        for i in range(count):
            rel = f"{name}/patient{i:05}/study1/view{1 + i % 2}_frontal.jpg"
            image = put(folder / rel, noise(count * 50 + i))
            rows.append((f"CheXpert-v1.0-small/{rel}", "Female", 68, 1.0 if i % 2 else None))
            truth[split].append({"Path": image, "Age": 68, "Edema": 1.0 if i % 2 else None})
        pd.DataFrame(rows, columns=["Path", "Sex", "Age", "Edema"]).to_csv(folder / f"{name}.csv", index=False)
    return truth


def ffhq(folder):
    table, truth = {}, []
    for i in range(10):
        image = put(folder / "images1024x1024" / "00000" / f"{i:05}.png", noise(i, "PNG"))
        table[str(i)] = {"category": "training", "metadata": {"license": "x"}, "image": {"file_path": f"images1024x1024/00000/{i:05}.png", "pixel_size": [24, 16]}}
        truth.append({"pair": [image]})
    put(folder / "ffhq-dataset-v2.json", json.dumps(table))
    return {"train": truth}


def danbooru(folder):
    """The folder is the number modulo a thousand, extensions differ."""
    lines, truth = [], []
    for i in range(16):
        n = 4_000_000 + i * 12_347
        form = ["JPEG", "PNG"][i % 2]
        image = put(folder / "original" / f"{n % 1000:04}" / f"{n}.{form.lower().replace('jpeg', 'jpg')}", noise(i, form))
        lines.append(json.dumps({"id": n, "rating": "s", "tag_string": f"a b {i}", "file_ext": form.lower().replace("jpeg", "jpg")}))
        truth.append({"id": n, "tag_string": f"a b {i}", "image": image})
    put(folder / "posts.json", "\n".join(lines) + "\n")
    return {"train": truth}


def wikiart(folder):
    rows, truth = [], []
    for i in range(10):
        rel = f"{['Impressionism', 'Art_Nouveau_(Modern)'][i % 2]}/claude-monet_l'étang, {i}.jpg"
        image = put(folder / rel, noise(i))
        rows.append((rel, f"['{i}']", f"phash{i}", 24, 1, "train"))
        truth.append({"filename": image, "phash": f"phash{i}"})
    pd.DataFrame(rows, columns=["filename", "genre", "phash", "width", "genre_count", "subset"]).to_csv(folder / "classes.csv", index=False)
    return {"train": truth}


def berkeley(folder):
    rows, truth = [], []
    for i in range(10):
        key = hash_of("abo", i)[:8]
        image = put(folder / "images" / "small" / key[:2] / f"{key}.jpg", noise(i))
        rows.append((f"{i}1abcDEF", 16, 24, f"{key[:2]}/{key}.jpg"))
        truth.append({"path": image, "height": 16})
    data = pd.DataFrame(rows, columns=["image_id", "height", "width", "path"]).to_csv(index=False)
    put(folder / "images" / "metadata" / "images.csv.gz", gzip.compress(data.encode()))
    return {"train": truth}


def two_char_folders(folder):
    """A key whose first characters are the folder."""
    rows, truth = [], []
    for i in range(14):
        key = hash_of("bms", i)
        image = put(folder / "train" / key[:2] / f"{key}.png", noise(i, "PNG"))
        rows.append((key, f"InChI=1S/C{i}H"))
        truth.append({"image_id": key, "InChI": f"InChI=1S/C{i}H", "image": image})
    pd.DataFrame(rows, columns=["image_id", "InChI"]).to_csv(folder / "train_labels.csv", index=False)
    return {"train": truth}


def magicbrush(folder):
    rows, truth = [], []
    (folder / "data").mkdir()
    for i in range(6):
        images = {k: noise(i * 3 + n, "PNG") for n, k in enumerate(("source_img", "mask_img", "target_img"))}
        rows.append({"img_id": f"{i}", "turn_index": 1, **{k: {"bytes": v, "path": f"{i}-{k}.png"} for k, v in images.items()}, "instruction": f"do {i}"})
        truth.append({**images, "instruction": f"do {i}"})
    pd.DataFrame(rows).to_parquet(folder / "data" / "dev-00000-of-00001.parquet")
    return {"validation": truth}


def refcoco(folder):
    refs, truth = [], {"train": [], "val": [], "testA": []}
    for i in range(14):
        n = 581857 + 31 * i
        split = ["train", "val", "testA"][i % 5 % 3]
        image = put(folder / "train2014" / f"COCO_train2014_{n:012}.jpg", noise(n))
        refs.append({"ref_id": i, "image_id": n, "split": split, "category_id": 1, "file_name": f"COCO_train2014_{n:012}_{i}.jpg", "sentences": [{"raw": f"s{i}", "sent_id": i}]})
        truth[split].append({"ref_id": i, "image_id": n, "image": image})
    put(folder / "refcoco" / "refs(unc).p", pickle.dumps(refs, 2))
    return truth


def feather(folder):
    rows, truth = [], []
    for i in range(8):
        image = put(folder / "photos" / f"p{i:02}.jpeg", noise(i))
        rows.append((f"photos/p{i:02}.jpeg", ["x", "y"][i % 2]))
        truth.append({"photo": image, "group": ["x", "y"][i % 2]})
    pd.DataFrame(rows, columns=["photo", "group"]).astype({"group": "category"}).to_feather(folder / "table.feather")
    return {"train": truth}


def afhq(folder):
    truth = {"train": [], "validation": []}
    for split, name in (("train", "train"), ("validation", "val")):
        for label in ("cat", "dog", "wild"):
            for i in range(4):
                image = put(folder / "afhq" / name / label / f"flickr_{label}_{i:06}.png", noise(len(name) * 100 + len(label) * 10 + i, "PNG"))
                truth[split].append({"image": image, "label": label})
    return truth


def pix2pix_folders(folder):
    """A folder a record with a prompt and an image before and after."""
    truth = []
    for i in range(9):
        images = [put(folder / f"{i:07}" / f"{k}.jpg", noise(i * 2 + n)) for n, k in enumerate(("before", "after"))]
        put(folder / f"{i:07}" / "prompt.json", json.dumps({"edit": f"make it {i}"}))
        truth.append({"pair": images, "prompt": f'{{"edit":"make it {i}"}}'})
    return {"train": truth}


MORE = {
    f.__name__: f
    for f in (
        imagereward_zips, pickapic_v2, mjhq, koniq, textvqa, gqa, visual_genome, cars, eurosat, chexpert, ffhq, danbooru, wikiart, berkeley,
        two_char_folders, magicbrush, refcoco, feather, afhq, pix2pix_folders,
    )
}  # fmt: skip
