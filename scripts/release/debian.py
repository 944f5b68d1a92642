"""A Debian package, and an index so that apt can take it from a folder (deb [trusted=yes] file:/FOLDER ./)."""

import gzip
import hashlib

import archive
from archive import Member

# The places where Debian's bash, zsh, fish and man look.
COMPLETIONS = {
    "bash": "usr/share/bash-completion/completions/pickshard",
    "zsh": "usr/share/zsh/vendor-completions/_pickshard",
    "fish": "usr/share/fish/vendor_completions.d/pickshard.fish",
}


def control(release, target, size):
    return (
        "Package: pickshard\n"
        f"Version: {release.version}\n"
        f"Architecture: {target.debian}\n"
        "Maintainer: pickshard developers <pickshard@users.noreply.github.com>\n"
        f"Installed-Size: {(size + 1023) // 1024}\n"
        "Section: science\n"
        "Priority: optional\n"
        "Homepage: https://github.com/pickshard/pickshard\n"
        "Description: image-preference datasets from pickles to shards\n"
        " Turns pickled image-preference datasets (a pickled pandas table for each\n"
        " split, plus folders of images) into Hugging Face Parquet, Hugging Face Arrow\n"
        " and WebDataset tar shards, in one pass over the images. Nothing in a pickle\n"
        " is run. The program is static and needs no other package.\n"
    )


def package(release, target, program, texts):
    """The .deb: an ar file of three members."""
    files = [Member("usr/bin/pickshard", program.read_bytes(), 0o755)]
    files += [Member(COMPLETIONS[shell], data) for shell, data in texts.completions.items() if shell in COMPLETIONS]
    files += [Member(f"usr/share/man/man1/{name}.gz", archive.compress(data)) for name, data in texts.manuals.items()]
    files += [Member("usr/share/doc/pickshard/copyright", copyright_file(texts.licence, texts.notices))]
    files.sort(key=lambda m: m.name)
    sums = "".join(f"{hashlib.md5(m.data, usedforsecurity=False).hexdigest()}  {m.name}\n" for m in files)
    size = sum(len(m.data) for m in files)
    data = archive.tar([Member("./" + m.name, m.data, m.mode) for m in files], release.time)
    about = archive.tar(
        [Member("./control", control(release, target, size).encode()), Member("./md5sums", sums.encode())], release.time
    )
    return ar([
        ("debian-binary", b"2.0\n"),
        ("control.tar.gz", archive.compress(about)),
        ("data.tar.gz", archive.compress(data)),
    ], release.time)  # fmt: skip


def copyright_file(licence, notices):
    head = (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: pickshard\n"
        "Source: https://github.com/pickshard/pickshard\n\n"
        "Files: *\nCopyright: the pickshard developers\nLicense: Apache-2.0\n"
        " On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n\n"
        "Files: usr/bin/pickshard\nCopyright: see Comment\nLicense: Apache-2.0\nComment:\n"
    )
    lines = [" ." if not line.strip() else " " + line.replace("\t", "        ") for line in notices.splitlines()]
    return (head + "\n".join(lines) + "\n").encode()


def ar(members, when):
    out = [b"!<arch>\n"]
    for name, data in members:
        out.append(f"{name:<16}{when:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode())
        out.append(data + b"\n" * (len(data) % 2))
    return b"".join(out)


def index(packages):
    """apt's Packages: the control file of each .deb (name, content, control) with its size and digest."""
    parts = []
    for name, data, about in packages:
        parts.append(f"{about}Filename: ./{name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n")
    return "\n".join(parts).encode()


def read_control(package_bytes):
    """The control file of a package that `package` made."""
    at = 8
    while package_bytes[at : at + 14] != b"control.tar.gz":
        size = int(package_bytes[at + 48 : at + 58])
        at += 60 + size + size % 2
    size = int(package_bytes[at + 48 : at + 58])
    data = gzip.decompress(package_bytes[at + 60 : at + 60 + size])
    start = data.index(b"Package: ")
    return data[start : data.index(b"\0", start)].decode()
