"""Short ways to build what the tests of the domain are about."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.domain.exports import Account, DataType, ExportSpec, Frequency, Identifier, new_spec

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = date(2026, 11, 20)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    """The instant of an ISO text without offset, read as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def account(zone: str = "UTC", *identifiers: Identifier) -> Account:
    """An account with the usual settings."""
    return Account(1, "db-1", zone, identifiers or (Identifier.IDENTITY,))


def chosen(owner: Account | None = None, now: datetime = NOW, **choices: Any) -> ExportSpec:
    """A new export through the front door: one-time, all events of today, unless told else."""
    choices = {
        "bucket": "gs://bucket",
        "data_type": DataType.ALL_EVENTS,
        "frequency": Frequency.ONE_TIME,
    } | choices
    if choices["frequency"] is Frequency.ONE_TIME:
        choices.setdefault("start_on", TODAY)
    return new_spec(owner or account(), now=now, **choices)


def recurring(every: timedelta = 4 * HOUR, zone: str = "UTC", **settings: Any) -> ExportSpec:
    """A recurring export that may start on any date."""
    defaults = {
        "bucket": "gs://bucket",
        "data_type": DataType.ALL_EVENTS,
        "frequency": Frequency.RECURRING,
        "start_on": TODAY,
    }
    return ExportSpec(**(defaults | settings), every=every, time_zone=zone)


def live(every: timedelta = 10 * MINUTE, zone: str = "UTC", **settings: Any) -> ExportSpec:
    """A live export that may start on any date."""
    return recurring(every, zone, frequency=Frequency.LIVE, **settings)
