"""Finds out what kind of file each one is, and refuses early what cannot be loaded."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, cast

from isal import igzip, isal_zlib

from shared.errors import InvalidInput

READ_BYTES = 4_000_000
# What the libraries raise on damaged gzip data.
GZIP_ERRORS: tuple[type[Exception], ...] = (
    EOFError,
    OSError,
    zlib.error,
    cast(type[Exception], isal_zlib.IsalError),
)


class FileKind(StrEnum):
    """How the rows of a file are written."""

    PARQUET = "Parquet"
    CSV = "CSV"
    JSON_LINES = "JSON Lines"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that exists and has bytes."""

    path: Path
    kind: FileKind
    gzipped: bool
    size: int  # stored bytes

    def open(self) -> IO[bytes]:
        """The bytes before gzip."""
        if not self.gzipped:
            return self.path.open("rb")
        unpacked: IO[bytes] = igzip.open(self.path, "rb")  # type: ignore[no-untyped-call]
        return unpacked


_ENDINGS = {
    ".parquet": FileKind.PARQUET,
    ".csv": FileKind.CSV,
    ".json": FileKind.JSON_LINES,
    ".jsonl": FileKind.JSON_LINES,
    ".ndjson": FileKind.JSON_LINES,
}


def check_files(files: Sequence[Path]) -> list[InputFile]:
    """Look at every file before any is loaded; raises InvalidInput with what to do."""
    if not files:
        raise InvalidInput("Name at least one file to load.")
    return [_check(Path(path)) for path in files]


def _check(path: Path) -> InputFile:
    kind, gzipped = _kind(path)
    try:
        if not path.is_file():
            what = "is a folder; name the files in it" if path.is_dir() else "does not exist"
            raise InvalidInput(f"{path} {what}.")
        found = InputFile(path.resolve(), kind, gzipped, path.stat().st_size)
        with found.path.open("rb") as stored:
            stored.read(1)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be opened ({error.strerror}).") from error
    if gzipped:
        _check_gzip(found)
    elif found.size == 0:
        raise InvalidInput(f"{path} is empty; leave it out.")
    return found


def _kind(path: Path) -> tuple[FileKind, bool]:
    name = path.name.lower()
    # Exported Parquet files end in parquet.gzip, which names the codec inside.
    plain = name.removesuffix(".gz")
    for ending, kind in _ENDINGS.items():
        if kind is FileKind.PARQUET and name.endswith((ending, "parquet.gzip")):
            return kind, False
        if kind is not FileKind.PARQUET and plain.endswith(ending):
            return kind, plain != name
    raise InvalidInput(
        f"{path} has an ending that is not known; give files that end in .parquet, .csv, .csv.gz,"
        " .json, .jsonl, .ndjson, or one of the last three with .gz."
    )


def _check_gzip(file: InputFile) -> None:
    # DuckDB does not compare the checksum at the end of a gzip file, so it is done here, once.
    rows = 0
    try:
        with file.open() as content:
            while chunk := content.read(READ_BYTES):
                rows += len(chunk)
    except GZIP_ERRORS as error:
        raise InvalidInput(f"{file.path} is damaged: it is no whole gzip file.") from error
    if rows == 0:
        raise InvalidInput(f"{file.path} is empty; leave it out.")
