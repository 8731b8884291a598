"""Short ways to build what the tests of the domain are about."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from shared.domain.exports import (
    Account,
    Compression,
    DataType,
    ExportSpec,
    Format,
    Frequency,
    Identifier,
    new_spec,
)
from shared.domain.names import RunNames

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = date(2026, 11, 20)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# Ids that leave the least room for the name of an event.
WORST = RunNames(
    2**63 - 1, 10**18, 10**10, "d" * 64, Format.PARQUET, Compression.GZIP, time_zone="Asia/Tokyo"
)


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


def recurring(every: timedelta | None = 4 * HOUR, zone: str = "UTC", **settings: Any) -> ExportSpec:
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


def names(
    file_format: Format = Format.JSON, compression: Compression = Compression.NONE, **settings: Any
) -> RunNames:
    """The names of a run in an account with a short database id."""
    return RunNames(7, 1_700_000_000, 1_763_596_800, "db-1", file_format, compression, **settings)


def digits(raw: str, count: int = 8) -> str:
    """The first hex digits of the SHA-256 of a raw event name."""
    return sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()[:count]
