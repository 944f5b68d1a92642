"""Seven more public layouts in miniature that `pickshard init` had not met when they were made, by pandas and json.

Each function lays a data set out in a folder and returns the truth, as those of wild.py do: Places365's lists without a
header whose splits lie in folders of their own, Unsplash Lite's addresses that end with the key, Stanford Online
Products' table between blanks, MIMIC-CXR's folders from the beginnings of numbers, MovieLens posters by the key of
another table, ArtEmis' several texts for each painting, and shards of WebDataset, which are not a table.
"""

import io
import json
import tarfile

import pandas as pd
from layouts import noise, put


def places365(folder):
    lists, truth = {}, {"train": [], "validation": []}
    for i in range(24):
        name = f"/a/{['airfield', 'airplane_cabin', 'alcove'][i % 3]}/{i:08d}.jpg"
        truth["train"].append({"image": put(folder / f"data_large{name}", noise(i))})
        lists.setdefault("places365_train_standard.txt", []).append(f"{name} {i % 3}\n")
    for i in range(8):
        name = f"Places365_val_{i:08d}.jpg"
        truth["validation"].append({"image": put(folder / "val_large" / name, noise(i + 500))})
        lists.setdefault("places365_val.txt", []).append(f"{name} {i % 3}\n")
    for name, lines in lists.items():
        (folder / name).write_text("".join(lines))
    return truth


def unsplash(folder):
    rows, truth = [], []
    for i in range(24):
        key = f"{'abcdefghXYZ'[i % 11]}-{i * 7919 + 65536:x}_Qz{i:02d}"
        rows.append({"photo_id": key, "photo_url": f"https://unsplash.com/photos/{key}", "photo_description": f"a hill {i}" if i % 3 else None, "stats_views": i * 100})
        truth.append(rows[-1] | {"pair": [put(folder / "images" / f"{key}.jpg", noise(i))]})
    pd.DataFrame(rows).to_csv(folder / "photos.tsv000", sep="\t", index=False)
    return {"train": truth}


def products(folder):
    truth = {}
    for split, count in (("train", 24), ("test", 10)):
        lines, truth[split] = ["image_id class_id super_class_id path"], []
        for i in range(1, count + 1):
            name = f"bicycle_final/{110000000000 + i * 997 + count}_{i % 5}.JPG"
            truth[split].append({"image_id": i, "class_id": i // 2, "super_class_id": 1, "path": put(folder / name, noise(i + 100 * count))})
            lines.append(f"{i} {i // 2} 1 {name}")
        (folder / f"Ebay_{split}.txt").write_text("\n".join(lines) + "\n")
    return truth


def mimic(folder):
    rows, truth = [], []
    for i in range(24):
        subject, study = 10000032 + i * 991234 % 9999999, 50414267 + i
        row = {"dicom_id": f"{i:08x}-{i * 7:08x}-34ab-56cd-{i * 13:012x}", "subject_id": subject, "study_id": study, "ViewPosition": "PA" if i % 2 else "AP"}
        image = put(folder / "files" / f"p{str(subject)[:2]}" / f"p{subject}" / f"s{study}" / f"{row['dicom_id']}.jpg", noise(i))
        rows.append(row)
        truth.append(row | {"pair": [image]})
    pd.DataFrame(rows).to_csv(folder / "mimic-cxr-2.0.0-metadata.csv", index=False)
    return {"train": truth}


def movielens(folder):
    movies, links, truth = [], [], []
    for i in range(1, 25):
        movies.append({"movieId": i, "title": f"Film, The {i} (1995)", "genres": "Comedy|Drama"})
        links.append({"movieId": i, "imdbId": f"{100000 + i * 37:07d}", "tmdbId": i * 11})
        truth.append({"title": movies[-1]["title"], "pair": [put(folder / "posters" / f"{links[-1]['imdbId']}.jpg", noise(i))]})
    pd.DataFrame(movies).to_csv(folder / "movies.csv", index=False)
    pd.DataFrame(links).to_csv(folder / "links.csv", index=False)
    return {"train": truth}


def artemis(folder):
    rows, truth = [], []
    for i in range(24):
        style, painting = ["Baroque", "Pop_Art", "Cubism"][i % 3], f"rembrandt_night-watch-{i}(1)"
        image = put(folder / "wikiart" / style / f"{painting}.jpg", noise(i))
        for emotion in ("awe", "sadness"):
            rows.append({"art_style": style, "painting": painting, "emotion": emotion, "utterance": f"it makes me feel {emotion} {i}", "repetition": 2})
            truth.append({"emotion": emotion, "utterance": rows[-1]["utterance"], "pair": [image]})
    (folder / "official_data").mkdir()
    pd.DataFrame(rows).to_csv(folder / "official_data" / "artemis_dataset_release_v0.csv", index=False)
    return {"train": truth}


def shards(folder):
    for n in range(2):
        with tarfile.open(folder / f"{n:05d}.tar", "w") as tar:
            for i in range(5):
                for extension, data in (("jpg", noise(n * 10 + i)), ("json", json.dumps({"caption": "x"}).encode())):
                    member = tarfile.TarInfo(f"{n}{i:04d}.{extension}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))
    return None


FURTHER = {f.__name__: f for f in (places365, unsplash, products, mimic, movielens, artemis, shards)}
