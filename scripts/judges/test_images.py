"""The config's `formats` and `decode`, against Pillow as the library datasets decodes with it: images in many settings go
through as they are and decode from every format; damage that decoding would show is found."""

import csv
import io
import json
import random
import struct
import zlib

import conftest
import damaged_images
import datasets
import numpy as np
import pytest
from PIL import Image

CONFIG = """
version: 1
name: images
splits: {{train: {{records: all.csv}}}}
fields:
  name: {{type: string}}
  image: {{type: image, file: "{{name}}"}}
{more}
output: {{formats: [parquet, arrow, webdataset]}}
"""
ALL = "formats: [jpeg, png, gif, webp, avif, bmp, tiff]"


@pytest.fixture(scope="module")
def images():
    """A photo-like picture and one with long runs of zeros, in all settings."""
    kinds = dict(damaged_images.pictures(1))
    made = {}
    for kind in ("photo", "half"):
        image = Image.fromarray(np.clip(kinds[kind], 0, 255).astype("uint8"))
        for name, variant, options in damaged_images.settings(image, kind):
            out = io.BytesIO()
            variant.save(out, {"jpg": "JPEG"}.get(name[-3:], name.split(".")[-1].upper()), **options)
            made[f"{kind}-{name}"] = out.getvalue()
    return made


def lay_out(folder, images, more):
    folder.mkdir()
    for name, data in images.items():
        (folder / name).write_bytes(data)
    with open(folder / "all.csv", "w", newline="") as out:
        csv.writer(out).writerows([["name"], *([name] for name in images)])
    config = folder.parent / "config.yaml"
    config.write_text(CONFIG.format(more=more))
    return config


@pytest.mark.parametrize("decode", ["structure", "walk", "all", "1/3"])
def test_good_images(binary, tmp_path, images, decode):
    config = lay_out(tmp_path / "in", images, f"{ALL}\ndecode: {decode}")
    conftest.run(binary, "convert", config, tmp_path / "in", tmp_path / "out")
    loaded = {
        "parquet": datasets.load_dataset(str(tmp_path / "out/parquet"), split="train"),
        "arrow": datasets.load_from_disk(str(tmp_path / "out/arrow"))["train"],
        "webdataset": datasets.load_dataset(str(tmp_path / "out/webdataset"), split="train"),
    }
    for name, rows in loaded.items():
        got = {}
        for row in rows:
            record = row.get("json") or row
            columns = [c for c in row if c.split(".")[0] == "image" and row[c] is not None]
            got[record["name"]] = row[columns[0]]
        assert sorted(got) == sorted(images), name
        for file, image in got.items():
            want = damaged_images.decode(images[file])[0]
            assert (np.asarray(image.convert("RGBA"), dtype=np.int16) == want).all(), f"{name}: {file}"


def test_formats_are_opted_in(binary, tmp_path, images):
    few = {name: images[name] for name in ("photo-one.avif", "photo-one.bmp", "photo-lzw.tiff", "photo-rgb.png")}
    config = lay_out(tmp_path / "in", few, "formats: [jpeg, png]\n")
    config.write_text(config.read_text().replace("output: {", "output: {on_error: quarantine, "))
    conftest.run(binary, "convert", config, tmp_path / "in", tmp_path / "out", code=3)
    lines = [json.loads(line) for line in (tmp_path / "out/quarantine/train.jsonl").read_text().splitlines()]
    found = {line["record"]["name"]: line["violations"][0] for line in lines}
    assert sorted(found) == ["photo-lzw.tiff", "photo-one.avif", "photo-one.bmp"]
    for name, what in {"photo-one.avif": "an AVIF image", "photo-one.bmp": "a BMP image", "photo-lzw.tiff": "a TIFF image"}.items():
        assert found[name]["rule"] == "image.format" and found[name]["detail"].startswith(what), found[name]


def test_damage_is_found(binary, tmp_path, images):
    """Of each kind of damage but flipped bits, the walk finds nearly every copy that shows."""
    rng, harmful, folder = random.Random(3), {}, tmp_path / "in"
    folder.mkdir()
    good = {name: data for name, data in images.items() if damaged_images.suffix(name) in ("jpg", "png", "gif", "webp")}
    for kind, damage in damaged_images.KINDS.items():
        for name, data in good.items():
            other = good[rng.choice([n for n in good if damaged_images.suffix(n) == damaged_images.suffix(name)])]
            copy = damage(data, other, rng)
            if copy and copy != data and "flipped" not in kind and damaged_images.harmed(damaged_images.decode(data), copy):
                at = f"{len(harmful)}.{damaged_images.suffix(name)}"
                (folder / at).write_bytes(copy)
                harmful[at] = kind, name
    found = damaged_images.refused(binary, folder, list(harmful), "walk")
    missed = [harmful[at] for at in harmful if at not in found]
    assert len(harmful) > 500 and len(missed) <= len(harmful) // 100, missed


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def odd_files():
    """Files whose outside is in order, and of which Pillow refuses some: by the kind of a JPEG's frame, what a PNG's texts
    inflate to, its checksum, and what stands behind a WebP's image."""
    image, made = Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)), {}

    def encoded(kind, of=image, **options):
        out = io.BytesIO()
        of.save(out, kind, **options)
        return out.getvalue()

    jpeg, png = encoded("JPEG"), encoded("PNG")
    frame = jpeg.index(b"\xff\xc0")
    for kind in (0xC0, 0xC1, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCB, 0xCD, 0xCE, 0xCF):
        for bits in (8, 12, 16):
            made[f"{kind:x}-{bits}.jpg"] = jpeg[: frame + 1] + bytes([kind]) + jpeg[frame + 2 : frame + 4] + bytes([bits]) + jpeg[frame + 5 :]
    for size in (1000, 1 << 20, (1 << 20) + 1):
        packed = zlib.compress(b"a" * size)
        for kind, head in ((b"zTXt", b"k\0\0"), (b"iTXt", b"k\0\1\0\0\0"), (b"iCCP", b"k\0\0")):
            made[f"{kind.decode()}-{size}.png"] = png[:33] + chunk(kind, head + packed) + png[33:]
    for n in (60, 66):
        made[f"{n}-texts.png"] = png[:-12] + b"".join(chunk(b"zTXt", b"k%d\0\0" % k + zlib.compress(b"a" * (1 << 20))) for k in range(n)) + png[-12:]
    for side in (16, 300):
        at, data = 8, b""
        whole = encoded("PNG", image.resize((side, side)))
        while at < len(whole):
            size = int.from_bytes(whole[at : at + 4], "big")
            data += whole[at + 8 : at + 8 + size] if whole[at + 4 : at + 8] == b"IDAT" else b""
            at += 12 + size
        for name, changed in (("adler", data[:-4] + b"\1\2\3\4"), ("no-adler", data[:-4]), ("more", data + b"abc"), ("raw", bytes(len(data))), ("half", data[: len(data) // 2])):
            made[f"{name}-{side}.png"] = whole[:33] + chunk(b"IDAT", changed) + whole[-12:]
    moving = [image.convert("RGB"), image.rotate(90)]
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"
    for name, whole in (("vp8", encoded("WEBP")), ("vp8l", encoded("WEBP", lossless=True)), ("exif", encoded("WEBP", image.convert("RGBA"), exif=exif)),
                        ("anim", encoded("WEBP", moving[0], save_all=True, append_images=moving[1:]))):  # fmt: skip
        for behind in ([fill * k for fill in (b"\0", b"A") for k in range(20)] + [b"JUNK\4\0\0\0abcd" + fill * k for fill in (b"\0", b"\xff") for k in range(20)]):
            data = whole + behind
            made[f"{name}-{len(made)}.webp"] = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    return made


def opens(data):
    try:
        return bool(damaged_images.decode(data))
    except Exception:
        return False


def test_what_decoders_refuse(binary, tmp_path):
    """With decode: all, what is refused is what Pillow refuses, file by file."""
    made = odd_files()
    lay_out(tmp_path / "in", made, "")
    found = damaged_images.refused(binary, tmp_path / "in", list(made), "all")
    want = {name for name, data in made.items() if not opens(data)}
    assert len(want) > 100 and len(made) - len(want) > 100
    assert (sorted(want - set(found)), sorted(set(found) - want)) == ([], [])
