"""Public layouts in miniature that `pickshard init` was not made for, to count how many it finds by itself.

As in wild.py; None is a data set that no config can say, for which init must not print one that is wrong.
"""

import csv
import json
import zipfile

import numpy as np
import pandas as pd
from layouts import noise, put
from wild import hash_of


def url_and_local(folder):
    rows, truth = [], []
    for i in range(12):
        image = put(folder / "downloads" / f"{hash_of(i)}.jpg", noise(i))
        rows.append({"url": f"https://images.example.org/p/{i}.jpg?auto=1", "local": f"{hash_of(i)}.jpg", "caption": f"c {i}", "nsfw": i % 2 == 0})
        truth.append({"local": image, "url": rows[-1]["url"], "caption": f"c {i}", "nsfw": i % 2 == 0})
    pd.DataFrame(rows).to_csv(folder / "data.csv", index=False)
    return {"train": truth}


def folder_a_record(folder):
    truth = []
    for i in range(8):
        image = put(folder / "items" / f"{i:04}" / "photo.jpg", noise(i))
        put(folder / "items" / f"{i:04}" / "meta.json", json.dumps({"title": f"t{i}", "price": i * 1.5}))
        truth.append({"image": image, "item": f"{i:04}", "meta": json.dumps({"title": f"t{i}", "price": i * 1.5}, separators=(",", ":"))})
    return {"train": truth}


def fashion(folder):
    rows, truth = [], []
    for i in range(30):
        n = 15970 + i * 37
        image = put(folder / "images" / f"{n}.jpg", noise(i))
        put(folder / "styles" / f"{n}.json", json.dumps({"data": {"id": n}}))
        rows.append((n, ["Men", "Women"][i % 2], 2011 + i % 3, f"Name, {i}"))
        truth.append({"id": n, "gender": ["Men", "Women"][i % 2], "image": image, "productDisplayName": f"Name, {i}"})
    pd.DataFrame(rows, columns=["id", "gender", "year", "productDisplayName"]).to_csv(folder / "styles.csv", index=False)
    return {"train": truth}


def ava(folder):
    lines, truth = [], []
    for i in range(12):
        image = put(folder / "images" / f"{953000 + i}.jpg", noise(i))
        lines.append(f"{i + 1} {953000 + i} 0 1 5 17 38 36 15 6 5 1 1 22 1396")
        truth.append({"column_0": i + 1, "column_1": 953000 + i, "image": image, "column_14": 1396})
    put(folder / "AVA.txt", "\n".join(lines) + "\n")
    return {"train": truth}


def div2k(folder):
    truth = {"train": [], "validation": []}
    for i in range(1, 13):
        split, name = ("train", "train") if i < 9 else ("validation", "valid")
        high = put(folder / f"DIV2K_{name}_HR" / f"{i:04}.png", noise(i, "PNG"))
        low = put(folder / f"DIV2K_{name}_LR_bicubic" / "X2" / f"{i:04}x2.png", noise(i, "PNG", (12, 8)))
        truth[split].append({"image": high, "pair": [high, low]})
    return truth


def class_folders(folder):
    truth = {"train": [], "test": []}
    for split in ("train", "test"):
        for k, label in enumerate(("cat", "dog")):
            for i in range(4):
                image = put(folder / split / label / f"{label}.{i}.jpg", noise(len(split) * 100 + k * 10 + i))
                truth[split].append({"image": image, "label": label})
    return truth


def npz(folder):
    np.savez(folder / "train.npz", x=np.zeros((4, 8, 8, 3), np.uint8), y=np.arange(4))
    return None


def ham10000(folder):
    rows, truth = [], []
    for i in range(14):
        name = f"ISIC_{24306 + i:07}"
        image = put(folder / f"HAM10000_images_part_{1 + i % 2 * 1}" / f"{name}.jpg", noise(i))
        rows.append((f"HAM_{i // 2:07}", name, "bkl", "histo", 80.0 if i else None, "male"))
        truth.append({"image_id": name, "dx": "bkl", "image": image, "age": 80.0 if i else None})
    pd.DataFrame(rows, columns=["lesion_id", "image_id", "dx", "dx_type", "age", "sex"]).to_csv(folder / "HAM10000_metadata.csv", index=False)
    return {"train": truth}


def chest(folder):
    rows, truth = [], []
    for i in range(12):
        name = f"{i // 3:08}_{i % 3:03}.png"
        image = put(folder / f"images_{1 + i // 4:03}" / "images" / name, noise(i, "PNG"))
        rows.append((name, "Cardiomegaly|Emphysema", i, 58))
        truth.append({"Image_Index": image, "Finding_Labels": "Cardiomegaly|Emphysema", "Patient_Age": 58})
    pd.DataFrame(rows, columns=["Image Index", "Finding Labels", "Follow-up #", "Patient Age"]).to_csv(folder / "Data_Entry_2017.csv", index=False)
    put(folder / "train_val_list.txt", "\n".join(r[0] for r in rows[:8]))
    put(folder / "README_CHESTXRAY.pdf", b"%PDF-1.4")
    return {"train": truth}


def llava(folder):
    rows, truth = [], []
    for i in range(10):
        n = f"{30000 + i * 77:012}"
        image = put(folder / "data" / "coco" / "train2017" / f"{n}.jpg", noise(i))
        rows.append({"id": n, "image": f"coco/train2017/{n}.jpg", "conversations": [{"from": "human", "value": "<image>\nq"}, {"from": "gpt", "value": f"a{i}"}]})
        truth.append({"id": n, "image": image, "conversations": rows[-1]["conversations"]})
    put(folder / "llava_instruct.json", json.dumps(rows, indent=2))
    return {"train": truth}


def kadid(folder):
    refs = [put(folder / "images" / f"I{i:02}.png", noise(i, "PNG")) for i in range(3)]
    rows, truth = [], []
    for i in range(12):
        name = f"I{i % 3:02}_{1 + i // 3:02}_01.png"
        image = put(folder / "images" / name, noise(100 + i, "PNG"))
        rows.append((name, f"I{i % 3:02}.png", 4.57 - i / 10, 0.496))
        truth.append({"dist_img": image, "ref_img": refs[i % 3], "dmos": 4.57 - i / 10})
    pd.DataFrame(rows, columns=["dist_img", "ref_img", "dmos", "var"]).to_csv(folder / "dmos.csv", index=False)
    return {"train": truth}


def dog_breeds(folder):
    rows, truth, test = [], [], []
    for i in range(12):
        key = hash_of("dog", i) * 2
        image = put(folder / "train" / f"{key}.jpg", noise(i))
        rows.append((key, ["boston_bull", "dingo"][i % 2]))
        truth.append({"id": key, "breed": ["boston_bull", "dingo"][i % 2], "image": image})
    for i in range(6):
        key = hash_of("test", i) * 2
        put(folder / "test" / f"{key}.jpg", noise(50 + i))
        test.append((key, 0.5, 0.5))
    pd.DataFrame(rows, columns=["id", "breed"]).to_csv(folder / "labels.csv", index=False)
    pd.DataFrame(test, columns=["id", "boston_bull", "dingo"]).to_csv(folder / "sample_submission.csv", index=False)
    return {"train": truth}


def vqa(folder):
    questions, answers, truth = [], [], []
    for i in range(12):
        n = 262_148 + (i // 3) * 1009
        image = put(folder / "val2014" / f"COCO_val2014_{n:012}.jpg", noise(n))
        questions.append({"image_id": n, "question": f"q{i}?", "question_id": n * 1000 + i % 3})
        answers.append({"image_id": n, "question_id": n * 1000 + i % 3, "multiple_choice_answer": "yes", "answers": [{"answer": "yes", "answer_id": 1}]})
        truth.append({"question": f"q{i}?", "multiple_choice_answer": "yes", "image": image})
    put(folder / "v2_OpenEnded_mscoco_val2014_questions.json", json.dumps({"info": {"v": 2}, "questions": questions}))
    put(folder / "v2_mscoco_val2014_annotations.json", json.dumps({"info": {"v": 2}, "annotations": answers}))
    return {"validation": truth}


def headerless(folder):
    truth = []
    with open(folder / "list.csv", "w", newline="") as f:
        w = csv.writer(f)
        for i in range(10):
            image = put(folder / "img" / f"im_{i}.png", noise(i, "PNG"))
            w.writerow([f"im_{i}.png", f"label {i}", i])
            truth.append({"image": image, "column_1": f"label {i}", "column_2": i})
    return {"train": truth}


def models_side_by_side(folder):
    """A folder of pictures a model, the id of the prompt being their name."""
    rows, truth = [], []
    for i in range(9):
        images = [put(folder / m / f"{i:05}.jpg", noise(i * 3 + k)) for k, m in enumerate(("SDXL", "DALLE_3", "Midjourney_6"))]
        rows.append({"id": f"{i:05}", "prompt": f"p{i}", "ratings": {"SDXL": [3, 2], "DALLE_3": [5, 5]}})
        truth.append({"prompt": f"p{i}", "pair": images})
    put(folder / "genai_image.json", json.dumps(rows))
    return {"train": truth}


def semicolons(folder):
    truth = []
    with open(folder / "annotations.csv", "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f, delimiter=";")
        w.writerow(["Bild", "Note", "Kommentar"])
        for i in range(8):
            image = put(folder / "bilder" / "roh" / f"{i} ä.png", noise(i, "PNG"))
            w.writerow([f"./bilder/roh/{i} ä.png", i, f"k, {i}"])
            truth.append({"Bild": image, "Note": i, "Kommentar": f"k, {i}"})
    return {"train": truth}


def list_of_structs(folder):
    rows = [{"images": [{"bytes": noise(i * 3 + k), "path": None} for k in range(2)], "text": f"t{i}"} for i in range(6)]
    (folder / "data").mkdir()
    pd.DataFrame(rows).to_parquet(folder / "data" / "test-00000-of-00001.parquet")
    return {"test": [{"images": [m["bytes"] for m in r["images"]], "text": r["text"]} for r in rows]}


def imagereward(folder):
    rows, truth = [], []
    for i in range(9):
        names = [f"images/{i:06}-0099/{k}.png" for k in range(4)]
        images = [put(folder / "test_images" / n.removeprefix("images/"), noise(i * 10 + k, "PNG")) for k, n in enumerate(names)]
        rows.append({"id": f"{i:06}-0099", "prompt": f"p{i}", "generations": names, "ranking": [1, 2, 3, 4]})
        truth.append({"prompt": f"p{i}", "generations": images, "ranking": [1, 2, 3, 4]})
    put(folder / "test.json", json.dumps(rows))
    return {"test": truth}


def tad66k(folder):
    truth = {}
    for split, count in (("train", 10), ("test", 5)):
        rows, truth[split] = [], []
        for i in range(count):
            name = f"{hash_of(split, i)}tdd.jpg"
            image = put(folder / "TAD66K" / name, noise(count * 20 + i))
            rows.append((name, i / 3))
            truth[split].append({"image": image, "score": i / 3})
        (folder / "labels" / "merge").mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows, columns=["image", "score"]).to_csv(folder / "labels" / "merge" / f"{split}.csv", index=False)
    return truth


def agiqa(folder):
    rows, truth = [], []
    for i in range(10):
        name = f"sd1.5_lowstep_{i:03}.jpg"
        image = put(folder / name, noise(i))
        rows.append((name, f"statue of a man, {i}", 0.93, i / 7))
        truth.append({"name": image, "prompt": f"statue of a man, {i}", "mos_quality": i / 7})
    pd.DataFrame(rows, columns=["name", "prompt", "adj1", "mos_quality"]).to_csv(folder / "data.csv", index=False)
    return {"train": truth}


def zip_of_all(folder):
    """A table and its images in one zip, as Kaggle gives them."""
    truth = []
    with zipfile.ZipFile(folder / "archive.zip", "w", zipfile.ZIP_DEFLATED) as z:
        text = "file,label\n"
        for i in range(7):
            image = noise(i)
            z.writestr(f"ds/photos/{i}.jpg", image)
            text += f"photos/{i}.jpg,{i}\n"
            truth.append({"file": image, "label": i})
        z.writestr("ds/train.csv", text)
    return {"train": truth}


def two_sided(folder):
    """input/ and target/ with the same names, as for restoration, listed in a table."""
    rows, truth = [], []
    for i in range(9):
        images = {s: put(folder / s / f"pair{i:03}.png", noise(i * 2 + (s == "target"), "PNG")) for s in ("input", "target")}
        rows.append({"name": f"pair{i:03}.png", "psnr": 30.5 + i})
        truth.append({"psnr": 30.5 + i, "input": images["input"], "target": images["target"]})
    pd.DataFrame(rows).to_csv(folder / "pairs.csv", index=False)
    return {"train": truth}


def differing_columns(folder):
    """HPDv2 whole: the column of the images is called otherwise in each split."""
    truth = {}
    for split, column in (("train", "file_path"), ("test", "image_path")):
        rows, truth[split] = [], []
        for i in range(10):
            names = [f"{i:04}_{k}.jpg" for k in range(2 if split == "train" else 4)]
            images = [put(folder / split / n, noise(len(split) * 1000 + i * 10 + k)) for k, n in enumerate(names)]
            more = {"human_preference": [1, 0], "user_hash": "x"} if split == "train" else {"rank": [1, 2, 3, 4], "raw_annotations": [[1, 2, 3, 4]]}
            rows.append({"prompt": f"p{i}", column: names, **more})
            truth[split].append({"prompt": f"p{i}", "pair": [images], "human_preference": more.get("human_preference"), "rank": more.get("rank")})
        put(folder / f"{split}.json", json.dumps(rows))
    return truth


def unlabelled_test(folder):
    """A test split without labels, as of a competition."""
    truth = {}
    for split, count in (("train", 12), ("test", 6)):
        rows, truth[split] = [], []
        for i in range(count):
            key = hash_of(split, i)
            image = put(folder / split / f"{key}.jpg", noise(count * 10 + i))
            rows.append({"image_id": key, **({"label": i % 3, "author": f"a{i}"} if split == "train" else {})})
            truth[split].append({"image_id": key, "image": image, "label": rows[-1].get("label"), "author": rows[-1].get("author")})
        pd.DataFrame(rows).to_csv(folder / f"{split}.csv", index=False)
    pd.DataFrame([{"image_id": r["image_id"], "label": 0} for r in truth["test"]]).to_csv(folder / "sample_submission.csv", index=False)
    return truth


def tfrecord(folder):
    for split in ("train", "dev", "test"):
        put(folder / f"{split}.tfrecord", b"\x10\0\0\0\0\0\0\0" + bytes(40))
    return None


UNSEEN = {
    f.__name__: f
    for f in (
        url_and_local, folder_a_record, fashion, ava, div2k, class_folders, npz, ham10000, chest, llava, kadid, dog_breeds, vqa, headerless,
        models_side_by_side, semicolons, list_of_structs, imagereward, tad66k, agiqa, zip_of_all, two_sided, differing_columns, unlabelled_test, tfrecord,
    )
}  # fmt: skip
