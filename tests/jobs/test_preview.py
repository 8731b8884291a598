"""A preview shows what an export would deliver, and leaves nothing behind."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from shared.config import Limits
from shared.domain.exports import Compression, DataType, Format, Frequency
from shared.errors import InvalidInput
from shared.jobs.manage_exports import stop_export
from shared.jobs.preview import preview
from shared.state import accounts
from tests.jobs.house import SMALL
from tests.jobs.samples import arriving, mixed_events, profiles
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, NOW, event

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(90)
ONCE = {
    "data_type": DataType.ALL_EVENTS,
    "frequency": Frequency.ONE_TIME,
    "start_on": date(2026, 11, 18),
    "end_on": date(2026, 11, 20),
}


def look(house, **choices):
    usual = ONCE if choices.get("frequency", Frequency.ONE_TIME) is Frequency.ONE_TIME else {}
    bucket = {"bucket": house.bucket.as_uri(), "data_type": DataType.ALL_EVENTS}
    return preview(house.services, 1, bucket | usual | choices)


@pytest.mark.parametrize("file_format", list(Format))
def test_the_shown_file_begins_as_the_real_one_will(house, file_format):
    house.load(ROWS)
    seen = look(house, format=file_format, compression=Compression.NONE)
    export = house.export(format=file_format, compression=Compression.NONE)
    house.finish()
    if file_format is Format.PARQUET:
        place = seen.shown.columns.index("eventProps")
        assert 1 <= len(seen.shown.rows) <= 10
        assert {"id", "n", "price"} <= set(json.loads(seen.shown.rows[0][place]))
        return
    real = [path.read_text() for path in house.bucket.glob(f"{export.export_id}-*")]
    # A file of XML ends, and a table may have more columns than its first rows need.
    begin = seen.shown.text.splitlines()[:2]
    assert any(text.splitlines()[:2] == begin for text in real)


def test_counts_and_names_are_those_of_the_real_run(house):
    house.load(ROWS)
    seen = look(house)
    export = house.export()
    house.finish()
    run = house.run(export)
    assert (seen.rows, seen.files) == (run.rows_written, run.files_written)
    assert 0.5 < seen.bytes / run.bytes_written < 2
    real = {path.name.split("-", 2)[2] for path in house.bucket.glob(f"{export.export_id}-*")}
    assert len(seen.file_names) == min(seen.files, 10)
    assert {name.split("-", 2)[2] for name in seen.file_names} <= real
    assert (seen.bytes_scanned, seen.cost_usd) == (0, 0.0)


def test_a_preview_creates_nothing(house):
    house.load(ROWS)
    assert "Page-View-" in " ".join(look(house).file_names)
    assert list(house.bucket.rglob("*")) == []
    assert not (house.folder / "staging").exists()
    assert house.take() == []
    claimed = house.services.database.run(lambda c: accounts.claim_forms(c, 1, ["Page-View"]))
    # Nobody owns this form yet: a preview of `Page View` did not take it.
    assert claimed == {"Page-View": "Page-View"}
    assert "Page-View~" in " ".join(look(house).file_names)


def test_a_window_that_is_to_come_is_shown_by_the_one_that_passed(house):
    house.load(arriving(range(30), 3))
    seen = look(
        house, frequency=Frequency.RECURRING, every=4 * HOUR, start_on=NOW.date() + timedelta(1)
    )
    assert (seen.sampled.start_at, seen.sampled.end_at) == (NOW - 4 * HOUR, NOW)
    assert seen.rows == 30
    assert [window.start_at for window in seen.windows] == [
        MIDNIGHT + timedelta(days=1, hours=hours) for hours in (0, 4, 8)
    ]


def test_the_first_window_itself_is_shown_once_it_has_passed(house):
    house.load([*arriving(range(30), 3), *arriving(range(50, 55), 11)])
    seen = look(house, frequency=Frequency.RECURRING, every=4 * HOUR, start_on=NOW.date())
    assert seen.sampled == seen.windows[0]
    assert seen.rows == 5
    assert json.loads(seen.shown.text.splitlines()[1])


def test_profiles_are_shown_as_a_whole_at_first(house):
    house.load(profiles(range(15)), "profiles")
    for frequency in ({"frequency": Frequency.RECURRING, "every": 4 * HOUR}, {}):
        seen = look(house, data_type=DataType.ALL_USER_PROPERTIES, **frequency)
        assert (seen.rows, seen.files, seen.shown.event_name) == (15, 1, None)
        assert seen.file_names[0].startswith("1-")
        assert len(seen.shown.text.splitlines()) == 10


def test_nothing_to_deliver_is_shown_as_nothing(house):
    house.load([event(1, ts=NOW - timedelta(days=30))])
    seen = look(house)
    assert (seen.rows, seen.bytes, seen.files, seen.file_names) == (0, 0, 0, ())
    assert (seen.shown.text, seen.shown.rows) == ("", ())


def test_what_creating_would_refuse_is_refused_here_too(house):
    house.load(ROWS)
    with pytest.raises(InvalidInput, match="No event named"):
        look(house, data_type=DataType.SELECT_EVENTS, events=("buy",))
    with pytest.raises(InvalidInput, match="4 to 24"):
        look(house, frequency=Frequency.RECURRING, every=3 * HOUR)
    with pytest.raises(InvalidInput, match="60 days"):
        look(house, start_on=date(2026, 1, 1))


def test_rows_that_would_be_rejected_are_told_with_the_reason(house):
    house.load([event(1), event(2, props="[1]")])
    seen = look(house)
    assert seen.shown.rejected == ("properties-not-an-object",)
    assert len(seen.shown.text.splitlines()) == 2


def test_exports_that_deliver_the_same_are_warned_of(house):
    house.load(ROWS)
    export = house.export()
    house.now += MINUTE
    [warning] = look(house).warnings
    assert str(export.export_id) in warning
    assert look(house, bucket="gs://another-bucket").warnings == ()
    assert look(house, data_type=DataType.ALL_USER_PROPERTIES).warnings == ()
    stop_export(house.services, 1, export.export_id)
    assert look(house).warnings == ()


def test_a_property_as_long_as_a_book_is_cut(build):
    house = build(limits=replace(SMALL, preview_rows=3))
    house.load([event(n, props={"text": "x" * 30_000}) for n in range(5)])
    assert len(look(house).shown.text) == 20_000
    cells = look(house, format=Format.PARQUET).shown.rows
    assert len(cells) == 3
    assert max(len(cell) for row in cells for cell in row) == 200


def test_counting_that_takes_too_long_is_given_up(build):
    house = build(limits=replace(Limits(), preview_time=timedelta(microseconds=1)))
    house.load(mixed_events(3_000))
    seen = look(house)
    assert (seen.rows, seen.files, seen.file_names) == (None, None, ())
