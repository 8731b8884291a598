"""Reads what a person typed on the command line into the values of the domain."""

import os
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from shared.domain.exports import Compression, DataType, Format, Frequency, Identifier
from shared.domain.import_schedules import When
from shared.errors import InvalidInput

_HOW_OFTEN = re.compile(r"([1-9][0-9]{0,5})([mhd])")
_UNITS = {"m": When.MINUTES, "h": When.HOURS, "d": When.DAYS}


def spec_choices(
    *,
    data_type: DataType | None,
    events: Sequence[str] | None,
    file_format: Format | None,
    compression: Compression | None,
    as_string: bool | None,
    identity_priority: str | None,
    first_line: bool | None,
    formula_guard: bool | None,
    prefix: str | None,
    send_to: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Only the choices that a person made, by the names of the domain."""
    choices = {
        "data_type": data_type,
        "events": tuple(events) if events else None,
        "format": file_format,
        "compression": compression,
        "as_string": as_string,
        "identity_priority": None if identity_priority is None else identifiers(identity_priority),
        "first_line": first_line,
        "formula_guard": formula_guard,
        "prefix": prefix,
        "send_to": tuple(send_to) if send_to else None,
    }
    return {name: value for name, value in choices.items() if value is not None}


def dates(first: str | None, last: str | None) -> dict[str, date]:
    """The dates of a one-time export, as far as they were given."""
    texts = {"start_on": first, "end_on": last}
    return {name: day(text) for name, text in texts.items() if text is not None}


def day(text: str) -> date:
    """A local date, YYYY-MM-DD."""
    read: date = _parsed(text, date.fromisoformat, "a date such as 2026-11-22")
    return read


def moment(text: str) -> datetime:
    """A moment with its zone."""
    read: datetime = _parsed(text, datetime.fromisoformat, "a time such as 2026-11-22T12:05:00Z")
    if read.tzinfo is None:
        raise InvalidInput(f"Add a time zone to {text!r}, for example {text}Z.")
    return read


def set_clock(now: str | None) -> None:
    """Pretend that it is this time; worker processes read the same, so that all clocks agree."""
    if now is not None:
        os.environ["SLUICE_NOW"] = moment(now).isoformat()


def _parsed(text: str, parse: Callable[[str], Any], wanted: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is not understood; give {wanted}.") from None


def frequency(every: str) -> dict[str, Any]:
    """`4h` is a recurring export, `live` or `10m` a live one."""
    if every == "live":
        return {"frequency": Frequency.LIVE}
    number, unit = every[:-1], every[-1:]
    if not number.isascii() or not number.isdecimal() or unit not in ("h", "m"):
        raise InvalidInput(f"{every!r} is no interval; give 4h to 24h, or live, or 5m to 60m.")
    amount = int(number[:6])
    if unit == "h":
        return {"frequency": Frequency.RECURRING, "every": timedelta(hours=amount)}
    return {"frequency": Frequency.LIVE, "every": timedelta(minutes=amount)}


def how_often(every: str) -> tuple[When, int]:
    """How often an import runs: `15m`, `1h` or `1d`."""
    read = _HOW_OFTEN.fullmatch(every)
    if read is None:
        raise InvalidInput("Give how often as 15m or more, 1h or 1d.")
    return _UNITS[read[2]], int(read[1])


def identifiers(text: str) -> tuple[Identifier, ...]:
    """Identifiers by name, with commas in between."""
    try:
        return tuple(Identifier(name.strip()) for name in text.split(",") if name.strip())
    except ValueError:
        raise InvalidInput(
            f"{text!r} names an unknown identifier; use email, identity and phone."
        ) from None


def pairs(texts: list[str]) -> dict[str, str]:
    """`column=source` texts as a mapping."""
    found: dict[str, str] = {}
    for text in texts:
        column, equals, source = text.partition("=")
        if not equals or not column or not source:
            raise InvalidInput(f"--map {text!r} is not understood; give column=source.")
        if column in found:
            raise InvalidInput(f"--map names {column} twice; map each column once.")
        found[column] = source
    return found
