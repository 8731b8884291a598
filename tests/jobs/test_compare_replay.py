"""What a replay delivered else than before, row by row or by its files alone."""

from dataclasses import replace

import pytest

from shared.domain.exports import DataType, Format
from shared.domain.members import SYSTEM
from shared.errors import OurFault, Transient
from shared.jobs.compare_replay import compare_due
from shared.jobs.give_up import fail_run
from shared.jobs.manage_exports import edit_export
from shared.jobs.recount import recount_due
from shared.jobs.replay import replay_run
from shared.jobs.retry_run import retry_run
from shared.state import comparisons
from tests.adapters.bigquery_store import BigQueryStore
from tests.jobs.faults import Fault
from tests.jobs.samples import profiles
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

pytestmark = pytest.mark.kept_open

DELIVERED = MIDNIGHT + 24 * HOUR + 6 * MINUTE
TOTALS = ("rows_before", "rows_after", "rows_added", "rows_missing", "rows_changed")


@pytest.fixture(params=["duckdb", "bigquery"])
def house(request, house):
    """A house at the beginning of a day, over either warehouse."""
    house.now = MIDNIGHT
    if request.param == "bigquery":
        store = BigQueryStore(request.getfixturevalue("bigquery"))
        house.services = house.with_(warehouse=store.warehouse)
        house.load = store.load
    return house


def rows_at(hour, numbers, **columns):
    at = MIDNIGHT + hour * HOUR
    return [event(number, ts=at, ingested_at=at + MINUTE, **columns) for number in numbers]


def delivered(house, rows, table="events", **choices):
    """The only run of the day, delivered."""
    export = house.recurring(hours=24, **choices)
    house.load(rows, table)
    house.now = DELIVERED
    house.finish()
    return house.run(export)


def replayed(house, run):
    house.now += HOUR
    made = replay_run(house.services, SYSTEM, 1, run.run_id)
    house.finish()
    return made


def result(house, run):
    found = house.services.database.run(lambda c: comparisons.get(c, 1, run.run_id))
    return None if found is None else found.result


def totals(found):
    return tuple(found[name] for name in TOTALS)


def test_a_replay_tells_by_event_and_file_which_rows_it_added(house):
    run = delivered(house, rows_at(3, range(8)) + rows_at(3, range(20, 22), event_name="Buy"))
    assert result(house, run) is None
    house.load(rows_at(4, range(30, 33), event_name="Buy"))
    found = result(house, replayed(house, run))
    assert found["level"] == "rows"
    assert totals(found) == (10, 13, 3, 0, 0)
    assert (found["files_same"], found["files_differ"]) == (1, 1)
    assert found["replaces_stamp"] == run.stamp
    [changed] = found["events"]
    assert (changed["event_name"], changed["rows_added"]) == ("Buy", 3)
    [file] = found["files"]
    assert (file["event_name"], file["event_date"], file["file_index"]) == ("Buy", "2026-11-20", 0)
    assert (file["same_bytes"], *totals(file)) == (False, 2, 5, 3, 0, 0)


def test_a_replay_of_what_stayed_is_the_same_to_the_byte(house):
    run = delivered(house, rows_at(3, range(8)))
    found = result(house, replayed(house, run))
    assert totals(found) == (8, 8, 0, 0, 0)
    assert (found["files_same"], found["files"], found["events"]) == (1, [], [])
    assert not found["settings_changed"]


def test_settings_that_changed_show_in_the_files_and_not_in_the_rows(house):
    run = delivered(house, rows_at(3, range(8)))
    edit_export(house.services, 1, run.export_id, format=Format.CSV)
    found = result(house, replayed(house, run))
    assert totals(found) == (8, 8, 0, 0, 0)
    assert found["settings_changed"]
    assert [file["same_bytes"] for file in found["files"]] == [False]


def test_files_of_parquet_name_their_run_so_only_their_rows_tell(house):
    run = delivered(house, rows_at(3, range(8)), format=Format.PARQUET)
    found = result(house, replayed(house, run))
    assert (found["files_same"], found["files_differ"]) == (1, 0)


def test_a_replay_is_compared_with_the_delivery_and_its_supplement(house):
    run = delivered(house, rows_at(3, range(8)))
    house.load(rows_at(4, [30, 31]))
    house.now = DELIVERED + 25 * HOUR
    recount_due(house.services, house.now)
    house.finish()
    house.load(rows_at(4, [32]))
    found = result(house, replayed(house, run))
    assert totals(found) == (10, 11, 1, 0, 0)


def test_a_replay_that_was_planned_afresh_is_compared_with_what_was_delivered(house):
    run = delivered(house, rows_at(3, range(8)))
    failed = replay_run(house.services, SYSTEM, 1, run.run_id)
    fail_run(house.services, failed, OurFault("The disk burnt.", reason="burnt"))
    again = retry_run(house.services, SYSTEM, 1, failed.run_id)
    house.finish()
    assert result(house, failed) is None
    assert result(house, again)["replaces_stamp"] == run.stamp


def test_profiles_are_compared_by_their_versions(house):
    base = profiles(range(6), updated_at=MIDNIGHT + HOUR)
    run = delivered(house, base, "profiles", data_type=DataType.ALL_USER_PROPERTIES)
    newer = profiles([0], updated_at=MIDNIGHT + 2 * HOUR, email="new@example.org")
    house.load([*newer, *profiles([9], updated_at=MIDNIGHT + HOUR)], "profiles")
    found = result(house, replayed(house, run))
    assert totals(found) == (6, 7, 1, 0, 1)


def test_large_deliveries_are_compared_by_their_files_alone(house):
    house.services = house.with_(limits=replace(house.limits, compare_bytes=1))
    run = delivered(house, rows_at(3, range(8)))
    house.load(rows_at(4, [30]))
    found = result(house, replayed(house, run))
    assert (found["level"], found["why_files"]) == ("files", "too-large")
    assert totals(found) == (8, 9, None, None, None)
    [file] = found["files"]
    assert (file["rows_before"], file["rows_after"], file["rows_added"]) == (8, 9, None)


def test_a_comparison_that_fails_for_now_is_made_by_the_monitor(house):
    run = delivered(house, rows_at(3, range(8)))

    def fail():
        raise Transient("No answer.", reason="warehouse-slow")

    failing = Fault("row_changes", fail)
    usual = house.services
    house.services = house.with_(warehouse=failing.on(usual.warehouse))
    made = replayed(house, run)
    assert failing.fired == 1
    assert result(house, made) is None
    assert compare_due(house.services, house.now) == 0
    house.now += HOUR
    assert compare_due(house.services, house.now) == 1
    assert totals(result(house, made)) == (8, 8, 0, 0, 0)
    assert compare_due(house.services, house.now + HOUR) == 0


def test_a_comparison_of_which_no_message_told_is_made_by_the_monitor(house):
    run = delivered(house, rows_at(3, range(8)))
    house.now += HOUR
    made = replay_run(house.services, SYSTEM, 1, run.run_id)
    # The planner's message, the slice's, and the one that is lost.
    for _ in range(2):
        [message] = house.take()
        house.deliver(message)
    assert len(house.take()) == 1
    assert result(house, made) is None
    assert compare_due(house.services, house.now) == 1
    assert result(house, made)["level"] == "rows"
