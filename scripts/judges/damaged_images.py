"""How many damaged images get through, by kind of damage and format, and how many good ones do not. The judge is Pillow,
as the library datasets decodes with it.

    go build -o bin/pickshard ./cmd/pickshard
    "$(python3 scripts/judges/environment.py)" scripts/judges/damaged_images.py [--copies N] [FOLDER ...]

Images are made by Pillow in many settings, from drawn pictures and from the images of ../shared/corpus where that is
there; FOLDERs of more images can be named. Each image that Pillow decodes is checked as it is (refused: a false alarm),
then copies of it are damaged. A copy counts where Pillow refuses it or shows something else: pixels differ by more than
VISIBLE in at least VISIBLE_PIXELS places of a frame. It is missed where pickshard lets it through all the same. The
program is run on all at once for each of the config's `decode: structure`, `walk` and `all`.
"""

import argparse
import collections
import csv
import io
import json
import pathlib
import random
import subprocess
import tempfile
import warnings

import datasets
import numpy as np
from PIL import Image, ImageSequence

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
DEPTHS = ("structure", "walk", "all")
VISIBLE, VISIBLE_PIXELS = 24, 16
MOST_FRAMES = 8  # of an animation, that are looked at
DECODER = datasets.Image()

CONFIG = """
version: 1
name: damaged
splits: {{train: {{records: all.csv}}}}
fields:
  name: {{type: string}}
  image: {{type: image, file: "{{name}}"}}
formats: [jpeg, png, gif, webp, avif, bmp, tiff]
decode: {depth}
output: {{formats: [webdataset], on_error: quarantine}}
"""


def pictures(seed):
    """Pictures of some kinds: a photo-like one, a drawing with edges, a flat one, noise, and half noise, half flat, whose
    files hold long runs of zeros."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:300, 0:400]
    waves = 128 + 60 * np.sin(x / (9 + seed)) + 50 * np.cos(y / 11 + seed) + rng.normal(0, 9, x.shape)
    yield "photo", np.stack([waves, 250 - waves, waves * 0.8], 2)
    drawing = np.full((300, 400, 3), 245.0)
    for _ in range(25):
        top, left, high, wide = rng.integers(0, 260), rng.integers(0, 340), rng.integers(5, 90), rng.integers(5, 120)
        drawing[top : top + high, left : left + wide] = rng.integers(0, 256, 3)
    yield "drawing", drawing
    flat = np.full((300, 400, 3), 90.0)
    flat[100:180, 50:300] = (x[100:180, 50:300] / 2)[..., None]
    yield "flat", flat
    yield "noise", rng.normal(128, 50, (150, 200, 3))
    half = np.full((800, 500, 3), 128.0)
    half[:100] = rng.normal(128, 50, (100, 500, 3))
    yield "half", half


def corpus():
    for path in sorted((REPO.parent / "shared/corpus/images").glob("*")):
        image = Image.open(path).convert("RGB")
        yield path.stem, np.asarray(image.resize((480, 480)), dtype=float)


def settings(image, picture):
    """Name, format and options of each way in which an image is written."""
    for quality in (30, 75, 95):
        for subsampling in (0, 1, 2):
            for kind in ("", "progressive", "optimize"):
                if kind == "" or quality != 30:
                    yield f"q{quality}-s{subsampling}-{kind}.jpg", image, dict(quality=quality, subsampling=subsampling) | ({kind: True} if kind else {})
    yield "restart.jpg", image, dict(quality=80, restart_marker_blocks=5)
    yield "restart-rows.jpg", image, dict(quality=80, restart_marker_rows=1)
    yield "progressive-restart.jpg", image, dict(quality=80, progressive=True, restart_marker_rows=2)
    yield "grey.jpg", image.convert("L"), dict(quality=80)
    yield "grey-progressive.jpg", image.convert("L"), dict(quality=80, progressive=True)
    yield "cmyk.jpg", image.convert("CMYK"), dict(quality=80)
    yield "exif.jpg", image, dict(quality=80, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0", icc_profile=b"p" * 70_000)
    frames = [image, image.rotate(90), image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    alpha = image.copy()
    alpha.putalpha(image.convert("L"))
    yield "rgb.png", image, {}
    yield "alpha.png", alpha, dict(optimize=True)
    yield "palette.png", image.quantize(64), {}
    yield "two.png", image.convert("1"), {}
    yield "grey16.png", Image.fromarray((np.asarray(image.convert("L")).astype("uint16") * 257)), {}
    yield "animated.png", frames[0], dict(save_all=True, append_images=frames[1:], duration=50)
    yield "one.gif", image, {}
    yield "animated.gif", frames[0], dict(save_all=True, append_images=frames[1:], duration=50)
    yield "interlaced.gif", image.quantize(128), dict(interlace=1)
    for quality in (20, 80, 95):
        yield f"q{quality}.webp", image, dict(quality=quality)
    yield "alpha.webp", alpha, dict(quality=75)
    yield "lossless.webp", image, dict(lossless=True)
    yield "lossless-palette.webp", image.quantize(16).convert("RGB"), dict(lossless=True, method=6)
    yield "lossless-alpha.webp", alpha, dict(lossless=True)
    yield "animated.webp", frames[0], dict(save_all=True, append_images=frames[1:], duration=50, quality=70)
    if picture == "photo":
        yield "one.bmp", image, {}
        yield "lzw.tiff", image, dict(compression="tiff_lzw")
        yield "one.avif", image, dict(quality=60)


def made():
    seen = [(name, pixels) for seed in (1, 2) for name, pixels in pictures(seed)] + list(corpus())
    for number, (name, pixels) in enumerate(seen):
        image = Image.fromarray(np.clip(pixels, 0, 255).astype("uint8"))
        for setting, variant, options in settings(image, name):
            out = io.BytesIO()
            variant.save(out, {"jpg": "JPEG", "tiff": "TIFF"}.get(setting.split(".")[-1], setting.split(".")[-1].upper()), **options)
            yield f"{number}-{name}-{setting}", out.getvalue()


def decode(data):
    """What a consumer sees of an image: its frames, as far as they can be shown; an exception where the first cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = DECODER.decode_example({"bytes": data, "path": None})
        frames = []
        try:
            for frame in ImageSequence.Iterator(image):
                frames.append(np.asarray(frame.convert("RGBA"), dtype=np.int16))
                if len(frames) == MOST_FRAMES:
                    break
        except Exception:
            if not frames:
                raise
        return frames


def harmed(before, data):
    try:
        after = decode(data)
    except Exception:
        return True
    if [f.shape for f in before] != [f.shape for f in after]:
        return True
    return any((np.abs(a - b).max(2) > VISIBLE).sum() >= VISIBLE_PIXELS for a, b in zip(before, after))


def block(data, rng, size=4096):
    """A place of an aligned block, not the first; None where there is no room for it."""
    n = len(data) // size
    return rng.randrange(1, n) * size if n > 1 else None


def put(data, at, by, size=4096):
    return None if at is None else data[:at] + by[:size].ljust(size, b"\0") + data[at + size :]


def flip(data, rng, n):
    copy = bytearray(data)
    for _ in range(n):
        copy[rng.randrange(len(copy))] ^= 1 << rng.randrange(8)
    return bytes(copy)


def lost_sector(data, rng):
    at = block(data, rng, 512)
    return None if at is None else data[:at] + data[at + 512 :]


def own_twice(data, rng):
    at = block(data, rng)
    return None if at is None else put(data, at, data[at - 4096 : at])


def tail_of(data, other, rng):
    at = rng.randrange(len(data) // 4, len(data))
    return data[:at] + other[at:] if len(other) > at + 64 else None


KINDS = {
    "cut": lambda d, o, r: d[: r.randrange(1, len(d))],
    "last bytes cut": lambda d, o, r: d[: -r.randrange(1, 9)],
    "first bytes lost": lambda d, o, r: d[r.randrange(1, 600) :],
    "cut, then zeros": lambda d, o, r: d[: (at := r.randrange(len(d) // 8, len(d)))] + bytes(len(d) - at),
    "4 KiB of zeros": lambda d, o, r: put(d, block(d, r), bytes(4096)),
    "4 KiB of ff": lambda d, o, r: put(d, block(d, r), b"\xff" * 4096),
    "4 KiB of another file": lambda d, o, r: put(d, block(d, r), o[4096:8192]) if len(o) >= 8192 else None,
    "own 4 KiB twice": lambda d, o, r: own_twice(d, r),
    "tail of another file": lambda d, o, r: tail_of(d, o, r),
    "sector lost": lambda d, o, r: lost_sector(d, r),
    "1 bit flipped": lambda d, o, r: flip(d, r, 1),
    "20 bits flipped": lambda d, o, r: flip(d, r, 20),
    "LF to CRLF": lambda d, o, r: d.replace(b"\n", b"\r\n"),
    "HTML appended": lambda d, o, r: d[: r.randrange(len(d) // 2, len(d))] + b"<html><body>502 Bad Gateway</body></html>",
}


def refused(program, folder, names, depth):
    """Rules that the program names, by the file that breaks them."""
    with open(folder / "all.csv", "w", newline="") as out:
        csv.writer(out).writerows([["name"], *([n] for n in names)])
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(depth=depth))
    found = {}
    with tempfile.TemporaryDirectory(prefix="pickshard-damaged-") as output:
        command = [program, "convert", config, folder, f"{output}/out", "--quiet", "--no-sync"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            raise SystemExit(f"pickshard: exit {done.returncode}: {done.stderr}")
        quarantine = pathlib.Path(output, "out/quarantine/train.jsonl")
        for line in quarantine.read_text().splitlines() if quarantine.exists() else []:
            broken = json.loads(line)
            found[names[broken["row"]]] = "; ".join(f"{v['rule']}: {v['detail']}" for v in broken["violations"])
    return found


def suffix(name):
    return {"jpeg": "jpg", "tif": "tiff"}.get(ext := name.rsplit(".", 1)[-1].lower(), ext)


def table(title, counts, formats):
    print(f"\n{title}\n{'':<24}" + "".join(f"{f:>24}" for f in formats))
    for kind, row in counts.items():
        cells = []
        for f in formats:
            n, missed = row.get(f, (0, dict.fromkeys(DEPTHS, 0)))
            cells.append(f"{n:>6}: " + "/".join(str(missed[d]) for d in DEPTHS) if n else "")
        print(f"{kind:<24}" + "".join(f"{c:>24}" for c in cells))


def lay_out(folder, images, copies, seed):
    """Write the images and their damaged copies to a folder; what they are is in images.json."""
    rng, frames, good, opaque, harmless = random.Random(seed), {}, {}, [], 0
    for name, data in images:
        try:
            frames[name] = decode(data)
            good[name] = data
        except Exception:
            opaque.append(name)
        (folder / name).write_bytes(data)
    by_format = collections.defaultdict(list)
    for name in good:
        by_format[suffix(name)].append(name)
    harmful = {}
    for kind, damage in KINDS.items():
        for name, data in good.items():
            for _ in range(copies):
                copy = damage(data, good[rng.choice(by_format[suffix(name)])], rng)
                if copy is None or copy == data:
                    continue
                if not harmed(frames[name], copy):
                    harmless += 1
                    continue
                at = f"{len(harmful)}.{suffix(name)}"
                (folder / at).write_bytes(copy)
                harmful[at] = kind, name
    made = {"good": list(good), "opaque": opaque, "harmful": harmful, "harmless": harmless}
    (folder / "images.json").write_text(json.dumps(made))


def judge(program, folder, keep):
    made = json.loads((folder / "images.json").read_text())
    print(f"{len(made['good'])} images that Pillow decodes, {len(made['opaque'])} that it does not")
    for depth in DEPTHS:
        alarms = refused(program, folder, made["good"], depth)
        print(f"false alarms, decode: {depth}: {len(alarms)}")
        for name, why in alarms.items():
            print(f"  {name}: {why}")
        missed = set(made["opaque"]) - set(refused(program, folder, made["opaque"], depth)) if made["opaque"] else ()
        for name in sorted(missed):
            print(f"  missed: {name}")
    harmful = made["harmful"]
    if not harmful:
        return
    print(f"{len(harmful)} damaged copies that Pillow refuses or shows otherwise, {made['harmless']} that it does not")
    found = {depth: refused(program, folder, list(harmful), depth) for depth in DEPTHS}
    counts = {kind: {} for kind in [*KINDS, "all"]}
    for at, (kind, _) in harmful.items():
        for row in (kind, "all"):
            for column in (suffix(at), "all"):
                n, missed = counts[row].get(column, (0, dict.fromkeys(DEPTHS, 0)))
                counts[row][column] = n + 1, {d: missed[d] + (at not in found[d]) for d in DEPTHS}
    formats = sorted({suffix(at) for at in harmful})
    table(f"missed of damaged, by decode: {'/'.join(DEPTHS)}", counts, [*formats, "all"])
    if keep:  # those of the deepest walk
        keep.mkdir(parents=True, exist_ok=True)
        for at, (kind, name) in harmful.items():
            if at not in found["all"]:
                (keep / f"{kind.replace(' ', '_')}-{at.split('.')[0]}-{name}").write_bytes((folder / at).read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, help="more images, to any depth")
    parser.add_argument("--only", action="store_true", help="only the images of the folders")
    parser.add_argument("--copies", type=int, default=1, help="damaged copies of each image and kind; 0 for false alarms alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--laid-out", type=pathlib.Path, help="folder for images and copies; what is there is judged again")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the damaged copies that are never found")
    parser.add_argument("--pickshard", default=REPO / "bin/pickshard")
    args = parser.parse_args()
    images = [] if args.only or args.laid_out and (args.laid_out / "images.json").exists() else list(made())
    for folder in args.folders:
        for number, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file() and suffix(p.name) in
                                             ("jpg", "png", "gif", "webp", "avif", "bmp", "tiff"))):
            images.append((f"{folder.name}-{number}-{path.name}".replace(" ", "_"), path.read_bytes()))
    with tempfile.TemporaryDirectory(prefix="pickshard-damaged-") as scratch:
        folder = args.laid_out or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "images.json").exists():
            lay_out(folder, images, args.copies, args.seed)
        judge(args.pickshard, folder, args.keep)



if __name__ == "__main__":
    main()
