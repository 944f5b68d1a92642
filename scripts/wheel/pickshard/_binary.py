"""Where the program is: beside Python's own scripts, wherever the wheel was installed to."""

from __future__ import annotations

import os
import pathlib
import sys
import sysconfig
from typing import Iterator, Optional


class BinaryNotFound(FileNotFoundError):
    """The program that belongs to this package is not where installers put it."""


def find_binary() -> pathlib.Path:
    """The path of the program.

    PICKSHARD_BIN in the environment names another one. PATH is not searched: what
    answers there may be another version.
    """
    given = os.environ.get("PICKSHARD_BIN")
    if given:
        return pathlib.Path(given)
    name = "pickshard" + (sysconfig.get_config_var("EXE") or "")
    tried = []
    for folder in _folders():
        path = pathlib.Path(folder, name)
        if path.is_file():
            return path
        tried.append(folder)
    raise BinaryNotFound(f"no {name} in {', '.join(dict.fromkeys(tried))}: install the wheel again, or set PICKSHARD_BIN")


def _folders() -> Iterator[str]:
    scheme: Optional[str] = sysconfig.get_path("scripts")
    if scheme:
        yield scheme
    # A virtual environment that sees packages of the Python it was made from.
    yield sysconfig.get_path("scripts", vars={"base": sys.base_prefix, "platbase": sys.base_prefix})
    package = pathlib.Path(__file__).resolve().parent
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    # pip install --prefix: PREFIX/lib/python3.11/site-packages/pickshard, or PREFIX\Lib\site-packages.
    above = package.parents[1 if sys.platform == "win32" else 2]
    if package.parent.name == "site-packages":
        yield str(above.parent / scripts)
    # pip install --target: TARGET/pickshard and TARGET/bin.
    yield str(package.parent / scripts)
    yield sysconfig.get_path("scripts", scheme=_user_scheme())


def _user_scheme() -> str:
    if sys.version_info >= (3, 10):
        return sysconfig.get_preferred_scheme("user")
    if sys.platform == "win32":
        return "nt_user"
    if sys.platform == "darwin" and sys._framework:
        return "osx_framework_user"
    return "posix_user"
