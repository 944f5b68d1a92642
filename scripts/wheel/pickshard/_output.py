"""What a conversion has written: opening it, and verifying it."""

from __future__ import annotations

import builtins
import dataclasses
import json
import os
import pathlib
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional

from ._errors import OutputError
from ._records import _pyarrow
from ._program import StrPath, answer

if TYPE_CHECKING:
    import datasets
    import pyarrow
    import pyarrow.dataset


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something that is wrong with an output."""

    path: str
    detail: str


@dataclasses.dataclass(frozen=True)
class Verification:
    """What `verify` found."""

    files: int
    bytes: int
    rows: int
    findings: List[Finding]

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.findings


def verify(output: StrPath, *, quick: bool = False, input: Optional[StrPath] = None) -> Verification:
    """Read every shard again: digests, structure, counts, and that all formats agree.

    quick checks names, sizes and the ends of files only; input compares with the
    dataset that it was made from too. What is wrong is in the result's findings;
    OutputError says that there was nothing to look at.
    """
    given = ["--quick"] * quick + ([] if input is None else [f"--input={os.fspath(input)}"])
    _, d = answer(["verify", "--json", *given, "--", os.fspath(output)])
    return Verification(d["files"], d["bytes"], d["rows"], [Finding(f["path"], f["detail"]) for f in d["findings"]])


class Output:
    """A finished output. It is read where it lies; nothing is checked but that it is whole."""

    def __init__(self, path: StrPath) -> None:
        self.path = pathlib.Path(path)
        manifest = self.path / "manifest.json"
        if not manifest.is_file() or not (self.path / "_SUCCESS").is_file():
            raise OutputError(
                f"{self.path} is not an output that is finished",
                {"file": str(self.path), "hint": "give the folder that pickshard.convert returned from"},
            )
        with builtins.open(manifest, encoding="utf-8") as f:
            self.manifest: Mapping[str, Any] = json.load(f)

    def __repr__(self) -> str:
        return f"<pickshard output {str(self.path)!r}: {self.rows} records, {', '.join(self.formats)}>"

    @property
    def name(self) -> str:
        """The dataset's name, from the config."""
        return str(self.manifest["name"])

    @property
    def formats(self) -> List[str]:
        """Such as ["parquet", "arrow", "webdataset"]."""
        return list(self.manifest["formats"])

    @property
    def splits(self) -> Dict[str, int]:
        """The splits in order, each with its number of records."""
        return {s["name"]: s["rows"] for s in self.manifest["splits"]}

    @property
    def rows(self) -> int:
        """All records."""
        return int(self.manifest["rows"])

    @property
    def dropped(self) -> int:
        """Records that were left out."""
        return int(self.manifest["dropped"])

    def files(self, format: Optional[str] = None, split: Optional[str] = None) -> List[pathlib.Path]:
        """The shards' files in order, of one format or split if you want; indexes of consumers are not among them."""
        return [
            self.path / f["path"]
            for s in self.manifest["splits"] if split is None or s["name"] == self._known(split)
            for shard in s["shards"]
            for f in shard["files"] if "index" not in f and (format is None or f["format"] == format)
        ]  # fmt: skip

    def table(self, split: str, columns: Optional[List[str]] = None) -> pyarrow.Table:
        """A split as a pyarrow table. From Arrow files it is mapped, and takes no memory until it is touched."""
        pa = _pyarrow("Output.table")
        if "arrow" not in self.formats:
            return self.dataset(split).to_table(columns=columns)
        tables = [pa.ipc.open_stream(pa.memory_map(str(path))).read_all() for path in self.files("arrow", split)]
        table = pa.concat_tables(tables)
        return table if columns is None else table.select(columns)

    def dataset(self, split: str) -> pyarrow.dataset.Dataset:
        """A split as a pyarrow dataset over the Parquet files: to filter, project and scan without loading it."""
        _pyarrow("Output.dataset")
        import pyarrow.dataset

        files = [str(path) for path in self.files("parquet", split)]
        if not files:
            raise OutputError(f"{self.path} has no Parquet files", {"hint": 'convert with formats=["parquet", ...]'})
        return pyarrow.dataset.dataset(files, format="parquet")

    def load(self) -> datasets.DatasetDict:
        """All splits as Hugging Face's datasets loads them, images decoded on access."""
        try:
            import datasets
        except ImportError as err:
            raise ImportError("pickshard.Output.load needs Hugging Face's datasets: pip install datasets") from err
        if "arrow" in self.formats:
            return datasets.load_from_disk(str(self.path / "arrow"))
        return datasets.load_dataset(str(self.path / self.formats[0]))

    def verify(self, *, quick: bool = False, input: Optional[StrPath] = None) -> Verification:
        """See `pickshard.verify`."""
        return verify(self.path, quick=quick, input=input)

    def _known(self, split: str) -> str:
        if split not in self.splits:
            raise KeyError(f"no split {split!r}, there are {', '.join(self.splits)}")
        return split


def open(output: StrPath) -> Output:
    """Open what `convert` has written. Raises OutputError where it is not finished."""
    return Output(output)
