"""Choices of people for an import, made complete: a schedule in the account's zone."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

from shared.domain.import_schedules import Schedule, When, check_year
from shared.errors import InvalidInput


def new_schedule(
    when: When,
    time_zone: str,
    now: datetime,
    *,
    every: int | None = None,
    start_at: datetime | None = None,
    days: Sequence[int] = (),
    times: Sequence[str] = (),
) -> Schedule:
    """The schedule; what comes every so often begins now unless told else.

    Raises InvalidInput.
    """
    counted = when in (When.MINUTES, When.HOURS, When.DAYS)
    if start_at is None and counted:
        start_at = now.replace(microsecond=0)
    if start_at is not None:
        check_year(start_at)
    try:
        read = tuple(time.fromisoformat(text) for text in times)
    except ValueError:
        raise InvalidInput("Give local times such as 09:30, from 00:00 to 23:59.") from None
    return Schedule(
        when=when,
        time_zone=time_zone,
        every=every,
        start_at=None if start_at is None else start_at.astimezone(UTC),
        days=tuple(days),
        times=read,
    )
