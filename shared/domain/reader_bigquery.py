"""The snippets for BigQuery: a load statement and an external table for files of one kind."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from shared.domain.choices import Format
from shared.domain.reader_files import Source

DATASET = "my_dataset"
# Up to here each file is named; a job of BigQuery takes 10,000 addresses.
ADDRESSES_MAX = 1_000
_TABLE_CHARACTERS_MAX = 80
# In names of event files only the index and the database id follow the date.
_TO_DATE = re.compile(r"(.*-\d{8}-)\d+-[A-Za-z0-9_-]{1,64}\.[a-z.]+$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Group:
    """Delivered files that look alike: of one event, or profiles; in CSV of equal headers."""

    names: tuple[str, ...]  # object names
    event: str | None = None  # raw; None for profiles
    columns: tuple[str, ...] = ()  # the header of CSV files
    part: int = 1  # counts groups of one event, whose columns changed from run to run


def load_data(source: Source, group: Group) -> str:
    """LOAD DATA into a table of its own; where BigQuery cannot, the lines and a query on them."""
    table = _table(source, group)
    if source.spec.format is Format.JSON and not source.profiles and not source.name_line:
        columns = (
            "profile JSON, ts INT64, deviceInfo JSON, controlGroupName STRING,"
            " eventProps JSON, sessionProps JSON"
        )
        options = [*_options(source, "JSON"), _uris(source, group)]
        return _statement(f"LOAD DATA OVERWRITE {table} ({columns})\nFROM FILES", options)
    columns, options = _shape(source, group)
    lines = _lines_table(source, table)
    load = _statement(f"LOAD DATA OVERWRITE {lines}{columns}\nFROM FILES", options)
    return load + _query(source, group, lines)


def external_table(source: Source, group: Group) -> str:
    """CREATE EXTERNAL TABLE over the same files, without loading them."""
    columns, options = _shape(source, group)
    lines = _lines_table(source, _table(source, group) + "_files")
    made = _statement(f"CREATE OR REPLACE EXTERNAL TABLE {lines}{columns}\nOPTIONS", options)
    return made + _query(source, group, lines)


def addresses(place: str, names: Sequence[str], *, profiles: bool) -> list[str]:
    """Addresses, with at most one star as BigQuery has it, that together match these files.

    Many files of events are told by day: up to its date a name belongs to one event and run.
    """
    found: dict[str, None] = {}
    for name in names:
        to_date = None
        if len(names) > ADDRESSES_MAX and not profiles:
            to_date = _TO_DATE.match(name)
        pattern = name if to_date is None else to_date[1] + "*"
        # BigQuery knows no escape for a star that belongs to a name.
        stem, star, rest = pattern.partition("*")
        found[f"{place}/{stem}{star}{'' if '*' in rest else rest}"] = None
    return list(found)


def _shape(source: Source, group: Group) -> tuple[str, list[str]]:
    """The columns to declare and the options, of a load as well as of an external table."""
    match source.spec.format:
        case Format.PARQUET:
            return "", [
                "format = 'PARQUET'",
                "enable_list_inference = TRUE",
                _uris(source, group),
            ]
        case Format.CSV:
            names = [
                f"{name} {'INT64' if name == 'ts' else 'STRING'}"
                for name in _column_names(group.columns)
            ]
            return f" ({', '.join(names)})", [
                *_options(source, "CSV"),
                "skip_leading_rows = 1",
                _uris(source, group),
            ]
        case _:
            # Each line as it is: no tab stands in any.
            options = [*_options(source, "CSV"), "field_delimiter = '\\t'", "quote = ''"]
            if source.lines_before_rows:
                options.append(f"skip_leading_rows = {source.lines_before_rows}")
            return " (line STRING)", [*options, _uris(source, group)]


def _options(source: Source, file_format: str) -> list[str]:
    packing = ["compression = 'GZIP'"] if source.packed else []
    return [f"format = '{file_format}'", *packing]


def _uris(source: Source, group: Group) -> str:
    place = "gs://YOUR-BUCKET" if source.is_folder else source.place
    found = addresses(place, group.names, profiles=source.profiles)
    return "uris = [\n    " + ",\n    ".join(map(_text, found)) + "\n  ]"


def _statement(head: str, options: Sequence[str]) -> str:
    return f"{head} (\n  " + ",\n  ".join(options) + "\n);"


def _query(source: Source, group: Group, lines: str) -> str:
    """What turns lines into columns; nothing where the table has them already."""
    name = f"{_text(group.event)} AS eventName, " if group.event is not None else ""
    match source.spec.format:
        case Format.JSON if source.profiles:
            columns = "PARSE_JSON(line, wide_number_mode => 'round') AS profile"
        case Format.JSON:
            columns = (
                f"{name}CAST(JSON_VALUE(line, '$.ts') AS INT64) AS ts,\n"
                "  PARSE_JSON(line, wide_number_mode => 'round') AS event"
            )
        case Format.XML:
            stamp = "CAST(REGEXP_EXTRACT(line, r'<ts>([^<]*)') AS INT64) AS ts, "
            columns = ("" if source.profiles else name + stamp) + "line"
        case _:
            return ""
    where = f"\nWHERE STARTS_WITH(line, '<{source.row_tag}>')"
    condition = where if source.spec.format is Format.XML else ""
    return f"\nSELECT {columns}\nFROM {lines}{condition};"


def _table(source: Source, group: Group) -> str:
    """A table of the group's own: names that would meet after cleaning carry a digest."""
    raw = "profiles" if group.event is None else group.event
    shown = re.sub(r"\W", "_", raw, flags=re.ASCII)[:_TABLE_CHARACTERS_MAX]
    digest = "" if shown == raw else "_" + sha256(raw.encode()).hexdigest()[:8]
    part = f"_{group.part}" if group.part > 1 else ""
    return f"{DATASET}.sluice_{source.request_id}_{shown}{digest}{part}"


def _lines_table(source: Source, table: str) -> str:
    return f"{table}_lines" if source.spec.format in (Format.JSON, Format.XML) else table


def _column_names(header: Sequence[str]) -> list[str]:
    """Names that BigQuery takes: letters, digits and underscores, told apart without case."""
    found: list[str] = []
    used: set[str] = set()
    for column in header:
        plain = re.sub(r"\W", "_", column, flags=re.ASCII)
        name, number = plain, 2
        while name.lower() in used:
            name, number = f"{plain}_{number}", number + 1
        used.add(name.lower())
        found.append(name)
    return found


def _text(text: str) -> str:
    # BigQuery reads text in double quotes with the escapes of JSON.
    return json.dumps(text, ensure_ascii=False)
