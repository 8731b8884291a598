"""Counts the rows of JSON Lines by DuckDB's parser, and by Python's wherever that one is lax."""

import json
from typing import IO

import duckdb
import pyarrow as pa

from functions.local.load_lines import read_lines
from functions.local.verify_rows import Content, Engine, shown_name
from shared.loading.json_sql import quoted

# Longer than the longest file, so that a row of any size is read.
_LINE_BYTES_MAX = 200_000_000
# What DuckDB's parser lets pass and strict JSON does not; a suspicion only, within strings.
_LAX = r"[:\[,]\s*-?([nN][aA][nN]|[iI][nN][fF])|,\s*[}\]]"


def count_json(payload: IO[bytes], event_name: str | None, engine: Engine) -> Content:
    """JSON Lines: every line one strict JSON object; before events the bare name may stand."""
    content = Content()
    bad, first_bad = 0, 0
    for batch in read_lines(payload, lambda _: None, line_bytes_max=_LINE_BYTES_MAX):
        if content.name_line is None and event_name is not None:
            content.name_line = _is_name_line(batch["line"][0].as_py(), event_name, content)
            batch = batch.slice(1) if content.name_line else batch
        content.rows += batch.num_rows
        wrong = _wrong_lines(engine.connection, batch, event_name is not None)
        first_bad = first_bad or (min(wrong) if wrong else 0)
        bad += len(wrong)
    if bad:
        kind = "an event" if event_name is not None else "a JSON object"
        content.problems.append(f"{bad} of its lines are not {kind} each, first line {first_bad}")
    return content


def _is_name_line(line: bytes | None, event_name: str, content: Content) -> bool:
    text = (line or b"").removesuffix(b"\n")
    if text == shown_name(event_name).encode():
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
