#!/usr/bin/env python3
"""Make (once) a pinned virtual environment and print the path of its Python.

    python3 scripts/judges/environment.py [REQUIREMENTS]      default: requirements.txt beside this file
    "$(python3 scripts/judges/environment.py)" -m pytest scripts/judges

The environment is .venv/FOLDER/STEM-HASH in the repository, where FOLDER and STEM are
those of the requirements file (.venv/judges/requirements-1a2b3c4d5e6f) and HASH is that of
its pins, of the Python version and of the platform: a changed pin makes a new
environment, an unchanged one is reused at once. Those of the same requirements file that were
not used for a week are removed. Needs only Python 3.11 or later with venv and pip. Progress goes to stderr,
the path alone to stdout. Two calls at the same time wait for each other.
"""

import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent.parent


def say(text):
    print(f"environment: {text}", file=sys.stderr, flush=True)


class Lock:
    """A file that only one process can create; a crashed owner's is taken over."""

    def __init__(self, path, patience=1800):
        self.path, self.patience = path, patience

    def __enter__(self):
        deadline = time.monotonic() + self.patience
        said = False
        while True:
            try:
                fd = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                os.write(fd, str(os.getpid()).encode())
                os.close(fd)
                return self
            except FileExistsError:
                if self.abandoned() or time.monotonic() > deadline:
                    self.path.unlink(missing_ok=True)
                    continue
                if not said:
                    say(f"another process makes it, waiting ({self.path})")
                    said = True
                time.sleep(0.5)

    def abandoned(self):
        if os.name == "nt":
            return False
        try:
            pid = int(self.path.read_text() or 0)
        except (OSError, ValueError):
            return False
        if pid == 0:
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        return False

    def __exit__(self, *_):
        self.path.unlink(missing_ok=True)


def environment(requirements, make=True):
    """The Python of the environment for a requirements file, made if it is not there (else FileNotFoundError)."""
    requirements = pathlib.Path(requirements).resolve()
    lines = [line.strip() for line in requirements.read_text().splitlines()]
    pins = [line for line in lines if line and not line.startswith("#")]
    where = [platform.python_version(), sys.platform, platform.machine()]
    digest = hashlib.sha256("\n".join(pins + where).encode()).hexdigest()[:12]
    base = REPO / ".venv" / requirements.parent.name
    home = base / f"{requirements.stem}-{digest}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = home / ".ready"
    if ready.exists() and python.exists():
        ready.touch()  # in use: see below
        return python
    if not make:
        raise FileNotFoundError(home)

    base.mkdir(parents=True, exist_ok=True)
    with Lock(base / f"{requirements.stem}.lock"):
        if ready.exists() and python.exists():
            return python
        for old in base.glob(f"{requirements.stem}-*"):
            # The same stem and 12 digits of a hash; another session may be using a younger one.
            used = (old / ".ready").stat().st_mtime if (old / ".ready").exists() else 0
            if len(old.name) == len(home.name) and old != home and used < time.time() - 7 * 86400:
                say(f"removing {old.relative_to(REPO)}")
                shutil.rmtree(old)
        shutil.rmtree(home, ignore_errors=True)  # half made
        say(f"making {home.relative_to(REPO)} from {requirements.name} (a few minutes the first time)")
        try:
            subprocess.run([sys.executable, "-m", "venv", home], check=True, stdout=sys.stderr)
        except subprocess.CalledProcessError:
            raise SystemExit("environment: 'python3 -m venv' failed: is the venv module installed (Debian: python3-venv)?")
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
             "-r", requirements],
            check=True, stdout=sys.stderr,
        )  # fmt: skip
        # --no-deps: the files name every dependency; this says so if one is forgotten.
        subprocess.run([python, "-m", "pip", "--disable-pip-version-check", "check"], check=True, stdout=sys.stderr)
        ready.touch()
    return python


def main():
    if sys.version_info < (3, 11):
        raise SystemExit(f"environment: Python 3.11 or later is needed, this is {platform.python_version()}")
    arguments = sys.argv[1:]
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        raise SystemExit(__doc__)
    try:
        print(environment(arguments[0] if arguments else HERE / "requirements.txt"))
    except subprocess.CalledProcessError as err:
        raise SystemExit(f"environment: {' '.join(map(str, err.cmd))}: exit code {err.returncode}")


if __name__ == "__main__":
    main()
