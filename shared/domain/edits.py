"""Editing and stopping exports: what may change, when, and what never does."""

from dataclasses import replace
from typing import Any, Unpack

from shared.domain.accounts import Account
from shared.domain.addresses import checked_addresses
from shared.domain.choices import (
    DataType,
    ExportStatus,
    Format,
    Frequency,
    default_compression,
)
from shared.domain.identities import frozen_priority
from shared.domain.specs import ExportSpec, Options
from shared.errors import InvalidInput

_DATES_STAY = (
    "The start date and the time zone of an export stay as they are, and its windows go on from"
    " the last one: stop it and create it again with other dates."
)

NAME_CHARS_MAX = 100

_FIXED = ("start_on", "continue_from")


class Changes(Options, total=False):
    """What an edit may name; some of it is refused."""

    bucket: str | None
    data_type: DataType | None
    frequency: Frequency | None


def edited(account: Account, before: ExportSpec, **changes: Unpack[Changes]) -> ExportSpec:
    """The specification after an edit; the identity priority is frozen anew, the zone stays.

    Settings that fit the old format only (codec, first line, formula guard) fall back to the
    defaults of the new one unless they are named too. Raises InvalidInput like `new_spec`.
    """
    given: dict[str, Any] = {name: each for name, each in changes.items() if each is not None}
    data_type = given.get("data_type", before.data_type)
    frequency = given.get("frequency", before.frequency)
    _check_kind(before, data_type, frequency)
    moved = (given.get(name, getattr(before, name)) != getattr(before, name) for name in _FIXED)
    if "end_on" in given or any(moved):
        raise InvalidInput(_DATES_STAY)
    given["identity_priority"] = frozen_priority(
        account,
        data_type,
        chosen=given.get("identity_priority"),
        previous=before.identity_priority,
    )
    if data_type is not DataType.SELECT_EVENTS:
        given.setdefault("events", ())
    elif "events" in given:
        given["events"] = tuple(dict.fromkeys(given["events"]))
    if "send_to" in given:
        given["send_to"] = checked_addresses(given["send_to"])
    _refit(before, given)
    return replace(before, **given)


def check_edit(before: ExportSpec, after: ExportSpec, status: ExportStatus) -> None:
    """Refuses what an edit may not change, and exports that cannot be edited (InvalidInput)."""
    check_editable(before, status)
    _check_kind(before, after.data_type, after.frequency)
    if any(getattr(before, name) != getattr(after, name) for name in (*_FIXED, "time_zone")):
        raise InvalidInput(_DATES_STAY)


def check_editable(before: ExportSpec, status: ExportStatus) -> None:
    """Refuses an export that no edit can change, whatever it changes (InvalidInput)."""
    _check_recurs(before)
    if status not in (ExportStatus.PENDING, ExportStatus.RUNNING):
        raise InvalidInput(
            f"The export is {status.value} and cannot be edited any more: create it again with"
            " the new settings."
        )


def check_stop(status: ExportStatus) -> None:
    """Refuses to stop what has ended already (InvalidInput)."""
    if status not in (ExportStatus.PENDING, ExportStatus.RUNNING):
        raise InvalidInput(f"The export is {status.value} already: there is nothing to stop.")


def checked_name(name: str) -> str:
    """What people call an export; raises InvalidInput for what nobody could read or write."""
    if not 1 <= len(name) <= NAME_CHARS_MAX or not name.isprintable() or name != name.strip():
        raise InvalidInput(
            f"Give a name of 1 to {NAME_CHARS_MAX} characters, without spaces at its ends."
        )
    return name


def _check_recurs(before: ExportSpec) -> None:
    if before.frequency is Frequency.ONE_TIME:
        raise InvalidInput(
            "A one-time export cannot be edited: create it again with the new settings."
        )


def _check_kind(before: ExportSpec, data_type: DataType, frequency: Frequency) -> None:
    _check_recurs(before)
    if data_type.is_profiles != before.data_type.is_profiles:
        raise InvalidInput(
            "An export cannot change between events and profiles: stop it and create another."
        )
    if frequency is not before.frequency:
        raise InvalidInput(
            f"A {before.frequency.value} export stays {before.frequency.value}: stop it and"
            " create another with the new frequency."
        )


def _refit(before: ExportSpec, given: dict[str, Any]) -> None:
    """Sets aside what the old format allowed and the new one does not."""
    file_format = given.get("format", before.format)
    if file_format is before.format:
        return
    if Format.PARQUET in (file_format, before.format):
        given.setdefault("compression", default_compression(before.data_type, file_format))
    given.setdefault("formula_guard", before.formula_guard and file_format is Format.CSV)
    given.setdefault("first_line", before.first_line or file_format is not Format.JSON)
