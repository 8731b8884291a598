"""What is asked of the prober about a customer's dataset, as JSON texts.

No credentials are among it, only where they lie.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from shared.domain.bucket_access import Access as Credentials
from shared.domain.connections import Access, Dataset
from shared.domain.import_columns import ColumnKind, SourceColumn
from shared.domain.import_specs import SourceQuery
from shared.errors import InvalidInput
from shared.import_ports import Reading

# A SELECT has at most 100,000 characters, and 200 names of columns as many.
QUESTION_BYTES_MAX = 2_000_000
# What names a job of BigQuery.
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Ask(StrEnum):
    """What is to be found out; each is a method of the source port."""

    TRY_OUT = "try_out"
    LOCATION = "location"
    TABLES = "tables"
    DESCRIBE = "describe"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Given:
    """A dataset with credentials that are not saved with a connection."""

    place: Dataset
    credentials: Credentials
    location: str


@dataclass(frozen=True, slots=True)
class Question:
    """Of which dataset, and what; what is read is bounded by a limit and read from the start."""

    account_id: int
    # The id of a saved connection.
    of: int | Given
    ask: Ask
    about: Access | SourceQuery | Reading | None = None


def question_text(question: Question) -> str:
    """The question as it is sent."""
    of, about = question.of, question.about
    told: Any = about
    if isinstance(about, SourceQuery):
        told = asdict(about)
    elif isinstance(about, Reading):
        columns = columns_told(about.columns)
        told = {"key": about.key, "limit": about.limit, "columns": columns, **asdict(about.query)}
    return json.dumps(
        {
            "account_id": question.account_id,
            "of": asdict(of) if isinstance(of, Given) else of,
            "ask": question.ask,
            "about": told,
        }
    )


def question_of(text: bytes) -> Question:
    """The question that was sent; raises InvalidInput when it is none of ours."""
    found = object_of(text, QUESTION_BYTES_MAX)
    try:
        account_id, of, ask = found["account_id"], found["of"], Ask(found["ask"])
        if type(account_id) is not int or not 0 < account_id < 2**63:
            raise refused()
        if isinstance(of, dict):
            return Question(account_id, _given(of), ask, _about(ask, found["about"]))
        if type(of) is not int or not 0 < of < 2**63:
            raise refused()
        return Question(account_id, of, ask, _about(ask, found["about"]))
    except (InvalidInput, KeyError, TypeError, ValueError):
        raise refused() from None


def _given(found: dict[str, Any]) -> Given:
    place, credentials = found["place"], found["credentials"]
    names = ("email", "key_id", "secret")
    return Given(
        Dataset(_text(place["project"]), _text(place["dataset"])),
        Credentials(_text(credentials["kind"]), *(_maybe(credentials[name]) for name in names)),
        _text(found["location"]),
    )


def _about(ask: Ask, about: Any) -> Access | SourceQuery | Reading | None:
    match ask:
        case Ask.TRY_OUT:
            return Access(about)
        case Ask.DESCRIBE:
            return SourceQuery(_maybe(about["table"]), _maybe(about["sql"]))
        case Ask.READ:
            query = SourceQuery(_maybe(about["table"]), _maybe(about["sql"]))
            key, limit = _text(about["key"]), about["limit"]
            if type(limit) is not int or limit < 1 or not _KEY.fullmatch(key):
                raise refused()
            return Reading(query, columns_of(about["columns"]), key, limit=limit)
    return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise refused()
    return value


def _maybe(value: Any) -> str | None:
    return None if value is None else _text(value)


def columns_told(columns: Sequence[SourceColumn]) -> list[list[str]]:
    """Columns as plain JSON values."""
    return [[column.name, str(column.kind), column.shown] for column in columns]


def columns_of(found: Any) -> tuple[SourceColumn, ...]:
    """The columns again; raises TypeError or ValueError."""
    return tuple(
        SourceColumn(str(name), ColumnKind(kind), str(shown)) for name, kind, shown in found
    )


def object_of(text: bytes, bytes_max: int) -> dict[str, Any]:
    """The object that a text is; raises InvalidInput when it is none, or too long."""
    try:
        found = json.loads(text.decode()) if len(text) <= bytes_max else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise refused()
    return found


def refused() -> InvalidInput:
    """Of a text that is none of ours."""
    return InvalidInput("This is no message between Sluice and its prober.", reason="bad-message")
