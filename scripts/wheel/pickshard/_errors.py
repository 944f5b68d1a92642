"""What can go wrong, in fields."""

from __future__ import annotations

import dataclasses
from typing import Any, List, Mapping, Optional, Tuple


@dataclasses.dataclass(frozen=True)
class Violation:
    """A record that broke a rule."""

    split: str
    row: int  #: in the split as read, from 0
    rule: str  #: such as "image.missing"
    field: str
    detail: str  #: what was found
    file: Optional[str] = None  #: of the image, relative to INPUT
    #: where a split has several pickles: which one, and the row in it
    origin: Optional[Tuple[str, int]] = None

    @classmethod
    def _of(cls, d: Mapping[str, Any]) -> Violation:
        origin = d.get("origin")
        return cls(
            d["split"], d["row"], d["rule"], d["field"], d["detail"], d.get("file"),
            (origin["file"], origin["row"]) if origin else None,
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Fault:
    """One of a config, or of an argument that stands for a key of it."""

    source: str  #: the file, or the program's flag
    message: str
    hint: Optional[str] = None
    path: Optional[str] = None  #: the key, such as "fields.E1.type"
    line: Optional[int] = None
    column: Optional[int] = None


class PickshardWarning(UserWarning):
    """Something about a file that is not an error, such as bytes behind a pickle's end."""


class PickshardError(Exception):
    """Why the program failed. A field that is None is not known, or means nothing here."""

    def __init__(self, message: str, event: Optional[Mapping[str, Any]] = None, exit_code: int = 1) -> None:
        event = event or {}
        super().__init__(message)
        self.message = message
        #: what to do next
        self.hint: Optional[str] = event.get("hint")
        #: of the program: 1 failed, 2 usage or config, 130 or 143 interrupted
        self.exit_code: int = event.get("exit_code", exit_code)
        #: one of records, an image or one of OUTPUT; those of INPUT are relative to it
        self.file: Optional[str] = event.get("file")
        #: a byte of the file, decompressed, from 0
        self.offset: Optional[int] = event.get("offset")
        #: of a text file, from 1
        self.line: Optional[int] = event.get("line")
        self.split: Optional[str] = event.get("split")
        #: from 0
        self.row: Optional[int] = event.get("row")
        self.field: Optional[str] = event.get("field")
        #: of the table of a file
        self.column: Optional[str] = event.get("column")
        self.rule: Optional[str] = event.get("rule")
        #: all that the program said of it
        self.event: Mapping[str, Any] = event

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message

    def __reduce__(self) -> Any:  # exceptions go through pickle between processes
        return type(self), (self.message, dict(self.event), self.exit_code)


class UsageError(PickshardError):
    """Arguments that cannot be understood."""


class ConfigError(UsageError):
    """A config that cannot be used: see `faults`."""

    @property
    def faults(self) -> List[Fault]:
        """All that is wrong with it, in the order of the file."""
        return [Fault(**f) for f in self.event.get("faults", [])]


class ViolationsError(PickshardError):
    """Records broke rules, and on_error is "fail". Its file, split, row, field and rule are the first one's."""

    @property
    def violations(self) -> List[Violation]:
        """The first of them."""
        return [Violation._of(v) for v in self.event.get("violations", [])]

    @property
    def total(self) -> int:
        """How many records there are, at least."""
        return int(self.event.get("total", 0))


class ReadError(PickshardError):
    """A file of records that cannot be read, is not a table, or was refused."""

    @property
    def refused(self) -> Optional[str]:
        """What a pickle asked for that a table has no need of, such as "os.system". It was not run."""
        return self.event.get("global")


class OutputError(PickshardError):
    """OUTPUT cannot be read or written, or holds something else."""


class Interrupted(PickshardError):
    """The program was told to end by a signal that did not come through Python."""


_KINDS = {
    "usage": UsageError, "config": ConfigError, "records": ViolationsError, "read": ReadError,
    "output": OutputError, "interrupted": Interrupted,
}  # fmt: skip


def error_of(event: Mapping[str, Any]) -> PickshardError:
    """The exception for an "error" event."""
    return _KINDS.get(event.get("kind", ""), PickshardError)(event["message"], event)
