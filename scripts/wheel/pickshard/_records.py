"""Looking into files of records, pickles first, and reading them, without running anything that is in them."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Dict, Iterator, List, Optional, Sequence, Tuple, Union

from ._program import Program, StrPath, answer

if TYPE_CHECKING:
    import pyarrow


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    type: str  #: of a pickle's column Arrow's name for it, else as a config spells it
    dtype: Optional[str]  #: the file's own name for it, such as pandas'; None where it has none
    nulls: Optional[int]  #: None where only reading all of it would tell
    index: bool  #: of the index


@dataclasses.dataclass(frozen=True)
class Global:
    """A class or function that a pickle names."""

    name: str  #: with its module, such as "pandas.core.frame.DataFrame"
    verdict: str  #: "known", or why not
    offset: int  #: of its first mention, in bytes
    count: int


@dataclasses.dataclass(frozen=True)
class Info:
    """What is in a file of records. What only pickles have is empty or None for others."""

    kind: str  #: such as "pandas.DataFrame" or "csv"; empty where that cannot be told
    rows: Optional[int]  #: None where it is not a table
    columns: List[Column]
    globals: List[Global]
    members: List[str]  #: of a dict of tables: choose one with select=
    problem: Optional[str]  #: why it cannot be read
    warnings: List[str]
    protocol: Optional[int]
    written_by: Dict[str, str]  #: versions of "pandas", "numpy", "python" as far as the bytes tell, or "writer" of other files
    compression: Optional[str]
    document: Dict[str, Any]  #: all of it, as the program prints it

    @property
    def safe(self) -> bool:
        """Nothing is named that a table has no need of."""
        return all(g.verdict == "known" for g in self.globals)


def inspect(file: StrPath, *, select: Optional[str] = None) -> Info:
    """Tell what a file holds: kind, columns, types, rows, and of a pickle who wrote it and what it names.

    The file is a pickle, CSV, TSV, JSON, JSON Lines, Parquet or Arrow, told by content.
    A pickle that is not a table, or is refused, is described too: see `Info.problem`.
    Raises ReadError or PickshardError where not even that is possible.
    """
    given = [] if select is None else [f"--select={select}"]
    _, d = answer(["inspect", "--json", *given, "--", os.fspath(file)])
    columns = [
        Column(c["name"], c["type"], c.get("dtype") or None, c["nulls"] if c["nulls"] >= 0 else None, c.get("index", False))
        for c in d.get("columns") or []
    ]  # fmt: skip
    seen = [Global(f"{g['module']}.{g['name']}", g["verdict"], g["offset"], g["count"]) for g in d.get("globals") or []]
    writer = d.get("writer") or {}
    if isinstance(writer, str):
        writer = {"writer": writer}
    return Info(
        kind=d.get("kind", ""), rows=d["rows"] if d.get("rows", -1) >= 0 else None, columns=columns, globals=seen,
        members=d.get("members") or [], problem=d.get("problem") or None, warnings=d.get("warnings") or [],
        protocol=d.get("protocol"), written_by={k: v for k, v in writer.items() if v},
        compression=d.get("compression") or None, document=d,
    )  # fmt: skip


def read(
    file: Union[StrPath, BinaryIO],
    *,
    columns: Optional[Sequence[str]] = None,
    rows: Union[int, Tuple[int, Optional[int]], None] = None,
    select: Optional[str] = None,
    dedupe_columns: bool = False,
    replace_invalid_text: bool = False,
    keep_nan: bool = False,
) -> pyarrow.Table:
    """Read a table as a pyarrow table: pd.read_pickle without the danger, and without pandas.

    file                  a path, or a binary file that is read to its end: a pickle, CSV, TSV, JSON, JSON Lines,
                          Parquet or Arrow, told by content; may be compressed (gzip, bzip2, xz, zstd, zip, tar)
    columns               read these alone
    rows                  N: the first N; (FROM, TO): from 0, without TO; (FROM, None): to the end
    select                which member of a dict of tables, or of a JSON object
    dedupe_columns        rename columns that share a name x, x to x, x.1, instead of an error
    replace_invalid_text  put U+FFFD where text is not valid Unicode, instead of an error
    keep_nan              keep NaN of float columns; by default it is null, as missing values of pandas are

    An index comes as a column, under its name or __index_level_0__, unless it has no
    name and counts the rows from 0. Needs pyarrow. Raises ReadError.
    """
    ipc = _pyarrow("read").ipc
    given = [
        *([] if columns is None else ["--columns=" + ",".join(_csv(c) for c in columns)]),
        *([] if rows is None else ["--rows=" + _rows(rows)]),
        *([] if select is None else [f"--select={select}"]),
        *(["--dedupe-columns"] * dedupe_columns),
        *(["--replace-invalid-text"] * replace_invalid_text),
        *(["--keep-nan"] * keep_nan),
    ]
    named = isinstance(file, (str, os.PathLike))
    command = ["cat", "--arrow", *given, "--", os.fspath(file) if named else "-"]  # type: ignore[arg-type]
    with Program(command, subprocess.DEVNULL if named else subprocess.PIPE) as program:
        table, broken = None, None
        with contextlib.nullcontext() if named else _fed(program.stdin, file):  # type: ignore[arg-type]
            try:
                with ipc.open_stream(program.stdout) as stream:
                    table = stream.read_all()
            except (OSError, ValueError) as err:  # a stream that is cut: the program says why
                broken = err
            _, error = program.wait()
    if error or broken:
        raise error or broken  # type: ignore[misc]
    return table


@contextlib.contextmanager
def _fed(stdin: IO[bytes], file: BinaryIO) -> Iterator[None]:
    """A thread gives the file to the program."""
    failed: List[BaseException] = []

    def feed() -> None:
        try:
            with stdin:
                shutil.copyfileobj(file, stdin, 1 << 20)
        except BrokenPipeError:
            pass  # it has seen enough
        except BaseException as err:
            failed.append(err)

    thread = threading.Thread(target=feed, name="pickshard-feed", daemon=True)
    thread.start()
    yield
    thread.join(1)  # the program has read all of it, or gave up: then the file may keep the thread waiting
    if failed:
        raise failed[0]


def _rows(rows: Union[int, Tuple[int, Optional[int]]]) -> str:
    if isinstance(rows, int):
        return str(rows)
    first, end = rows
    return f"{first}:" if end is None else f"{first}:{end}"


def _csv(word: str) -> str:
    """A name as the program's lists want it."""
    return '"' + word.replace('"', '""') + '"' if set(word) & set(',"\n\r') else word


def _pyarrow(what: str) -> Any:
    try:
        import pyarrow
        import pyarrow.ipc  # noqa: F401
    except ImportError as err:
        raise ImportError(f'pickshard.{what} needs pyarrow: pip install "pickshard[arrow]"') from err
    return pyarrow
