"""The data most tests deliver: few rows, yet several slices, parts, files and days."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from tests.warehouse_rows import HOUR, NOW, Row, event, profile

# One group larger than a slice, and many that share slices.
LARGE = "Page View"
SMALL_NAMES = ["Buy", "Search", "Sign Up", "Log Out", "Zoom"]


def mixed_events(count: int = 300, first: int = 0) -> list[Row]:
    """Two thirds page views of one day; the rest five events over two days."""
    return list(_mixed(count, first))


def _mixed(count: int, first: int) -> Iterator[Row]:
    for number in range(first, first + count):
        name = LARGE if number % 3 else SMALL_NAMES[number % len(SMALL_NAMES)]
        at = NOW - timedelta(days=1 if number % 3 else 1 + number % 2) + number * timedelta(0, 7)
        yield event(
            number,
            event_name=name,
            ts=at,
            props={"text": f"Ünï {number} 🙂", "price": number / 4, "ok": number % 2 == 0},
            session_props='{"source": "ads"}',
            device='{"make": "Acme"}',
        )


def profiles(numbers: Iterable[int], **columns: object) -> list[Row]:
    """Profiles that differ in number and time only."""
    return [
        profile(number, props={"Gender": "F", "score": number / 8, "tags": ["a"]}, **columns)
        for number in numbers
    ]


def ids(rows: Iterable[Row], key: str = "event_id") -> list[str]:
    """What the oracle expects of these rows."""
    return [row[key] for row in rows]


def arriving(numbers: Iterable[int], hours_before: float, **columns: object) -> list[Row]:
    """Events that happen and arrive so many hours before NOW, a second apart."""
    at = NOW - hours_before * HOUR
    return [
        event(number, ts=at + timedelta(0, place), ingested_at=at + timedelta(0, place), **columns)
        for place, number in enumerate(numbers)
    ]
