"""Compares what a file declares with what there is: the changes that would make them agree.

Nothing is ever taken away because a file does not name it: exports and imports stop where the file
says `stopped: true`, and buckets and connections stay.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from shared.domain.accounts import Account
from shared.domain.addresses import checked_addresses
from shared.domain.choices import DataType, ExportStatus, Format, Frequency, default_compression
from shared.domain.edits import check_edit, check_stop, edited
from shared.domain.exports import new_spec
from shared.domain.specs import LIVE_DEFAULT, ExportSpec
from shared.errors import InvalidInput

# How a bucket is opened: kind of credentials, service account, key id.
Access: TypeAlias = tuple[str, str | None, str | None]


class Verb(StrEnum):
    """What a change does, in the order in which changes are made."""

    SAVE = "save"
    ROTATE = "rotate"
    STOP = "stop"
    PAUSE = "pause"
    EDIT = "edit"
    CREATE = "create"
    START = "start"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class DeclaredBucket:
    """A bucket as the file has it; a key file's content is never shown."""

    nickname: str
    line: int
    url: str
    access: Access


@dataclass(frozen=True, slots=True)
class DeclaredExport:
    """An export as the file has it."""

    name: str
    line: int
    bucket: str  # nickname or address
    stopped: bool
    # What is chosen, by the names of `new_spec`; always with data_type and frequency.
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PresentExport:
    """An export of that name in state."""

    export_id: int
    spec: ExportSpec
    status: ExportStatus


@dataclass(frozen=True, slots=True)
class Change:
    """One step that makes state agree with the file."""

    verb: Verb
    what: str  # bucket, connection, export or import
    name: str
    line: int
    details: tuple[str, ...] = ()  # for people
    settings: Mapping[str, Any] | None = None  # of an export to create, or what an edit changes
    export_id: int | None = None
    spec: ExportSpec | None = None  # as it will be


@contextmanager
def at_line(source: str, line: int) -> Iterator[None]:
    """Names the line of the file in whatever is refused."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(
            f"{source}, line {line}: {error.message}", reason=error.reason
        ) from error


def bucket_change(wanted: DeclaredBucket, url: str | None, access: Access | None) -> Change | None:
    """What to do about a bucket that is saved at `url` with `access`, or not at all."""
    kind, email, _ = wanted.access
    whose = f"{kind} of {email}" if email else "without credentials"
    if url is None:
        details = (wanted.url, whose)
        return Change(Verb.SAVE, "bucket", wanted.nickname, wanted.line, details)
    if url != wanted.url:
        raise InvalidInput(
            f"The bucket {wanted.nickname} is {url} and cannot become another one: give"
            f" {wanted.url} a nickname of its own."
        )
    if access == wanted.access:
        return None
    return Change(Verb.ROTATE, "bucket", wanted.nickname, wanted.line, (f"to {whose}",))


def export_change(
    account: Account,
    now: datetime,
    wanted: DeclaredExport,
    url: str,
    present: PresentExport | None,
) -> Change | None:
    """What to do about an export; raises InvalidInput for what can never be."""
    if present is None:
        return None if wanted.stopped else _creation(account, now, wanted, url)
    live = present.status in (ExportStatus.PENDING, ExportStatus.RUNNING)
    if wanted.stopped:
        if not live:
            return None
        check_stop(present.status)
        return Change(Verb.STOP, "export", wanted.name, wanted.line, export_id=present.export_id)
    if present.status is ExportStatus.STOPPED:
        raise InvalidInput(
            f"The export {wanted.name} ({present.export_id}) was stopped for good: say"
            " `stopped: true`, or give it a new name to create it again."
        )
    return _edit(account, wanted, url, present)


def _creation(account: Account, now: datetime, wanted: DeclaredExport, url: str) -> Change:
    spec = new_spec(account, now=now, bucket=url, **wanted.settings)
    details = (f"{spec.data_type} as {spec.format}", _interval(spec), f"to {url}")
    return Change(
        Verb.CREATE,
        "export",
        wanted.name,
        wanted.line,
        details,
        settings=dict(wanted.settings) | {"bucket": url},
        spec=spec,
    )


def _edit(
    account: Account, wanted: DeclaredExport, url: str, present: PresentExport
) -> Change | None:
    before = present.spec
    complete = _with_defaults(wanted.settings) | {"bucket": url}
    changes = {name: value for name, value in complete.items() if getattr(before, name) != value}
    if not changes:
        return None
    after = edited(account, before, **changes)
    check_edit(before, after, present.status)
    details = tuple(
        f"{name} {_shown(getattr(before, name))} -> {_shown(value)}"
        for name, value in changes.items()
    )
    return Change(
        Verb.EDIT,
        "export",
        wanted.name,
        wanted.line,
        details,
        settings=changes,
        export_id=present.export_id,
        spec=after,
    )


def _with_defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says by leaving things out.

    Dates and the identity priority were fixed when the export was made and stay unless named.
    """
    file_format = settings.get("format", Format.JSON)
    data_type: DataType = settings["data_type"]
    defaults: dict[str, Any] = {
        "format": file_format,
        "compression": default_compression(data_type, file_format),
        "events": (),
        "as_string": False,
        "first_line": True,
        "formula_guard": False,
        "prefix": "",
        "send_to": (),
    }
    if settings["frequency"] is Frequency.LIVE:
        defaults["every"] = LIVE_DEFAULT
    given = {name: value for name, value in settings.items() if value is not None}
    if "events" in given:
        given["events"] = tuple(dict.fromkeys(given["events"]))
    if "send_to" in given:
        given["send_to"] = checked_addresses(given["send_to"])
    return defaults | given


def _interval(spec: ExportSpec) -> str:
    if spec.every is None:
        return f"once, {spec.start_on} to {spec.end_on}"
    return f"every {_shown(spec.every)} from {spec.start_on}"


def _shown(value: Any) -> str:
    """A value as the file would have it."""
    match value:
        case bool():
            return "true" if value else "false"
        case timedelta():
            hours, rest = divmod(value, timedelta(hours=1))
            return f"{value // timedelta(minutes=1)}m" if rest else f"{hours}h"
        case tuple():
            return "[" + ", ".join(map(str, value)) + "]"
        case date():
            return value.isoformat()
        case "":
            return '""'
        case _:
            return str(value)
