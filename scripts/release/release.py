#!/usr/bin/env python3
"""Make all that a release consists of, the same bytes from the same commit.

    python3 scripts/release/release.py [--output dist] [--only linux_amd64,... | --binary FILE]

    pickshard_V_OS_ARCH.tar.gz, .zip      the program, man pages, completions, licences
    pickshard_V_OS_ARCH.cyclonedx.json    what is in it: a software bill of materials
    pickshard_V_ARCH.deb, Packages        for apt
    pickshard_V_oci.tar                   a container image for both Linux platforms
    pickshard-V-....whl                   Python wheels
    pickshard.rb                          a Homebrew formula
    SHA256SUMS                            of all of these

Needs Go and Python's standard library, no daemon and no network but Go's own for modules.
The bytes depend on the commit, on Go's version and on zlib's. Nothing is published.
"""

import argparse
import dataclasses
import functools
import hashlib
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wheel"))
import archive  # noqa: E402
import build  # noqa: E402
import debian  # noqa: E402
import formula  # noqa: E402
import image  # noqa: E402
import notices  # noqa: E402
import sbom  # noqa: E402
import wheel  # noqa: E402
from archive import Member  # noqa: E402

SHELLS = {"bash": "bash", "zsh": "zsh", "fish": "fish", "powershell": "ps1"}


@dataclasses.dataclass(frozen=True)
class Texts:
    """What goes with a program: it is the same for every platform but the notices."""

    licence: str
    readme: str
    notices: str
    completions: dict[str, bytes]  # by shell
    manuals: dict[str, bytes]  # by file name


@functools.cache
def spoken(program):
    """What a program that runs here says of itself: completions and manual pages."""
    completions = {}
    for shell in SHELLS:
        completions[shell] = subprocess.run([program, "completion", shell], check=True, capture_output=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "man", folder], check=True)
        manuals = {p.name: p.read_bytes() for p in sorted(pathlib.Path(folder).iterdir())}
    return completions, manuals


def texts(here, program):
    """here is the program for this machine, program the one that is packed."""
    completions, manuals = spoken(here)
    return Texts(
        (build.REPO / "LICENSE").read_text(encoding="utf-8"), (build.REPO / "README.md").read_text(encoding="utf-8"),
        notices.text(program), completions, manuals,
    )  # fmt: skip


def archived(release, target, program, t):
    """An archive's name and bytes: everything lies in one folder."""
    members = [
        Member("LICENSE", t.licence.encode()),
        Member("README.md", t.readme.encode()),
        Member("THIRD_PARTY_NOTICES.txt", t.notices.encode()),
    ]
    members += [Member(f"completions/pickshard.{SHELLS[shell]}", data) for shell, data in t.completions.items()]
    members += [Member(f"man/{name}", data) for name, data in t.manuals.items()]
    members += [Member(target.program, program.read_bytes(), 0o755)]
    name = f"pickshard_{release.version}_{target}"
    members = [dataclasses.replace(m, name=f"{name}/{m.name}") for m in members]
    if target.goos == "windows":
        return f"{name}.zip", archive.zipped(members, release.time)
    return f"{name}.tar.gz", archive.tar_gz(members, release.time)


def make(release, programs, here, folder):
    """Write the artefacts of programs, by target, into folder and yield their names; here is one that runs here."""

    def put(name, data):
        (folder / name).write_bytes(data)
        return name

    images, packages = {}, []
    for target, program in programs.items():
        t = texts(here, program)
        yield put(*archived(release, target, program, t))
        yield put(f"pickshard_{release.version}_{target}.cyclonedx.json", sbom.text(release, program).encode())
        yield wheel.write(release, target, program, folder).name
        if target.debian:
            data = debian.package(release, target, program, t)
            name = put(f"pickshard_{release.version}_{target.debian}.deb", data)
            packages.append((name, data, debian.read_control(data)))
            images[target] = image.root(program, t)
            yield name
    if images:
        yield put("Packages", debian.index(packages))
        yield put(f"pickshard_{release.version}_oci.tar", image.layout(release, images))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=build.REPO / "dist", help="folder for the artefacts (dist)")
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--only", help="these platforms, such as linux_amd64,darwin_arm64")
    some.add_argument("--binary", type=pathlib.Path, help="the program, built already for this machine; no other platform")
    given = parser.parse_args()
    known = {str(t): t for t in build.TARGETS}
    wanted = given.only.split(",") if given.only else list(known)
    if unknown := [name for name in wanted if name not in known]:
        parser.error(f"no platform {', '.join(unknown)}, there are {', '.join(known)}")
    release = build.Release.of(build.REPO)
    given.output.mkdir(parents=True, exist_ok=True)
    if given.binary:
        here, programs = given.binary, {wheel.host(): given.binary}
    else:
        here = build.build(release, None, given.output / "programs")
        programs = {known[n]: build.build(release, known[n], given.output / "programs") for n in wanted}
    names = []
    for name in make(release, programs, here, given.output):
        print(given.output / name, flush=True)
        names.append(name)
    digests = {name: hashlib.sha256((given.output / name).read_bytes()).hexdigest() for name in names}
    if len(programs) == len(known):
        rb = formula.text(release, digests)
        (given.output / "pickshard.rb").write_text(rb, encoding="utf-8")
        digests["pickshard.rb"] = hashlib.sha256(rb.encode()).hexdigest()
    sums = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
    (given.output / "SHA256SUMS").write_text(sums, encoding="utf-8")


if __name__ == "__main__":
    main()
