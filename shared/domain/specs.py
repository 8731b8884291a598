"""The specification of an export: what to deliver, where to, how often and in which shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from shared.domain.addresses import checked_addresses
from shared.domain.choices import Compression, DataType, Format, Frequency, Identifier
from shared.domain.local_time import check_zone, local_date
from shared.domain.prefixes import check_prefix
from shared.errors import InvalidInput, OurFault

RECURRING_HOURS = range(4, 25)
RECURRING_HOURS_OFFERED = (4, 6, 8, 12, 24)  # what the form lists
LIVE_MINUTES = range(5, 61)
LIVE_DEFAULT = timedelta(minutes=10)
EVENTS_MAX = 1_000  # selected event names in one export: they all go into one query
BUCKET_BYTES_MAX = 4_096  # an address of a local folder may be long; a bucket's never is


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSpec:
    """The settings of an export, complete and consistent in themselves.

    Rules that need the account or the clock are applied by `exports.new_spec`.
    """

    bucket: str  # never trimmed, never case-folded
    data_type: DataType
    frequency: Frequency
    format: Format = Format.JSON
    compression: Compression = Compression.NONE  # `new_spec` applies the default of the format
    events: tuple[str, ...] = ()  # selected event names, raw
    as_string: bool = False  # every property value as a string
    identity_priority: tuple[Identifier, ...] = ()  # empty: the identity column as it is
    time_zone: str = "UTC"  # of the account when the export was made
    every: timedelta | None = None  # length of a window; None for one time
    start_on: date  # first local date, inclusive
    end_on: date | None = None  # last local date, inclusive; one time only
    first_line: bool = True  # the bare event name on top of JSON event files
    formula_guard: bool = False  # CSV: a ' before cells that a spreadsheet would calculate
    prefix: str = ""  # template put in front of the object names
    # Where the first window begins when it goes on from another export; else the start date does.
    continue_from: datetime | None = None
    send_to: tuple[str, ...] = ()  # e-mail addresses that notices go to beside the creator

    def __post_init__(self) -> None:
        check_zone(self.time_zone)
        _check_target(self)
        _check_events(self)
        _check_frequency(self)
        _check_format(self)
        if checked_addresses(self.send_to) != self.send_to:
            raise InvalidInput("Give each address of Send to once, in lower case.")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values under stable keys; `from_dict` gives the same specification back."""
        moment = self.continue_from
        # Left out where there is none, so that stored exports read the same as ever.
        extra: dict[str, Any] = {} if moment is None else {"continue_from": moment.isoformat()}
        if self.send_to:
            extra["send_to"] = list(self.send_to)
        return {
            "bucket": self.bucket,
            "data_type": self.data_type.value,
            "frequency": self.frequency.value,
            "format": self.format.value,
            "compression": self.compression.value,
            "events": list(self.events),
            "as_string": self.as_string,
            "identity_priority": [each.value for each in self.identity_priority],
            "time_zone": self.time_zone,
            "every_minutes": None if self.every is None else self.every // timedelta(minutes=1),
            "start_on": self.start_on.isoformat(),
            "end_on": None if self.end_on is None else self.end_on.isoformat(),
            "first_line": self.first_line,
            "formula_guard": self.formula_guard,
            "prefix": self.prefix,
            **extra,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "ExportSpec":
        """Reads what `to_dict` wrote; OurFault when it holds other keys or values."""
        fields = dict(stored)
        try:
            minutes, end_on = fields.pop("every_minutes"), fields["end_on"]
            moment = fields.get("continue_from")
            return cls(
                **fields
                | {
                    "data_type": DataType(fields["data_type"]),
                    "frequency": Frequency(fields["frequency"]),
                    "format": Format(fields["format"]),
                    "compression": Compression(fields["compression"]),
                    "events": tuple(fields["events"]),
                    "send_to": tuple(fields.get("send_to", ())),
                    "identity_priority": tuple(map(Identifier, fields["identity_priority"])),
                    "every": None if minutes is None else timedelta(minutes=minutes),
                    "start_on": date.fromisoformat(fields["start_on"]),
                    "end_on": None if end_on is None else date.fromisoformat(end_on),
                    "continue_from": None if moment is None else datetime.fromisoformat(moment),
                }
            )
        except (KeyError, TypeError, ValueError) as error:
            raise OurFault(
                f"A stored export cannot be read: {error!r}.", reason="bad-spec"
            ) from error


class Options(TypedDict, total=False):
    """What may be chosen beside bucket, data type and frequency; None is "not chosen"."""

    format: Format | None
    compression: Compression | None
    events: tuple[str, ...] | None
    as_string: bool | None
    identity_priority: tuple[Identifier, ...] | None
    every: timedelta | None
    start_on: date | None
    end_on: date | None
    first_line: bool | None
    formula_guard: bool | None
    prefix: str | None
    continue_from: datetime | None
    send_to: tuple[str, ...] | None


def _check_target(spec: ExportSpec) -> None:
    if not spec.bucket or len(spec.bucket.encode(errors="replace")) > BUCKET_BYTES_MAX:
        raise InvalidInput("Name the bucket to export to, for example gs://my-bucket.")
    check_prefix(spec.prefix, profiles=spec.data_type.is_profiles)
    if len(set(spec.identity_priority)) != len(spec.identity_priority):
        raise InvalidInput("Name each identifier once in the identity priority.")
    if spec.identity_priority and spec.data_type is DataType.SELECT_EVENTS:
        raise InvalidInput(
            "Selected events carry the identity as it is: leave the identity priority out, or"
            " export all events."
        )


def _check_events(spec: ExportSpec) -> None:
    if spec.data_type is not DataType.SELECT_EVENTS:
        if spec.events:
            raise InvalidInput(
                "Event names are for selected events only: choose the data type select_events,"
                " or leave the names out."
            )
        return
    if not 1 <= len(spec.events) <= EVENTS_MAX:
        raise InvalidInput(
            f"Name 1 to {EVENTS_MAX:,} events to export, or choose the data type All events."
        )
    for name in spec.events:
        if not name or any("\ud800" <= char <= "\udfff" for char in name):
            raise InvalidInput(
                f"No event can have the name {name[:80]!r}: copy the event's name exactly."
            )


def _check_frequency(spec: ExportSpec) -> None:
    if spec.frequency is Frequency.ONE_TIME:
        if spec.every is not None:
            raise InvalidInput(
                "A one-time export has no interval: leave it out, or make a recurring export."
            )
        if spec.continue_from is not None:
            raise InvalidInput(
                "A one-time export continues no other: leave that moment out and give its dates."
            )
        if spec.end_on is None:
            raise InvalidInput("Give the last date of the one-time export as well.")
        if spec.end_on < spec.start_on:
            raise InvalidInput(
                f"The last date {spec.end_on} lies before the first date {spec.start_on}: give"
                " them the other way round."
            )
        return
    if spec.end_on is not None:
        raise InvalidInput(
            "A recurring export has no last date: leave it out and stop the export when it is"
            " no longer needed, or make a one-time export."
        )
    live = spec.frequency is Frequency.LIVE
    _check_continuation(spec)
    unit, allowed = (
        (timedelta(minutes=1), LIVE_MINUTES) if live else (timedelta(hours=1), RECURRING_HOURS)
    )
    if spec.every is None or spec.every % unit or spec.every // unit not in allowed:
        raise InvalidInput(
            "A live export runs every 5 to 60 whole minutes: choose an interval such as 10m."
            if live
            else "A recurring export runs every 4 to 24 whole hours: choose 4h, 6h, 8h, 12h, 24h"
            " or another whole number of hours in between."
        )


def _check_continuation(spec: ExportSpec) -> None:
    """The moment lies on the start date, to the second as run stamps do."""
    moment = spec.continue_from
    if moment is None:
        return
    if moment.utcoffset() != timedelta(0) or moment.microsecond:
        raise InvalidInput("Give the moment to continue from in UTC and to the whole second.")
    if local_date(moment, spec.time_zone) != spec.start_on:
        raise InvalidInput(
            f"The export starts on {spec.start_on} but would continue from another date: leave"
            " one of the two out."
        )


def _check_format(spec: ExportSpec) -> None:
    parquet = spec.format is Format.PARQUET
    if spec.compression in (Compression.SNAPPY, Compression.ZSTD) and not parquet:
        raise InvalidInput(
            f"{spec.compression.value} is a codec of Parquet: choose none or gzip for"
            f" {spec.format.value} files."
        )
    if spec.formula_guard and spec.format is not Format.CSV:
        raise InvalidInput("The formula guard is for CSV files: leave it off, or choose csv.")
    if not spec.first_line and (spec.format is not Format.JSON or spec.data_type.is_profiles):
        raise InvalidInput(
            "Only JSON event files have a first line with the event name: leave that option"
            " alone, or export events as json."
        )
