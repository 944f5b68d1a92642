"""Converting and planning."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import tempfile
import warnings
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from ._errors import PickshardError, PickshardWarning, Violation
from ._program import Program, StrPath, answer, events

#: a YAML file, the name of a ready config such as "pick-high", or a config as a mapping
Config = Union[StrPath, Mapping[str, Any]]

#: how many violations a Conversion holds
MAX_VIOLATIONS = 1000


@dataclasses.dataclass(frozen=True)
class Progress:
    """Something happened in a run, and how far it is."""

    #: "loaded", "sized", "resumed", "kept", "dropped", "shard", "published", "warning", or "progress": once a second and before each shard
    event: str
    rows: int  #: records done so far
    total_rows: int  #: 0 until it is known
    bytes: int  #: of images, done so far
    total_bytes: int
    split: Optional[str] = None
    shard: Optional[str] = None  #: "train-00003-of-00042"
    violation: Optional[Violation] = None
    message: Optional[str] = None

    @property
    def fraction(self) -> float:
        """What of the work is done, from 0 to 1."""
        if self.total_bytes:
            return self.bytes / self.total_bytes
        return self.rows / self.total_rows if self.total_rows else 0.0


@dataclasses.dataclass(frozen=True)
class Conversion:
    """What a conversion made."""

    output: pathlib.Path
    plan: str  #: the plan's identity: the same input and config have the same
    rows: int
    bytes: int
    #: records that broke a rule and are left out (on_error "skip" or "quarantine")
    dropped: int
    #: the first 1,000 of their violations that this run found; OUTPUT/quarantine has all, with on_error="quarantine"
    violations: List[Violation]
    #: all of it was there before, and nothing was done
    already_whole: bool
    seconds: float


@dataclasses.dataclass(frozen=True)
class Shard:
    """A shard as planned."""

    name: str  #: "train-00003-of-00042"
    split: str
    rows: int
    image_bytes: int
    bounds: Dict[str, int]  #: by format: a size in bytes that the file will not exceed
    exact: Tuple[str, ...]  #: the formats whose bound is the size itself
    first_key: Optional[str]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a conversion would do."""

    formats: List[str]
    shards: List[Shard]
    rows: int
    images: int
    image_bytes: int
    violations: List[Violation]  #: of the records that would be left out
    document: Mapping[str, Any]  #: the plan as the program prints it


def convert(
    config: Config,
    input: StrPath,
    output: StrPath,
    *,
    formats: Optional[Sequence[str]] = None,
    splits: Optional[Sequence[str]] = None,
    shard_size: Union[int, str, None] = None,
    shard_rows: Optional[int] = None,
    shuffle: Optional[int] = None,
    on_error: Optional[str] = None,
    workers: Optional[int] = None,
    memory: Union[int, str, None] = None,
    sync: bool = True,
    update: bool = False,
    progress: Optional[Callable[[Progress], None]] = None,
) -> Conversion:
    """Convert a dataset; the same call again goes on where it stopped.

    config      a YAML file, the name of a ready config ("pick-high"), or a config as a dict
    input       the dataset's folder: the config's paths are relative to it
    output      a folder that is empty, not there yet, or was begun by the same call
    formats     such as ["parquet", "webdataset"]; None here and below: what the config says
    splits      convert these alone
    shard_size  upper bound on the size of a shard's file: bytes, or "500MB"
    shard_rows  upper bound on the records of a shard
    shuffle     the seed of a shuffle of each split
    on_error    what happens to a record that breaks a rule: "fail", "skip" or "quarantine"
    workers     shards that are built at the same time
    memory      image bytes held in memory at the same time: bytes, or "64MiB"
    sync        False leaves it to the system when files become durable
    update      bring an output that was made before up to date
    progress    is called with a Progress for each event, and once a second, in this thread

    Raises ConfigError, ViolationsError, ReadError, OutputError, or PickshardError.
    An exception out of `progress`, KeyboardInterrupt among them, stops the run in
    good order: nothing half-made has a final name, and shards that are built are kept.
    """
    given = _flags(formats, splits, shard_size, shard_rows, shuffle, on_error, workers, memory)
    given += ["--no-sync"] * (not sync) + ["--update"] * update
    with _config_file(config) as path, Program(["convert", "--json", *given, "--", path, *_paths(input, output)]) as program:
        return _watch(program, progress)


def _watch(program: Program, progress: Optional[Callable[[Progress], None]]) -> Conversion:
    far = {"rows": 0, "total_rows": 0, "bytes": 0, "total_bytes": 0}
    violations: List[Violation] = []
    done: Optional[Dict[str, Any]] = None
    for event in events(program):
        kind = event["event"]
        violation = Violation._of(event["violation"]) if event.get("violation") else None
        if kind == "progress":
            far = {k: event[k] for k in far}
        elif kind == "dropped" and violation and len(violations) < MAX_VIOLATIONS:
            violations.append(violation)
        elif kind == "warning":
            warnings.warn(event["message"], PickshardWarning, stacklevel=3)
        elif kind == "done":
            done = event
        if progress and kind not in ("done", "error"):
            progress(Progress(kind, **far, split=event.get("split"), shard=event.get("shard"), violation=violation,
                              message=event.get("message")))  # fmt: skip
    code, error = program.wait()
    if error is not None:
        raise error
    if done is None:
        raise PickshardError(f"pickshard ended with exit code {code} and did not say what it made", exit_code=code)
    return Conversion(
        pathlib.Path(done["output"]), done["plan"], done["rows"], done["bytes"], done["dropped"], violations,
        done["already_whole"], done["seconds"],
    )  # fmt: skip


def plan(
    config: Config,
    input: StrPath,
    *,
    formats: Optional[Sequence[str]] = None,
    splits: Optional[Sequence[str]] = None,
    shard_size: Union[int, str, None] = None,
    shard_rows: Optional[int] = None,
    shuffle: Optional[int] = None,
    on_error: Optional[str] = None,
) -> Plan:
    """What `convert` would do with these arguments: reads the pickles and the sizes of the images, writes nothing."""
    given = _flags(formats, splits, shard_size, shard_rows, shuffle, on_error, None, None)
    with _config_file(config) as path:
        _, document = answer(["plan", "--json", *given, "--", path, *_paths(input)])
    shards = []
    for split in document["splits"]:
        for i, s in enumerate(split["shards"]):
            shards.append(Shard(
                f"{split['name']}-{i:05d}-of-{len(split['shards']):05d}", split["name"], s["rows"], s["image_bytes"],
                s["bounds"], tuple(s.get("exact", ())), s.get("first_key"),
            ))  # fmt: skip
    return Plan(
        document["formats"], shards,
        rows=sum(s.rows for s in shards),
        images=sum(s["image_count"] for s in document["splits"]),
        image_bytes=sum(s["image_bytes"] for s in document["splits"]),
        violations=[Violation._of(v) for s in document["splits"] for v in s.get("dropped", [])],
        document=document,
    )  # fmt: skip


def _flags(
    formats: Optional[Sequence[str]],
    splits: Optional[Sequence[str]],
    shard_size: Union[int, str, None],
    shard_rows: Optional[int],
    shuffle: Optional[int],
    on_error: Optional[str],
    workers: Optional[int],
    memory: Union[int, str, None],
) -> List[str]:
    for name, words in ("formats", formats), ("splits", splits):
        if isinstance(words, str):
            raise TypeError(f"{name} is a list of names, not one string")
    values: Dict[str, Any] = {
        "format": None if formats is None else ",".join(formats),
        "split": None if splits is None else ",".join(splits),
        "shard-size": shard_size, "shard-rows": shard_rows, "shuffle": shuffle, "on-error": on_error,
        "workers": workers, "memory": memory,
    }  # fmt: skip
    return [f"--{flag}={value}" for flag, value in values.items() if value is not None]


def _paths(*names: StrPath) -> List[str]:
    return [os.fspath(name) for name in names]


@contextlib.contextmanager
def _config_file(config: Config) -> Iterator[str]:
    """The config's name, or that of a file made of a mapping: JSON is YAML."""
    if not isinstance(config, Mapping):
        yield os.fspath(config)
        return
    with tempfile.TemporaryDirectory(prefix="pickshard-") as folder:
        path = pathlib.Path(folder, "config.json")
        path.write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
        yield os.fspath(path)
