"""The SQL from a file's raw columns to rows of the warehouse, in layers of one SELECT each."""

from collections.abc import Mapping

from shared.loading.json_sql import finite, is_object, parsed, quoted, spliced
from shared.loading.raw import Raw
from shared.loading.request import ACCOUNT, Request
from shared.loading.values import (
    in_range,
    list_document,
    moment,
    object_text,
    text,
    text_list,
)
from shared.schema import Column


def rows_sql(
    raw: Raw,
    request: Request,
    key: int,
    *,
    passed: Mapping[str, str] | None = None,
    seed: str = "",
) -> str:
    """SELECT n, reason, hashed and the request's columns; `n` is `key` plus the row's number.

    `passed` are further columns, SQL over all that is there by then. `seed` is SQL whose value
    goes into the ids that are made of rows, beside their columns.
    """
    kinds = raw.types
    shapes = {column.name: _shape(column) for column in request.columns}
    found = {name: shape for name, shape in shapes.items() if name in kinds}
    read: dict[str, str] = {}
    values: dict[str, str] = {}
    checked: dict[str, str] = {}
    for name, shape in found.items():
        source, kind = f"r_{name}", kinds[name]
        if shape == "text":
            values[name] = text(source, kind)
        elif shape == "time":
            read[f"t_{name}"] = moment(source, kind)
            values[name] = in_range(f"t_{name}")
        elif shape == "list":
            read[f"d_{name}"] = list_document(source, kind)
            values[name] = text_list(source, kind, f"d_{name}")
        elif shape == "flag":
            values[name] = f"coalesce(try_cast({text(source, kind)} AS BOOLEAN), false)"
        else:
            read[f"x_{name}"] = f"nullif({object_text(source, kind)}, '')"
            values[f"j_{name}"] = parsed(f"x_{name}")
            checked[name] = _object(name, request)
    missing = {
        column.name: f"NULL::{column.duckdb_type}"
        for column in request.columns
        if column.name not in kinds
    }
    sql = _layer(raw.sql, read)
    sql = _layer(sql, values)
    sql = _layer(sql, checked | missing)
    sql = _layer(sql, {"spliced": spliced(request.props, "extras")})
    whole = "spliced" if raw.finite else finite("spliced")
    sql = _layer(sql, {request.props: whole}, replaced=True)
    sql = _layer(sql, {"reason": _reason(raw, request, found)})
    return _finished(sql, request, key, passed or {}, seed)


def _shape(column: Column) -> str:
    if column.mode == "REPEATED":
        return "list"
    return {"TIMESTAMP": "time", "JSON": "object", "BOOL": "flag"}.get(column.type, "text")


def _object(name: str, request: Request) -> str:
    document = f"j_{name}"
    # The properties get theirs when those from other columns have been added.
    value = document if name == request.props else finite(document)
    return f"CASE WHEN {is_object(document)} THEN {value} END"


def _layer(inner: str, added: Mapping[str, str], *, replaced: bool = False) -> str:
    columns = ", ".join(f"{sql} AS {name}" for name, sql in added.items())
    if replaced:
        return f"SELECT * REPLACE ({columns}) FROM ({inner})"
    return f"SELECT *{', ' if columns else ''}{columns} FROM ({inner})"


def _reason(raw: Raw, request: Request, found: Mapping[str, str]) -> str:
    """CASE of everything that can be wrong with a row, the worst first; NULL when it is good."""
    words = raw.words
    wrong = [("broken IS NOT NULL", "broken")]
    if ACCOUNT in raw.types:
        # A row that says it is another tenant's must never slip into this one.
        own = text(f"r_{ACCOUNT}", raw.types[ACCOUNT])
        wrong.append((f"{own} <> '{request.account_id}'", quoted("account_id is another account")))
    for name in request.required:
        if _shape_of(request, name) == "text":
            wrong.append(
                (f"coalesce(trim({name}), '') = ''", quoted(f"no {words.get(name, name)}"))
            )
    for name, shape in found.items():
        given = f"nullif(trim({text(f'r_{name}', raw.types[name])}), '') IS NOT NULL"
        if shape == "time":
            # Only CASE leaves out what need not be known; AND would make a text of every time.
            bad = f"CASE WHEN {name} IS NULL THEN {given} ELSE false END"
            wrong.append((bad, quoted(f"unreadable time in {words.get(name, name)}")))
        elif shape == "object":
            good = f"coalesce({is_object(f'j_{name}')} OR j_{name} = 'null', false)"
            bad = f"x_{name} IS NOT NULL AND NOT {good}"
            wrong.append((bad, quoted(f"{name} is not a JSON object")))
        elif shape == "flag":
            bad = f"try_cast({text(f'r_{name}', raw.types[name])} AS BOOLEAN) IS NULL AND {given}"
            wrong.append((bad, quoted(f"{name} is neither true nor false")))
    if "ts" in request.required:
        wrong.append(("ts IS NULL", quoted(f"no time in {words.get('ts', 'ts')}")))
    return "CASE " + " ".join(f"WHEN {when} THEN {then}" for when, then in wrong) + " END"


def _shape_of(request: Request, name: str) -> str:
    return next(_shape(column) for column in request.columns if column.name == name)


def _finished(inner: str, request: Request, key: int, passed: Mapping[str, str], seed: str) -> str:
    names = [column.name for column in request.columns]
    hashed = "false"
    if request.table.name == "events":
        names.remove("event_id")
        hashed = "coalesce(event_id, '') = ''"
        content = content_hash(request, without=frozenset({"event_id"}), seed=seed)
        names.append(f"CASE WHEN {hashed} THEN {content} ELSE event_id END AS event_id")
    more = "".join(f", {sql} AS {name}" for name, sql in passed.items())
    return (
        f"SELECT {key} + row_no AS n, reason, {hashed} AS hashed, {', '.join(names)}{more} "
        f"FROM ({inner})"
    )


def content_hash(request: Request, *, without: frozenset[str], seed: str = "") -> str:
    """32 hex digits that two rows share only when all their columns, and `seed`, are the same."""
    parts = [f"{seed}::VARCHAR"] if seed else []
    for column in request.columns:
        if column.name in without:
            continue
        if column.type == "TIMESTAMP":
            parts.append(f"epoch_us({column.name})::VARCHAR")
        elif column.mode == "REPEATED":
            parts.append(f"to_json({column.name})::VARCHAR")
        else:
            parts.append(f"{column.name}::VARCHAR")
    return f"md5(to_json([{', '.join(parts)}])::VARCHAR)"
