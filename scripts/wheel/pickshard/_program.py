"""Running the program: its events come back as dictionaries, its errors as exceptions."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import warnings
from typing import IO, Any, Dict, Iterator, List, Optional, Tuple, Union

from ._binary import find_binary
from ._errors import PickshardError, PickshardWarning, error_of

StrPath = Union[str, "os.PathLike[str]"]

#: how long a program that was interrupted may take to leave things in order
PATIENCE = 60


def run(*args: StrPath, check: bool = False) -> "subprocess.CompletedProcess[bytes]":
    """Run the program as a shell would, with this process's own input, output and terminal.

    check=True raises subprocess.CalledProcessError where the exit code is not 0.
    """
    return subprocess.run([find_binary(), *args], check=check)


class Program:
    """A run of the program with pipes: `stdout` is what it prints, `wait` its end."""

    def __init__(self, args: List[str], stdin: Union[int, IO[bytes]] = subprocess.DEVNULL) -> None:
        self._stderr = tempfile.TemporaryFile()
        # A group of its own: Ctrl-C in a terminal would reach it from there and from here, and the second
        # interrupt means "at once". It ends by itself where this process is gone, at its next event.
        alone: Dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            alone = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self._child = subprocess.Popen(
            [find_binary(), "--message-format=json", *args],
            stdin=stdin, stdout=subprocess.PIPE, stderr=self._stderr, **alone,
        )  # fmt: skip
        assert self._child.stdout is not None
        self.stdout: IO[bytes] = self._child.stdout
        self.stdin = self._child.stdin

    def __enter__(self) -> Program:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if self._child.poll() is None:
                self._interrupt()
        finally:
            self.stdout.close()
            self._stderr.close()

    def _interrupt(self) -> None:
        """Someone here has stopped listening: let it undo what it began, and wait for that."""
        if sys.platform == "win32":
            self._child.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            self._child.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError, ValueError):
            while self.stdout.read(1 << 16):
                pass  # it may have to write before it can end
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def wait(self) -> Tuple[int, Optional[PickshardError]]:
        """The exit code, and the error where there was one; warnings are issued."""
        code = self._child.wait()
        self._stderr.seek(0)
        text, error = [], None
        for line in self._stderr.read().decode("utf-8", "replace").splitlines():
            event = _event(line)
            if event is None:
                text.append(line)
            elif event["event"] == "warning":
                warnings.warn(f"{event['file']}: {event['message']}", PickshardWarning, stacklevel=4)
            elif event["event"] == "error":
                error = error_of(event)
        if error is None and (code < 0 or code > 3):
            error = PickshardError("\n".join([f"pickshard ended with exit code {code}", *text[-20:]]), exit_code=code)
        return code, error


def events(program: Program) -> Iterator[Dict[str, Any]]:
    """What a run with --json tells, as it tells it."""
    for line in program.stdout:
        event = _event(line)
        if event is not None:
            yield event


def answer(args: List[str], stdin: Union[int, IO[bytes]] = subprocess.DEVNULL) -> Tuple[int, Any]:
    """The exit code and the one JSON document that a command prints."""
    with Program(args, stdin) as program:
        data = program.stdout.read()
        code, error = program.wait()
    if error is not None:
        raise error
    return code, json.loads(data)


def _event(line: Union[str, bytes]) -> Optional[Dict[str, Any]]:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None
