#!/usr/bin/env python3
"""Make Python wheels that hold the program, one a platform.

    python3 scripts/wheel/wheel.py [--output dist] [--host | --binary FILE]

With --host only the one for this machine is made, with --binary of a program that is
built already (for this machine). Needs Go and Python's standard library. The bytes
depend on the commit, on Go's version and on zlib's, and on nothing else.

The program goes where pip puts scripts, so that `pickshard` needs no Python to start;
the package beside it (scripts/wheel/pickshard) is the library and `python -m pickshard`.
"""

import argparse
import base64
import hashlib
import pathlib
import platform
import sys
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "release"))
import build  # noqa: E402
import notices  # noqa: E402
import sbom  # noqa: E402

SUMMARY = "Image-preference datasets from pickles to Parquet, Arrow and WebDataset, safely and fast"


def metadata(release):
    return "\n".join([
        "Metadata-Version: 2.4",
        "Name: pickshard",
        f"Version: {release.version}",
        f"Summary: {SUMMARY}",
        "Project-URL: Source, https://github.com/pickshard/pickshard",
        "License-Expression: Apache-2.0",
        "License-File: LICENSE",
        "License-File: THIRD_PARTY_NOTICES.txt",
        "Keywords: pickle,parquet,arrow,webdataset,datasets,huggingface,preference",
        "Classifier: Environment :: Console",
        "Classifier: Intended Audience :: Science/Research",
        "Classifier: Programming Language :: Python :: 3",
        "Classifier: Programming Language :: Go",
        "Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Classifier: Typing :: Typed",
        "Requires-Python: >=3.9",
        "Provides-Extra: arrow",
        'Requires-Dist: pyarrow>=14; extra == "arrow"',
        "Description-Content-Type: text/markdown",
        "",
        (HERE / "README.md").read_text(encoding="utf-8"),
    ])  # fmt: skip


def members(release, target, program):
    """The wheel's files but RECORD: name, content, mode."""
    name = f"pickshard-{release.version}"
    for path in sorted((HERE / "pickshard").iterdir()):
        if path.suffix == ".py" or path.name == "py.typed":
            yield f"pickshard/{path.name}", path.read_bytes(), 0o644
    yield "pickshard/_version.py", f'__version__ = "{release.version}"\n'.encode(), 0o644
    yield f"{name}.data/scripts/{target.program}", program.read_bytes(), 0o755
    info = f"{name}.dist-info"
    yield f"{info}/METADATA", metadata(release).encode(), 0o644
    tags = "".join(f"Tag: py3-none-{tag}\n" for tag in target.tags)
    wheel = f"Wheel-Version: 1.0\nGenerator: pickshard ({release.version})\nRoot-Is-Purelib: false\n{tags}"
    yield f"{info}/WHEEL", wheel.encode(), 0o644
    yield f"{info}/licenses/LICENSE", (build.REPO / "LICENSE").read_bytes(), 0o644
    yield f"{info}/licenses/THIRD_PARTY_NOTICES.txt", notices.text(program).encode(), 0o644
    yield f"{info}/sboms/pickshard.cyclonedx.json", sbom.text(release, program).encode(), 0o644


def write(release, target, program, folder):
    """Write the wheel and return its path."""
    path = folder / f"pickshard-{release.version}-py3-none-{'.'.join(target.tags)}.whl"
    when = time.gmtime(max(release.time, build.NO_TIME))[:6]
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        def put(name, data, mode):
            entry = zipfile.ZipInfo(name, when)
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=6)

        for name, data, mode in members(release, target, program):
            put(name, data, mode)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}\n")
        listed = f"pickshard-{release.version}.dist-info/RECORD"
        put(listed, ("".join(record) + f"{listed},,\n").encode(), 0o644)
    return path


def host():
    """The target of this machine."""
    goos = {"win32": "windows"}.get(sys.platform, sys.platform)
    machine = platform.machine().lower()
    goarch = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    for target in build.TARGETS:
        if (target.goos, target.goarch) == (goos, goarch):
            return target
    raise SystemExit(f"wheel: there are no wheels for {goos}/{goarch}; `go build ./cmd/pickshard` makes the program alone")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=pathlib.Path, default=build.REPO / "dist", help="folder for the wheels (dist)")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--host", action="store_true", help="only the wheel for this machine")
    one.add_argument("--binary", type=pathlib.Path, help="the program, built already for this machine")
    given = parser.parse_args()
    release = build.Release.of(build.REPO)
    given.output.mkdir(parents=True, exist_ok=True)
    for target in [host()] if given.host or given.binary else build.TARGETS:
        program = given.binary or build.build(release, target, given.output / "programs")
        print(write(release, target, program, given.output))


if __name__ == "__main__":
    main()
