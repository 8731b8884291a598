"""Prefills the form for an export like one that is there, going on where that one has come to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.domain.accounts import Account
from shared.domain.exports import DataType, ExportSpec, ExportStatus, Frequency
from shared.domain.local_time import first_instant, local_date
from shared.domain.presets import DAYS_BACK_MAX, oldest_day
from shared.domain.windows import first_cursor
from shared.errors import InvalidInput
from shared.jobs.lookup import account_of, export_of
from shared.jobs.services import Services
from shared.state import export_lists, run_lists
from shared.state.exports import Export

_BEGINNING = ("start_on", "continue_from")


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What to show in the form: the choices as `create_export` takes them, and what to tell."""

    choices: dict[str, Any]
    notes: tuple[str, ...] = ()


def create_again(services: Services, account_id: int, export_id: int) -> Prefilled:
    """The choices of the export, continuing from the last delivered window where it repeats.

    That is the end of the last window before which nothing is missing: a window that failed is
    delivered by the new export. Raises NotFound when the account has no such export.
    """
    account = account_of(services, account_id)
    export = export_of(services, account_id, export_id)
    today = local_date(services.clock(), account.time_zone)
    choices = _same(account, export.spec)
    notes = []
    if export.spec.identity_priority and "identity_priority" not in choices:
        notes.append("Other identifiers are in use now: choose their order anew.")
    if export.spec.frequency is Frequency.ONE_TIME:
        dates, more = _same_dates(export.spec, today)
    else:
        dates, more = _continued(services, account, export, today)
    return Prefilled(choices | dates, (*notes, *more))


def continuation(
    services: Services, account_id: int, export_id: int, frequency: Frequency
) -> Prefilled:
    """Where an export with other choices begins that goes on from this one: dates alone.

    Raises InvalidInput when they do not run in windows of the same kind.
    """
    before = export_of(services, account_id, export_id).spec
    if before.frequency is Frequency.ONE_TIME:
        raise InvalidInput(
            f"The export {export_id} ran once and has no windows to go on from: give dates."
        )
    if frequency is not before.frequency:
        raise InvalidInput(
            f"The export {export_id} is {before.frequency}: one that goes on from it is so, too."
        )
    again = create_again(services, account_id, export_id)
    dates = {name: again.choices[name] for name in _BEGINNING if name in again.choices}
    return Prefilled(dates, again.notes)


def _same(account: Account, spec: ExportSpec) -> dict[str, Any]:
    """What may be chosen again as it was."""
    names = ["bucket", "data_type", "frequency", "format", "compression", "as_string", "prefix"]
    names += ["first_line", "formula_guard"]
    choices = {name: getattr(spec, name) for name in names}
    if spec.events:
        choices["events"] = spec.events
    if spec.send_to:
        choices["send_to"] = spec.send_to
    if spec.every is not None:
        choices["every"] = spec.every
    fits = set(spec.identity_priority) == set(account.identifiers)
    if fits and spec.data_type is not DataType.SELECT_EVENTS:
        choices["identity_priority"] = spec.identity_priority
    return choices


def _same_dates(spec: ExportSpec, today: date) -> tuple[dict[str, Any], list[str]]:
    """The dates of a one-time export, as far as their data can still be had."""
    oldest = oldest_day(today)
    if spec.end_on is None or spec.end_on < oldest:
        return {}, [f"Data reaches back {DAYS_BACK_MAX} days: choose dates from {oldest} on."]
    if spec.start_on >= oldest:
        return {"start_on": spec.start_on, "end_on": spec.end_on}, []
    note = f"Data reaches back {DAYS_BACK_MAX} days, so the range begins on {oldest}."
    return {"start_on": oldest, "end_on": spec.end_on}, [note]


def _continued(
    services: Services, account: Account, export: Export, today: date
) -> tuple[dict[str, Any], list[str]]:
    """Where the windows of the new export begin, and what is delivered again or not at all."""
    until, newest_end = services.database.run(
        lambda c: (
            export_lists.delivered_until(c, export.account_id, [export.export_id]).get(
                export.export_id
            ),
            run_lists.newest_delivered_end(c, export.account_id, export.export_id),
        )
    )
    notes = []
    if export.status is not ExportStatus.STOPPED:
        notes.append(
            f"The export {export.export_id} goes on: stop it first, or both deliver the same."
        )
    oldest = oldest_day(today)
    oldest_at = first_instant(oldest, account.time_zone)
    if until is None or until < oldest_at:
        notes.append(f"Data reaches back {DAYS_BACK_MAX} days, so this one begins on {oldest}.")
        return {"start_on": oldest}, notes
    if newest_end is not None and newest_end > until:
        notes.append("Windows that were delivered after one that was not are delivered again.")
    if _has_not_begun(export, until):
        # Then it begins as the first one did: with every profile, for instance.
        return _beginning(account, export.spec), notes
    return {
        "start_on": local_date(until, account.time_zone),
        "continue_from": until,
    }, notes


def _has_not_begun(export: Export, until: datetime) -> bool:
    return until == first_cursor(export.spec)


def _beginning(account: Account, spec: ExportSpec) -> dict[str, Any]:
    if spec.continue_from is None:
        return {"start_on": spec.start_on}
    return {
        "start_on": local_date(spec.continue_from, account.time_zone),
        "continue_from": spec.continue_from,
    }
