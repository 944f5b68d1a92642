"""What is linked into a program: Go's version and the modules, from the program itself."""

import dataclasses
import functools
import json
import pathlib
import re
import subprocess

import build


@dataclasses.dataclass(frozen=True)
class Module:
    path: str
    version: str
    sum: str  # h1:..., as go.sum has it
    folder: pathlib.Path  # its sources, in the module cache
    licence: str  # SPDX's name, "" where it is not one of the common ones

    def texts(self):
        """Licences and notices that must go with copies: name, text."""
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and re.match(r"(LICEN[CS]E|COPYING|NOTICE|PATENTS)", path.name, re.IGNORECASE):
                yield path.name, path.read_text(encoding="utf-8", errors="replace")


@functools.cache
def linked(program):
    """Go's version ("go1.26.8") and the modules of a program, in the order of their names."""
    info = json.loads(_go("version", "-m", "-json", program.resolve()))
    deps = info.get("Deps", [])
    found = json.loads("[" + _go("list", "-m", "-json", *(d["Path"] for d in deps)).replace("}\n{", "},{") + "]") if deps else []
    folders = {m["Path"]: pathlib.Path(m["Dir"]) for m in found}
    modules = [Module(d["Path"], d["Version"], d.get("Sum", ""), folders[d["Path"]], _licence(folders[d["Path"]])) for d in deps]
    root = pathlib.Path(_go("env", "GOROOT").strip())
    go = Module("std", info["GoVersion"], "", root, _licence(root))
    return go, sorted(modules, key=lambda m: m.path)


def _go(*args):
    return subprocess.run(["go", *args], cwd=build.REPO, env=build.go_environment(), check=True, capture_output=True, text=True).stdout


# What of a licence's text tells it from the others.
MARKS = [
    ("Apache-2.0", r"Apache License\s+Version 2\.0"),
    ("MIT", r"Permission is hereby granted, free of charge"),
    ("BSD-3-Clause", r"Redistribution and use in source and binary forms.*(Neither the name|names? of (its|the) contributors)"),
    ("BSD-2-Clause", r"Redistribution and use in source and binary forms"),
    ("MPL-2.0", r"Mozilla Public License,? [Vv]ersion 2\.0"),
    ("ISC", r"Permission to use, copy, modify, and(/or)? distribute"),
]


def _licence(folder):
    for path in sorted(folder.glob("LICEN[CS]E*")):
        text = path.read_text(encoding="utf-8", errors="replace")
        for name, mark in MARKS:
            if re.search(mark, text[:20000], re.DOTALL):
                return name
    return ""
