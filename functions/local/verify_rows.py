"""Counts the rows of a file with parsers that have nothing in common with those who wrote it."""

import csv
import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat
from xml.sax.saxutils import unescape

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from functions.local.load_json import quoted
from functions.local.load_lines import read_lines

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_EVENT_NAME = re.compile(rb"<eventName>([^<]*)</eventName>")
_READ_BYTES = 1_000_000
# Longer than the longest file, so that a row of any size is read.
_LINE_BYTES_MAX = 200_000_000
_CELL_CHARACTERS_MAX = 200_000_000
# What DuckDB's parser lets pass and strict JSON does not; a suspicion only, within strings.
_LAX = r"[:\[,]\s*-?([nN][aA][nN]|[iI][nN][fF])|,\s*[}\]]"


@dataclass(slots=True)
class Content:
    """What stands in a file, and what is wrong with it."""

    rows: int = 0
    # Whether a JSON file of events begins with the name alone; None for other files.
    name_line: bool | None = None
    problems: list[str] = field(default_factory=list)


def count_json(payload: IO[bytes], event_name: str | None) -> Content:
    """JSON Lines: every line one strict JSON object; before events the bare name may stand."""
    content = Content()
    bad, first_bad = 0, 0
    with duckdb.connect(config={"memory_limit": "500MB"}) as connection:
        for batch in read_lines(payload, lambda _: None, line_bytes_max=_LINE_BYTES_MAX):
            if content.name_line is None and event_name is not None:
                content.name_line = _is_name_line(batch["line"][0].as_py(), event_name, content)
                batch = batch.slice(1) if content.name_line else batch
            content.rows += batch.num_rows
            wrong = _wrong_lines(connection, batch, event_name is not None)
            first_bad = first_bad or (min(wrong) if wrong else 0)
            bad += len(wrong)
    if bad:
        kind = "an event" if event_name is not None else "a JSON object"
        content.problems.append(f"{bad} of its lines are not {kind} each, first line {first_bad}")
    return content


def _is_name_line(line: bytes, event_name: str, content: Content) -> bool:
    text = line.removesuffix(b"\n")
    if text == _shown(event_name).encode():
        return True
    # An export may switch this line off; then a row stands here.
    if text.startswith(b"{"):
        return False
    content.problems.append("line 1 is not the name of the event")
    return True


def _wrong_lines(
    connection: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, events: bool
) -> list[int]:
    """The numbers of the lines that are no strict JSON objects, or no events."""
    # One look at the keys parses the whole line; where that fails there is NULL.
    keys = "['/ts', '/profile/identity']" if events else "['']"
    good = f"coalesce(starts_with(t, '{{') AND list_bool_and(try(json_exists(t, {keys}))), false)"
    lax = f"regexp_matches(t, {quoted(_LAX)})" if _may_be_lax(batch) else "false"
    connection.register("lines", pa.Table.from_batches([batch]))
    rows = connection.execute(
        f"SELECT row_no, good, t FROM (SELECT row_no, t, {good} AS good, {lax} AS lax FROM ("
        "SELECT row_no, try(decode(line)) AS t FROM lines)) WHERE lax OR NOT good"
    ).fetchall()
    connection.unregister("lines")
    return [row_no for row_no, good, text in rows if not good or not _is_strict_json(text)]


def _may_be_lax(batch: pa.RecordBatch) -> bool:
    """Whether any line may need the regular expression, which is slow; plain searches tell."""
    data = batch["line"].buffers()[2].to_pybytes()
    # The one key of ours that looks like Infinity.
    lower = data.replace(b"deviceInfo", b"").lower()
    return any(hint in data for hint in (b",}", b",]", b", }", b", ]")) or any(
        word in lower for word in (b"nan", b"inf")
    )


def _is_strict_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


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
            else:
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
    shown = _shown(event_name)
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


def count_parquet(path: Path, event_name: str | None) -> Content:
    """Parquet: what the footer says, and every value decoded once by another library."""
    content = Content()
    named = event_name is not None
    other = f'count(*) FILTER ("eventName" IS DISTINCT FROM {quoted(_shown(event_name or ""))})'
    try:
        content.rows = pq.ParquetFile(path).metadata.num_rows
        with duckdb.connect(config={"memory_limit": "500MB"}) as connection:
            [(rows, others, _)] = connection.execute(
                f"SELECT count(*), {other if named else '0'}, bit_xor(hash(t)) "
                f"FROM read_parquet({quoted(str(path))}, hive_partitioning = false) t"
            ).fetchall()
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        content.problems.append(f"it cannot be read as Parquet ({str(error).splitlines()[0]})")
        return content
    if rows != content.rows:
        content.problems.append(f"its footer tells of {content.rows} rows, but {rows} are in it")
    if others:
        content.problems.append(f"{others} of its rows are events of another name")
    return content


def _shown(event_name: str) -> str:
    """An event's name as files show it."""
    return _CONTROL.sub("?", event_name)
