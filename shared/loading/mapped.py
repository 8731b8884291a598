"""Gives the rows of a customer's table the shape of the loader's, as the mapping of an import says.

Its columns come as c0, c1, ... in the order of the mapping, so that names of theirs never meet
names of SQL; beside them stand row_no, version (the number of *Updated On*) and tie.
"""

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from shared.domain.identity_rules import IDENTITY_CHARS_MAX, REFUSED
from shared.domain.import_columns import ColumnKind, FieldType
from shared.domain.import_mapping import Kind, Mapping
from shared.loading.json_sql import member, quoted
from shared.loading.raw import NOT_UTF8, Raw
from shared.loading.typed import is_wrong, plain_value, typed_json
from shared.loading.values import text, undecodable

# A longer value is no property of ours: a file of an export holds at most 100 MB.
CELL_BYTES_MAX = 2_000_000
# What the mapping calls these columns of ours.
WORDS = {"ts": "*Created On*", "event_name": "event name"}
# Of a rejected row so many columns are shown, and of each value so much; the row itself stays in
# the customer's table. Every further column would be carried through all steps.
SHOWN_COLUMNS = 30
SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the relation has it."""

    sql: str
    # DuckDB's type, or JSON for a text that holds JSON.
    kind: str


def columns_of(
    mapping: Mapping, kinds: Dictionary[str, ColumnKind], types: Dictionary[str, str]
) -> dict[str, Column]:
    """The mapped columns by their own names; `types` are DuckDB's of c0, c1, ..."""
    found = {}
    for at, name in enumerate(mapping.columns):
        kind = types[f"c{at}"]
        if kinds[name] is ColumnKind.JSON and kind == "VARCHAR":
            kind = "JSON"
        found[name] = Column(f"c{at}", kind)
    return found


def mapped(relation: str, mapping: Mapping, columns: Dictionary[str, Column]) -> Raw:
    """The rows of the relation, raw: each with why it cannot be taken, or NULL."""
    added = {
        f"p{at}": typed_json(each.type, columns[each.column].sql, columns[each.column].kind)
        for at, each in enumerate(mapping.properties)
    }
    typed = "".join(f", {sql} AS {name}" for name, sql in added.items())
    who = _trimmed(text(columns[mapping.identity].sql, columns[mapping.identity].kind))
    inner = f"SELECT *{typed}, {who} AS who FROM ({_bounded(relation, columns)})"
    extras = _extras(mapping, columns)
    ours = _ours(mapping, columns)
    listed = "".join(f", {column.sql} AS r_{name}" for name, column in ours.items())
    return Raw(
        sql=f"SELECT *, ({_broken(mapping, columns)})::VARCHAR AS broken, "
        f"{extras} AS extras{listed} FROM ({inner})",
        types={name: column.kind for name, column in ours.items()},
        words=WORDS,
        finite=all(each.type is not FieldType.JSON for each in mapping.properties),
    )


def _extras(mapping: Mapping, columns: Dictionary[str, Column]) -> str:
    """The properties as one JSON object without those that are missing."""
    if not mapping.properties:
        return "NULL::JSON"
    plain = [
        plain_value(each.type, columns[each.column].sql, columns[each.column].kind)
        for each in mapping.properties
    ]
    if all(plain):
        # DuckDB's writer takes a third of the time of joining texts and parsing them.
        pairs = ", ".join(
            f"{quoted(each.name)}, {value}"
            for each, value in zip(mapping.properties, plain, strict=True)
        )
        missing = " OR ".join(f"{value} IS NULL" for value in plain)
        return (
            f"CASE WHEN {missing} THEN json_merge_patch('{{}}', json_object({pairs})) "
            f"ELSE json_object({pairs}) END"
        )
    members = ", ".join(member(each.name, f"p{at}") for at, each in enumerate(mapping.properties))
    return f"('{{' || concat_ws(',', {members}) || '}}')::JSON"


def shown_row(mapping: Mapping, columns: Dictionary[str, Column]) -> str:
    """SQL of the JSON text of a row, under the customer's names, long values cut off."""
    pairs = ", ".join(
        f"{quoted(name)}, left({text(columns[name].sql, columns[name].kind)}, {SHOWN_CHARS})"
        for name in mapping.columns[:SHOWN_COLUMNS]
    )
    return f"json_object({pairs})::VARCHAR"


def _bounded(relation: str, columns: Dictionary[str, Column]) -> str:
    """The rows without values that are too long, which each step would copy, and a mark of them."""
    tests = {
        column.sql: f"{_LENGTHS[column.kind]}({column.sql}) > {CELL_BYTES_MAX}"
        for column in columns.values()
        if column.kind in _LENGTHS
    }
    if not tests:
        return f"SELECT *, false AS too_long FROM {relation}"
    kept = ", ".join(f"CASE WHEN NOT {test} THEN {sql} END AS {sql}" for sql, test in tests.items())
    marks = " OR ".join(f"coalesce({test}, false)" for test in tests.values())
    return f"SELECT * REPLACE ({kept}), {marks} AS too_long FROM {relation}"


_LENGTHS = {"VARCHAR": "strlen", "JSON": "strlen", "BLOB": "octet_length"}


def _ours(mapping: Mapping, columns: Dictionary[str, Column]) -> dict[str, Column]:
    ours = {"identity": columns[mapping.identity]}
    if mapping.kind is Kind.EVENTS:
        assert mapping.created_on is not None
        ours["ts"] = columns[mapping.created_on]
        if mapping.event_name_column is not None:
            ours["event_name"] = columns[mapping.event_name_column]
        else:
            ours["event_name"] = Column(quoted(mapping.event_name or ""), "VARCHAR")
    else:
        # Whoever has no id of his own is known by his identity.
        ours["object_id"] = columns[mapping.identity]
    return ours | {name: columns[theirs] for name, theirs in mapping.extra}


def _broken(mapping: Mapping, columns: Dictionary[str, Column]) -> str:
    """CASE of what is wrong with a row before its values are read, the worst first."""
    wrong: list[tuple[str, str]] = []
    for column in columns.values():
        if column.kind == "BLOB":
            wrong.append((undecodable(column.sql), NOT_UTF8))
    wrong.append(("too_long", f"a value has more than {CELL_BYTES_MAX:,} bytes"))
    wrong += _wrong_identity()
    if mapping.updated_on is not None:
        wrong.append((f"{columns[mapping.updated_on].sql} IS NULL", "*Updated On* is empty"))
    for at, each in enumerate(mapping.properties):
        column = columns[each.column]
        test = is_wrong(each.type, column.sql, column.kind, f"p{at}")
        if test:
            wrong.append((test, f"the property {each.name} is no {_WORDS[each.type]}"))
    cases = " ".join(f"WHEN {when} THEN {quoted(then)}" for when, then in wrong)
    return f"CASE {cases} END"


_WORDS = {
    FieldType.STRING: "text",
    FieldType.INTEGER: "whole number",
    FieldType.FLOAT: "number",
    FieldType.BOOLEAN: "true or false",
    FieldType.DATE: "date",
    FieldType.JSON: "JSON",
}


def _trimmed(value: str) -> str:
    """Without white space at the ends, which is looked for only where the first or last is some."""
    ends = f"ascii({value}) IN ({_CODES}) OR ascii(right({value}, 1)) IN ({_CODES})"
    return f"CASE WHEN {ends} THEN trim({value}, {_SPACES}) ELSE {value} END"


_CODES = "9, 10, 11, 12, 13, 32, 160"


def _wrong_identity() -> list[tuple[str, str]]:
    """As `identity_fault` of the domain, for whole columns."""
    value = "who"
    words = ", ".join(quoted(word) for word in sorted(REFUSED))
    return [
        (f"coalesce({value}, '') = ''", "identity is missing"),
        (f"lower({value}) IN ({words})", "identity is a word that stands for none"),
        (
            f"length({value}) > {IDENTITY_CHARS_MAX}",
            f"identity has more than {IDENTITY_CHARS_MAX:,} characters",
        ),
    ]


_SPACES = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)"
