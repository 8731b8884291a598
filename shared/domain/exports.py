"""Making exports: the rules that need the account, the clock or other exports."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Unpack

from shared.domain.accounts import Account
from shared.domain.addresses import checked_addresses
from shared.domain.choices import (
    Compression,
    DataType,
    ExportStatus,
    Format,
    Frequency,
    Identifier,
    default_compression,
)
from shared.domain.edits import Changes, check_edit, check_editable, check_stop, edited
from shared.domain.identities import frozen_priority
from shared.domain.local_time import local_date
from shared.domain.presets import DAYS_BACK_MAX, oldest_day
from shared.domain.specs import LIVE_DEFAULT, ExportSpec, Options
from shared.domain.windows import one_time_bounds
from shared.errors import InvalidInput

__all__ = [
    "Account",
    "Changes",
    "Compression",
    "DataType",
    "ExportSpec",
    "ExportStatus",
    "Format",
    "Frequency",
    "Identifier",
    "Options",
    "check_create",
    "check_edit",
    "check_editable",
    "check_stop",
    "edited",
    "new_spec",
    "overlap",
]

DAYS_AHEAD_MAX = 366  # a start further ahead is a slip of the pen
NAMED_MAX = 3  # exports that a refusal names


def new_spec(
    account: Account,
    *,
    now: datetime,
    bucket: str,
    data_type: DataType,
    frequency: Frequency,
    **options: Unpack[Options],
) -> ExportSpec:
    """The specification of a new export, with defaults filled in and every rule checked.

    Raises InvalidInput with one sentence that says what to do.
    """
    given: dict[str, Any] = {name: each for name, each in options.items() if each is not None}
    today = local_date(now, account.time_zone)
    file_format = given.setdefault("format", Format.JSON)
    given.setdefault("compression", default_compression(data_type, file_format))
    given["events"] = tuple(dict.fromkeys(given.get("events", ())))
    given["send_to"] = checked_addresses(given.get("send_to", ()))
    given["identity_priority"] = frozen_priority(
        account, data_type, chosen=given.get("identity_priority")
    )
    if frequency is Frequency.LIVE:
        given.setdefault("every", LIVE_DEFAULT)
    if "start_on" not in given:
        moment = given.get("continue_from")
        if frequency is Frequency.ONE_TIME and not data_type.is_profiles:
            raise InvalidInput("Give the first date to export, for example the one of yesterday.")
        given["start_on"] = today if moment is None else local_date(moment, account.time_zone)
    if frequency is Frequency.ONE_TIME:
        given.setdefault("end_on", given["start_on"])
    spec = ExportSpec(
        bucket=bucket,
        data_type=data_type,
        frequency=frequency,
        time_zone=account.time_zone,
        **given,
    )
    _check_dates(spec, today)
    return spec


def check_create(spec: ExportSpec, *, recurring_profiles: Sequence[int]) -> None:
    """Refuses a one-time profile export while recurring ones are scheduled (InvalidInput)."""
    one_time_profiles = spec.data_type.is_profiles and spec.frequency is Frequency.ONE_TIME
    if not one_time_profiles or not recurring_profiles:
        return
    named = ", ".join(map(str, recurring_profiles[:NAMED_MAX]))
    if (more := len(recurring_profiles) - NAMED_MAX) > 0:
        named += f" and {more} more"
    told = f"export {named} is scheduled: stop it"
    if len(recurring_profiles) > 1:
        told = f"exports {named} are scheduled: stop them"
    raise InvalidInput(
        f"The recurring profile {told} first, then make the one-time profile export."
    )


def overlap(one: ExportSpec, other: ExportSpec) -> bool:
    """True when both put some of the same data and dates into the same bucket: warn of it."""
    if one.bucket != other.bucket or one.data_type.is_profiles != other.data_type.is_profiles:
        return False
    if one.events and other.events and not set(one.events) & set(other.events):
        return False
    starts = max(one.start_on, other.start_on)
    return starts <= min(one.end_on or date.max, other.end_on or date.max)


def _check_dates(spec: ExportSpec, today: date) -> None:
    oldest = oldest_day(today)
    if spec.start_on < oldest:
        raise InvalidInput(
            f"Data reaches back {DAYS_BACK_MAX} days and {spec.start_on} lies before that: choose"
            f" a first date from {oldest} on."
        )
    if spec.end_on is None:
        if spec.start_on > today + timedelta(days=DAYS_AHEAD_MAX):
            raise InvalidInput(
                f"The start {spec.start_on} lies more than a year ahead: choose an earlier one."
            )
        return
    if spec.end_on > today:
        raise InvalidInput(
            f"The date {spec.end_on} lies in the future: choose dates up to today, {today}, or"
            " make a recurring export."
        )
    one_time_bounds(spec)
