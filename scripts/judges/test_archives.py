"""Images in archives, against zipfile, tarfile and the programs that make such archives (Info-ZIP, GNU tar, 7-Zip where
they are installed): each image of each archive, byte for byte, and what must be refused."""

import bz2
import gzip
import io
import os
import random
import re
import shutil
import struct
import subprocess
import tarfile
import zipfile
import zlib

import conftest
import pandas as pd
import pyarrow.parquet
import pytest
from PIL import Image

CONFIG = """
version: 1
name: archives
splits: {{train: {{records: all.pkl}}}}
fields:
  name: {{type: string}}
  image: {{type: image, file: "{file}"}}
output: {{formats: [parquet]}}
"""


def picture(seed, size=24):
    """An image of its own; a third of them can be deflated well."""
    rng = random.Random(seed)
    noise = bytes(rng.randrange(256) if seed % 3 or i % 7 == 0 else 9 for i in range(size * size * 3))
    out = io.BytesIO()
    Image.frombytes("RGB", (size, size), noise).save(out, "PNG", compress_level=seed % 3 * 3)
    return out.getvalue()


NAMES = ["a.png", "img/b.png", "img/deep/er/c d.png", "bär.png", "名前/x.png", "img/" + "long-" * 40 + "name.png", "dot.d/.hidden.png"]


def contents(seed=0, names=NAMES):
    return {name: picture(seed + i, 24 + i) for i, name in enumerate(names)}


def tree(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def convert(binary, folder, names, file="{name}", code=0, *flags):
    """The images of a conversion of records of these names, by name; the error where it has one."""
    pd.DataFrame({"name": names}).to_pickle(folder / "all.pkl")
    config = folder.parent / f"{folder.name}.yaml"
    config.write_text(CONFIG.format(file=file))
    out = folder.parent / f"{folder.name}-out"
    shutil.rmtree(out, ignore_errors=True)
    done = conftest.run(binary, "convert", config, folder, out, "--quiet", "--no-sync", *flags, code=code)
    if code:
        return done.stderr.decode()
    table = pyarrow.parquet.read_table(out / "parquet/data")
    return {row["name"]: row["image"]["bytes"] for row in table.to_pylist()}


class Unseekable(io.RawIOBase):
    """A pipe, as far as zipfile knows: it then writes data descriptors."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()
        super().close()


def python_zips(folder):
    for name, method in {"stored": 0, "deflated": 8, "bzip2": 12, "lzma": 14}.items():
        with zipfile.ZipFile(folder / f"{name}.zip", "w", method) as z:
            z.comment = b"a comment"
            for member, data in contents(1).items():
                z.writestr(member, data)
    with zipfile.ZipFile(Unseekable(folder / "descriptors.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        for member, data in contents(2).items():
            z.writestr(member, data)
    with zipfile.ZipFile(folder / "zip64.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for member, data in contents(3).items():
            with z.open(member, "w", force_zip64=True) as f:
                f.write(data)
    with zipfile.ZipFile(Unseekable(folder / "zip64-descriptors.zip"), "w") as z:
        for member, data in contents(4).items():
            with z.open(member, "w", force_zip64=True) as f:
                f.write(data)
    (folder / "prefix.zip").write_bytes(b"#!/bin/sh\nexit 1\n" * 1000)
    with zipfile.ZipFile(folder / "prefix.zip", "a") as z:
        for member, data in contents(5).items():
            z.writestr(member, data)
        z.mkdir("a folder")
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as z:
        for member, data in contents(6).items():
            z.writestr(member, data)
    (folder / "glued.zip").write_bytes(b"\0" * 777 + plain.getvalue())  # places in it are not counted from the start
    with zipfile.ZipFile(folder / "twice.zip", "w") as z, pytest.warns(UserWarning, match="Duplicate"):
        z.writestr("a.png", picture(1))
        z.writestr("b.png", picture(2))
        z.writestr("a.png", picture(3))
    with zipfile.ZipFile(folder / "many.zip", "w") as z:  # more than 65,535: zip64's end
        for i in range(70_000):
            z.writestr(f"{i:06}.png", b"")
        z.writestr("real.png", picture(9))
    legacy = zipfile.ZipFile(folder / "cp437.zip", "w")
    info = zipfile.ZipInfo("plain.png")
    legacy.writestr(info, picture(7))
    legacy.close()
    data = (folder / "cp437.zip").read_bytes().replace(b"plain.png", "bärxx.png".encode("cp437"))
    (folder / "cp437.zip").write_bytes(data)


def tool_zips(folder, work):
    tree(work, contents(20))
    os.symlink("a.png", work / "link.png")
    if shutil.which("zip"):
        for name, flags in {"info-stored": ["-0"], "info-best": ["-9"], "info-zip64": ["-fz"], "info-bzip2": ["-Z", "bzip2"]}.items():
            subprocess.run(["zip", "-q", "-r", *flags, folder / f"{name}.zip", "."], cwd=work, check=True)
        with open(folder / "info-stream.zip", "wb") as out:
            subprocess.run("zip -q -r - . | cat", shell=True, cwd=work, check=True, stdout=out)
    for seven in ("7z", "7zz", "7za"):
        if shutil.which(seven):
            subprocess.run([seven, "a", "-tzip", folder / "seven.zip", "."], cwd=work, check=True, stdout=subprocess.DEVNULL)
            break
    for name, flags in {
        "gnu.tar": ["--format=gnu"], "pax.tar": ["--format=pax"], "v7.tar": ["--format=v7", "--exclude=long-*"],
        "best.tar.gz": ["-z"], "ustar.tgz": ["--format=ustar", "--exclude=long-*", "-z"],
    }.items():  # fmt: skip
        subprocess.run(["tar", "-c", "-f", folder / name, *flags, "."], cwd=work, check=True)


def python_tars(folder):
    for name, form in {"py-ustar": tarfile.USTAR_FORMAT, "py-gnu": tarfile.GNU_FORMAT, "py-pax": tarfile.PAX_FORMAT}.items():
        with tarfile.open(folder / f"{name}.tar", "w", format=form) as t:
            for member, data in contents(30).items():
                if form == tarfile.USTAR_FORMAT and len(member) > 100:
                    continue
                info = tarfile.TarInfo(member)
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
    with tarfile.open(folder / "links.tar", "w") as t:
        info = tarfile.TarInfo("img/a.png")
        info.size = len(picture(1))
        t.addfile(info, io.BytesIO(picture(1)))
        for member, kind, target in [
            ("hard.png", tarfile.LNKTYPE, "img/a.png"), ("img/soft.png", tarfile.SYMTYPE, "a.png"),
            ("up/soft.png", tarfile.SYMTYPE, "../img/soft.png"),
        ]:  # fmt: skip
            info = tarfile.TarInfo(member)
            info.type, info.linkname = kind, target
            t.addfile(info)
    plain = (folder / "py-pax.tar").read_bytes()
    (folder / "parts.tar.gz").write_bytes(b"".join(gzip.compress(plain[i : i + 5000], 9) for i in range(0, len(plain), 5000)))
    stream = zlib.compressobj(6, zlib.DEFLATED, 31)
    flushed = b"".join(stream.compress(plain[i : i + 3000]) + stream.flush(zlib.Z_FULL_FLUSH) for i in range(0, len(plain), 3000))
    (folder / "flushed.tgz").write_bytes(flushed + stream.flush())
    with tarfile.open(folder / "large.tar.gz", "w:gz", compresslevel=1) as t:  # several points to begin at
        for i in range(40):
            data = picture(i, 300)
            info = tarfile.TarInfo(f"{i:03}.png")
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))


def truth(path):
    """The images of an archive as Python's own readers give them."""
    found = {}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as z:
            for name in z.namelist():
                if name.endswith(".png") and z.getinfo(name).file_size and z.getinfo(name).external_attr >> 28 != 10:
                    found[name] = z.read(name)
        return found
    with tarfile.open(path) as t:
        for info in t:
            if info.name.endswith(".png"):
                found[info.name.removeprefix("./")] = t.extractfile(t.getmember(info.name)).read()
    return found


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archives") / "in"
    folder.mkdir()
    python_zips(folder)
    python_tars(folder)
    tool_zips(folder, tmp_path_factory.mktemp("tree"))
    return folder


def test_every_member(binary, archives):
    want = {f"{path.name}!/{name}": data for path in archives.glob("*") if path.suffix != ".pkl" for name, data in truth(path).items()}
    assert len(want) > 150 and len({name.partition("!/")[0] for name in want}) > 20
    names = sorted(want)
    random.Random(4).shuffle(names)
    got = convert(binary, archives, names)
    assert got.keys() == want.keys()
    assert [name for name in names if got[name] != want[name]] == []


def test_names_as_people_write_them(binary, archives):
    """UTF-8 for a name that the archive has in code page 437, and a name in UTF-8 that does not say so."""
    work = archives.parent / "utf8"
    work.mkdir()
    with zipfile.ZipFile(work / "silent.zip", "w") as z:
        z.writestr("bxxr.png", picture(8))
    data = (work / "silent.zip").read_bytes().replace(b"bxxr", "bär".encode())
    (work / "silent.zip").write_bytes(data)
    shutil.copy(archives / "cp437.zip", work)
    mangled = zipfile.ZipFile(work / "silent.zip").namelist()[0]
    got = convert(binary, work, ["silent.zip!/bär.png", f"silent.zip!/{mangled}", "cp437.zip!/bärxx.png", "cp437.zip!/./bärxx.png"])
    assert list(got.values()) == [picture(8), picture(8), picture(7), picture(7)]


def test_same_as_a_folder(binary, archives, tmp_path):
    files = contents(50, [f"{i % 5}/{i:03}.png" for i in range(60)])
    (tmp_path / "folder").mkdir()
    tree(tmp_path / "folder", {f"img/{name}": data for name, data in files.items()})
    want = convert(binary, tmp_path / "folder", sorted(files), "img/{name}")
    for name, make in {
        "zip": lambda f: subprocess.run(["zip", "-q", "-r", f, "."], cwd=tmp_path / "folder/img", check=True),
        "tar": lambda f: subprocess.run(["tar", "-cf", f, "."], cwd=tmp_path / "folder/img", check=True),
        "tgz": lambda f: subprocess.run(["tar", "-czf", f, "."], cwd=tmp_path / "folder/img", check=True),
    }.items():
        folder = tmp_path / name
        folder.mkdir()
        make(folder / "images.bin")
        assert convert(binary, folder, sorted(files), "images.bin!/{name}") == want
        for a, b in zip(sorted((tmp_path / "folder-out/parquet").rglob("*.parquet")), sorted((tmp_path / f"{name}-out/parquet").rglob("*.parquet")), strict=True):
            assert a.read_bytes() == b.read_bytes()


def stored(name="a.png", data=None, **changes):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(name, picture(1) if data is None else data)
        z.writestr("z.png", picture(2))
    return bytearray(out.getvalue())


def spoil(kind):
    data = stored()
    directory = data.index(b"PK\x01\x02")
    if kind == "encrypted":
        data[6] |= 1
        data[directory + 8] |= 1
    elif kind == "deflate64":
        data[8:10] = data[directory + 10 : directory + 12] = struct.pack("<H", 9)
    elif kind == "name":
        data[30:35] = b"b.png"
    elif kind == "sum":
        data[60] ^= 1
    elif kind == "cut":
        del data[-40:]
    elif kind == "start":
        del data[:100]
    elif kind == "spanned":
        end = data.index(b"PK\x05\x06")
        data[end + 4 : end + 8] = struct.pack("<HH", 3, 3)
    elif kind == "size":
        data[directory + 24 : directory + 28] = struct.pack("<I", 9)
    elif kind == "overlap":
        second = data.index(b"PK\x01\x02", directory + 4)
        data[second + 42 : second + 46] = struct.pack("<I", 0)
    elif kind == "tar-cut":
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as t:
            info = tarfile.TarInfo("a.png")
            info.size = len(picture(1))
            t.addfile(info, io.BytesIO(picture(1)))
        return out.getvalue()[:700]
    elif kind == "gz-sum":
        out = bytearray(gzip.compress(bytes(spoil("tar-cut")) + b"\0" * 2000))
        out[-6] ^= 1
        return bytes(out)
    elif kind == "bz2":
        return bz2.compress(b"x")
    return bytes(data)


@pytest.mark.parametrize(
    "kind, message",
    {
        "encrypted": "it is encrypted",
        "deflate64": "compressed by Deflate64",
        "name": "its header at byte 0 says that it is named b.png",
        "sum": "their CRC-32 is",
        "cut": "no directory at its end",
        "start": "overlaps|beyond|said to begin|should begin",
        "spanned": "it is part 4 of a spanned archive",
        "size": "said to hold more than its bytes can stand for",
        "overlap": "overlaps",
        "tar-cut": "the archive is cut there",
        "gz-sum": "damaged",
        "bz2": "compressed by bzip2",
    }.items(),
)
def test_refused(binary, tmp_path, kind, message):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "bad.bin").write_bytes(spoil(kind))
    error = convert(binary, folder, ["bad.bin!/a.png"], "{name}", 1)
    assert re.search(message, error), error
    assert "bad.bin" in error and "panic" not in error
