"""What is released, and building it: the same commit gives the same bytes, on any machine with the same Go.

`Release.of(REPO)` tells version, commit and its time; `build(release, target, folder)`
makes the program for one platform. Neither looks at the clock, the host or the folder.
"""

import dataclasses
import os
import pathlib
import re
import subprocess

REPO = pathlib.Path(__file__).resolve().parents[2]
# Of everything that is packed where git knows no commit: the first time a zip can hold.
NO_TIME = 315532800


@dataclasses.dataclass(frozen=True)
class Target:
    """A platform as Go, wheels and Debian call it."""

    goos: str
    goarch: str
    tags: tuple[str, ...]  # of wheels
    debian: str = ""

    def __str__(self):
        return f"{self.goos}_{self.goarch}"

    @property
    def program(self):
        return "pickshard.exe" if self.goos == "windows" else "pickshard"


def _linux(machine):
    """Go's static binaries run on every libc: one wheel is for glibc and musl."""
    return f"manylinux_2_17_{machine}", f"manylinux2014_{machine}", f"musllinux_1_1_{machine}"


# Go 1.26 is the last for macOS 12, see https://github.com/golang/go/issues/75836.
TARGETS = [
    Target("linux", "amd64", _linux("x86_64"), "amd64"),
    Target("linux", "arm64", _linux("aarch64"), "arm64"),
    Target("darwin", "amd64", ("macosx_12_0_x86_64",)),
    Target("darwin", "arm64", ("macosx_12_0_arm64",)),
    Target("windows", "amd64", ("win_amd64",)),
]


@dataclasses.dataclass(frozen=True)
class Release:
    """A version, and the commit it is made of."""

    version: str
    commit: str  # 40 digits, "+modified" behind them where files differ from it; "" where git knows none
    time: int  # of the commit, in seconds since 1970

    @classmethod
    def of(cls, repo):
        source = (repo / "cmd" / "pickshard" / "version.go").read_text()
        version = re.search(r'^const version = "(\d+\.\d+\.\d+)"$', source, re.MULTILINE)[1]
        found = _git(repo, "log", "-1", "--format=%H %ct")
        if not found:
            return cls(version, "", NO_TIME)
        commit, time = found.split()
        if _git(repo, "status", "--porcelain"):
            commit += "+modified"
        return cls(version, commit, int(time))


def _git(repo, *args):
    """What git says, "" where there is no git or no repository."""
    try:
        # The clone may belong to another user than the one who builds.
        return subprocess.run(
            ["git", "-c", "safe.directory=*", *args], cwd=repo, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def go_environment(target=None):
    """The environment for Go: nothing of the builder's own settings shapes the bytes."""
    kept = {k: v for k, v in os.environ.items() if k not in ("GOFLAGS", "GOEXPERIMENT", "GOFIPS140", "GOOS", "GOARCH")}
    kept |= {"CGO_ENABLED": "0", "GOAMD64": "v1", "GOARM64": "v8.0", "GOWORK": "off"}
    if target:
        kept |= {"GOOS": target.goos, "GOARCH": target.goarch}
    return kept


def build(release, target, folder, repo=REPO):
    """Build the program for target into folder/TARGET/, unless target is None: then for this machine."""
    name = target.program if target else "pickshard"
    path = folder.resolve() / (str(target) if target else "host") / name
    flags = f"-s -w -X main.commit={release.commit}"
    subprocess.run(
        ["go", "build", "-trimpath", "-buildvcs=false", f"-ldflags={flags}", "-o", path, "./cmd/pickshard"],
        cwd=repo, env=go_environment(target), check=True,
    )  # fmt: skip
    return path
