"""Five more public layouts in miniature that `pickshard init` had not met when they were made, by pandas and json.

Each function lays a data set out in a folder and returns the truth, as those of wild.py do: HPDv3's pairs of paths,
GenAI-Bench's folder for each model, MJHQ-30K's object of prompts by the names of pictures, AGIQA-3K's table of scores,
and pairs as multimodal preference sets have them, whose names lack the extension.
"""

import json

import pandas as pd
from layouts import noise, put
from wild import hash_of


def hpdv3(folder):
    truth = {}
    for split, count in (("train", 30), ("test", 10)):
        rows, truth[split] = [], []
        for i in range(count):
            paths = [f"images/{hash_of(split, i)}/{i}_{k}.jpg" for k in "xy"]
            images = [put(folder / p, noise(count * 1000 + 2 * i + k)) for k, p in enumerate(paths)]
            rows.append({"prompt": f"{split} cat {i}", "path1": paths[0], "path2": paths[1], "choice_dist": [i % 3, 3 - i % 3], "confidence": 0.5 + i / 100, "model1": "sdxl"})
            truth[split].append(rows[-1] | {"path1": images[0], "path2": images[1]})
        (folder / f"{split}.json").write_text(json.dumps(rows))
    return truth


def genai_bench(folder):
    models, table, truth = ["dalle3", "sdxl", "midjourney"], {}, []
    for i in range(30):
        key = f"{i:05d}"
        truth.append({"id": key, "prompt": f"two dogs {i}"} | {m: put(folder / "images" / m / f"{key}.png", noise(i * 3 + k, "PNG")) for k, m in enumerate(models)})
        table[key] = {"id": key, "prompt": f"two dogs {i}", "models": {m: [4, 5, 3] for m in models}}
    (folder / "genai_image.json").write_text(json.dumps(table))
    return {"train": truth}


def mjhq(folder):
    table, truth = {}, []
    for i in range(40):
        name, category = hash_of("mjhq", i), ["animals", "food", "people"][i % 3]
        table[name] = {"category": category, "prompt": f"a shot of {i}"}
        truth.append(table[name] | {"pair": [put(folder / "mjhq30k_imgs" / category / f"{name}.jpg", noise(i))]})
    (folder / "meta_data.json").write_text(json.dumps(table))
    return {"train": truth}


def agiqa(folder):
    rows, truth = [], []
    for i in range(40):
        name = f"{['AttnGAN', 'glide', 'sd1.5'][i % 3]}_{['lowcorr', 'normal'][i % 2]}_{i:03d}.jpg"
        rows.append({"name": name, "prompt": f"statue {i // 4}", "adj1": "sharp" if i % 2 else None, "mos_quality": i / 8, "mos_align": i / 10})
        truth.append(rows[-1] | {"name": put(folder / "AGIQA-3K" / name, noise(i))})
    pd.DataFrame(rows).to_csv(folder / "data.csv", index=False)
    return {"train": truth}


def stems(folder):
    truth = {}
    for split, name, count in (("train", "train", 30), ("validation", "valid", 8)):
        rows, truth[split] = [], []
        for i in range(count):
            uid = f"{name}-{i:04d}"
            images = [put(folder / name / "imgs" / f"{uid}_{side}.png", noise(count * 100 + 2 * i + k, "PNG")) for k, side in enumerate(("chosen", "rejected"))]
            rows.append({"uid": uid, "instruction": f"draw {i}", "chosen": f"{uid}_chosen", "rejected": f"{uid}_rejected", "score_chosen": 4.5, "score_rejected": i / 8})
            truth[split].append(rows[-1] | {"pair": images})
        pd.DataFrame(rows).to_json(folder / f"{name}_pairs.jsonl", orient="records", lines=True)
    return truth


AGAIN = {f.__name__: f for f in (hpdv3, genai_bench, mjhq, agiqa, stems)}
