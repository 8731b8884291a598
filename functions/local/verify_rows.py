"""Counts the rows of a file with parsers that have nothing in common with those who wrote it."""

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat
from xml.sax.saxutils import unescape

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from shared.domain.counted import counted
from shared.loading.json_sql import quoted

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_EVENT_NAME = re.compile(rb"<eventName>([^<]*)</eventName>")
_READ_BYTES = 1_000_000
# Longer than the longest file, so that a row of any size is read.
_CELL_CHARACTERS_MAX = 200_000_000


@dataclass(slots=True)
class Content:
    """What stands in a file, and what is wrong with it."""

    rows: int = 0
    # Whether a JSON file of events begins with the name alone; None for other files.
    name_line: bool | None = None
    problems: list[str] = field(default_factory=list)


class Engine:
    """A DuckDB in memory for all files of a check; starting one takes longer than a small file."""

    def __init__(self) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection, made when it is first needed."""
        if self._connection is None:
            self._connection = duckdb.connect(config={"memory_limit": "500MB"})
        return self._connection

    def close(self) -> None:
        """Let go of it; the next use makes a new one, since damaged files may spoil it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def shown_name(event_name: str) -> str:
    """An event's name as files show it."""
    return _CONTROL.sub("?", event_name)


def count_csv(payload: IO[bytes], event_name: str | None) -> Content:
    """CSV: a header, then rows that are as wide as it is."""
    content = Content()
    csv.field_size_limit(_CELL_CHARACTERS_MAX)
    text = io.TextIOWrapper(_unclosed(payload), encoding="utf-8", newline="")
    reader = csv.reader(text, strict=True)
    try:
        header = next(reader, [])
        _check_header(header, event_name, content)
        width, rows, first_bad = len(header), 0, 0
        name_at = header.index("eventName") if "eventName" in header else 0
        names = set()
        for row in reader:
            rows += 1
            if len(row) != width:
                first_bad = first_bad or rows
            elif row:
                names.add(row[name_at])
        content.rows = rows
        if first_bad:
            content.problems.append(f"row {first_bad} is not as wide as the header")
        if event_name is not None:
            _check_names(names, event_name, content)
    except UnicodeDecodeError:
        content.problems.append("it is not UTF-8 text")
    except csv.Error as error:
        content.problems.append(f"it is not legal CSV near line {reader.line_num} ({error})")
    return content


def _check_header(header: list[str], event_name: str | None, content: Content) -> None:
    wanted = ("ts", "eventName") if event_name is not None else ("identity", "objectId")
    if any(name not in header for name in wanted) or len(set(header)) != len(header):
        content.problems.append("its header is not that of such a file, or names a column twice")


def _check_names(found: set[str], event_name: str, content: Content) -> None:
    # With the formula guard a name such as "=1" stands there as "'=1".
    shown = shown_name(event_name)
    if others := found - {shown, "'" + shown}:
        content.problems.append(f"it holds events of another name, {sorted(others)[0][:80]!r}")


def _unclosed(payload: IO[bytes]) -> io.BufferedReader:
    """A reader whose end does not close the file below it."""
    return io.BufferedReader(_Borrowed(payload), _READ_BYTES)


class _Borrowed(io.RawIOBase):
    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def count_xml(payload: IO[bytes], event_name: str | None) -> Content:
    """XML: one well-formed document; one row a line, as an element below the root.

    The parser runs without call-backs, at its full speed; rows are counted as text, which is exact
    since there may be no comments, CDATA or declarations that could hide or fake a tag.
    """
    content = Content()
    parser = expat.ParserCreate("UTF-8")
    tag = b"\n<Profile>" if event_name is None else b"\n<Event>"
    roots: list[str] = []

    def on_root(name: str, _attributes: object) -> None:
        roots.append(name)
        parser.StartElementHandler = None

    parser.StartElementHandler = on_root
    names: set[bytes] = set()
    tail, hidden = b"", False
    try:
        while chunk := payload.read(_READ_BYTES):
            parser.Parse(chunk, False)
            seen = tail + chunk
            content.rows += seen.count(tag)
            hidden = hidden or b"<!" in seen
            names.update(_EVENT_NAME.findall(seen))
            # One byte less than a tag is carried over, so that no tag is missed or met twice.
            tail = seen[1 - len(tag) :]
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        content.problems.append(f"it is not well-formed XML ({error})")
    if roots != ["root"]:
        content.problems.append("its outermost element is not <root>")
    if hidden:
        content.problems.append("it holds a comment, CDATA or a declaration")
    if event_name is not None:
        found = {unescape(each.decode(errors="replace"), _XML_QUOTES) for each in names}
        _check_names(found, event_name, content)
    return content


_XML_QUOTES = {"&quot;": '"', "&apos;": "'"}


def count_parquet(path: Path, event_name: str | None, engine: Engine) -> Content:
    """Parquet: what the footer says, and every value decoded once by another library."""
    content = Content()
    named = event_name is not None
    shown = quoted(shown_name(event_name or ""))
    others = f'count(*) FILTER ("eventName" IS DISTINCT FROM {shown})' if named else "0"
    try:
        content.rows = pq.ParquetFile(path).metadata.num_rows
        [(rows, other_rows, _)] = engine.connection.execute(
            f"SELECT count(*), {others}, bit_xor(hash(t)) "
            f"FROM read_parquet({quoted(str(path))}, hive_partitioning = false) t"
        ).fetchall()
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        content.problems.append(f"it cannot be read as Parquet ({str(error).splitlines()[0]})")
        engine.close()
        return content
    if rows != content.rows:
        content.problems.append(
            f"its footer tells of {counted(content.rows, 'row')}, but it holds {rows}"
        )
    if other_rows:
        content.problems.append(f"{counted(other_rows, 'row is', 'rows are')} of another event")
    return content
