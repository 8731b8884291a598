"""The recount after 24 hours: rows that came late are found and delivered, each of them once."""

from datetime import date, timedelta

import pytest

from shared.adapters.duckdb_file import connect
from shared.domain.exports import DataType, Format
from shared.domain.members import SYSTEM
from shared.domain.recounts import RecountOutcome
from shared.domain.runs import RunKind, RunStatus
from shared.errors import OurFault, Transient
from shared.jobs.give_up import fail_run
from shared.jobs.manage_exports import edit_export, stop_export
from shared.jobs.recount import LATER, recount_due
from shared.jobs.replay import replay_run
from shared.jobs.retry_run import retry_run
from shared.state import recounts
from tests.adapters.bigquery_store import BigQueryStore
from tests.jobs.faults import Fault
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, profiles
from tests.state.makers import at_once
from tests.warehouse_rows import HOUR, MEMORY_MB, MIDNIGHT, MINUTE, event

pytestmark = [pytest.mark.kept_open, pytest.mark.long]

DAY = MIDNIGHT.date()
# All windows of the day are delivered, and a day later they are recounted.
DELIVERED = MIDNIGHT + 24 * HOUR + 6 * MINUTE
RECOUNTED = DELIVERED + 25 * HOUR


@pytest.fixture(params=["duckdb", "bigquery"])
def house(request, house):
    """A house at the beginning of a day, over either warehouse."""
    house.now = MIDNIGHT
    if request.param == "bigquery":
        store = BigQueryStore(request.getfixturevalue("bigquery"))
        house.services = house.with_(warehouse=store.warehouse)
        house.load = store.load
        table = store.place.table("events")
        house.remove = lambda event_id: store.run(
            f"DELETE FROM {table} WHERE event_id = '{event_id}'"
        )
    else:
        house.remove = lambda event_id: remove(house, event_id)
    return house


def remove(house, event_id):
    with connect(house.folder / "warehouse.duckdb", wait_s=30, memory_mb=MEMORY_MB) as con:
        con.execute("DELETE FROM events WHERE event_id = ?", [event_id])


def rows_at(hour, numbers, **columns):
    """Rows that arrived at this hour of the day."""
    at = MIDNIGHT + hour * HOUR
    return [event(number, ts=at, ingested_at=at + MINUTE, **columns) for number in numbers]


def delivered(house, rows, hours=12, **choices):
    """An export of the day, all its windows delivered."""
    export = house.recurring(hours=hours, **choices)
    house.load(rows)
    house.now = DELIVERED
    house.finish()
    return export


def recounted(house, export, now=RECOUNTED):
    """Recount what is due; gives the newest runs' kinds and the days."""
    house.now = now
    recount_due(house.services, house.now)
    return days(house, export)


def days(house, export):
    found = house.services.database.run(
        lambda c: recounts.list_for_export(c, 1, export.export_id, limit=9)
    )
    return {each.day: each for each in found if each.day == DAY}


def supplements(house, export):
    return [run for run in house.runs(export) if run.kind is RunKind.SUPPLEMENT]


def test_rows_that_came_late_are_delivered_by_one_supplement_a_window(house):
    early, noon, late = rows_at(3, range(20)), rows_at(13, range(50, 60)), rows_at(5, [80, 81])
    export = delivered(house, [*early, *noon])
    first, second = house.runs(export)
    house.load([*late, *rows_at(5, [80]), *early[:1]])
    day = recounted(house, export)[DAY]
    assert (day.outcome, day.windows) == (RecountOutcome.SUPPLEMENTED, 2)
    # A copy of a missed row counts too, one of a delivered row does not.
    assert (day.rows_delivered, day.rows_counted, day.rows_missed) == (30, 34, 3)
    house.finish()
    [supplement] = supplements(house, export)
    assert (supplement.window, supplement.replaces_stamp) == (first.window, first.stamp)
    assert (supplement.rows_written, supplement.rows_duplicate) == (2, 1)
    expected = {
        first.stamp: ids(early),
        second.stamp: ids(noon),
        supplement.stamp: ids(late),
    }
    tomorrow = {
        run.stamp: [] for run in house.runs(export) if run.window.start_at > second.window.start_at
    }
    deliveries = assert_delivered(house, export, tomorrow | expected)
    [manifest] = [each.manifest for each in deliveries if each.manifest["kind"] == "supplement"]
    assert manifest["replaces"] == first.stamp
    share = house.services.database.run(
        lambda c: recounts.completeness(c, 1, [export.export_id], since=DAY)
    )[export.export_id]
    assert (share.share, share.rows_supplemented) == (1.0, 3)


def test_a_day_that_is_as_it_was_delivered_costs_one_query_and_makes_no_run(house):
    export = delivered(house, rows_at(3, range(20)), hours=4)
    counting = Fault("count_windows")
    house.services = house.with_(warehouse=counting.on(house.services.warehouse))
    day = recounted(house, export)[DAY]
    assert (day.outcome, day.due_at, day.windows) == (RecountOutcome.COMPLETE, None, 6)
    assert (day.rows_counted, day.rows_missed) == (20, 0)
    assert counting.calls == 1
    assert supplements(house, export) == []
    recount_due(house.services, house.now + HOUR)
    assert counting.calls == 1


def test_a_day_is_recounted_no_sooner_than_24_hours_after_its_last_delivery(house):
    export = delivered(house, rows_at(3, range(5)))
    [due_at] = {house.runs(export)[-1].finished_at + timedelta(hours=24)}
    assert recounted(house, export, due_at - MINUTE)[DAY].outcome is None
    assert recounted(house, export, due_at)[DAY].outcome is RecountOutcome.COMPLETE


def test_a_row_that_came_while_another_was_deleted_is_found(house):
    """The counts are the same: only the ids tell."""
    rows = rows_at(3, range(20))
    export = delivered(house, rows)
    first = house.runs(export)[0]
    house.remove("e000004")
    house.load(rows_at(4, [90]))
    day = recounted(house, export)[DAY]
    assert (day.outcome, day.rows_counted, day.rows_missed) == (RecountOutcome.SUPPLEMENTED, 20, 1)
    house.finish()
    [supplement] = supplements(house, export)
    assert (supplement.replaces_stamp, supplement.rows_written) == (first.stamp, 1)


def test_only_the_events_that_were_chosen_then_are_supplemented_in_the_format_of_now(house):
    chosen = {"data_type": DataType.SELECT_EVENTS, "events": ("Buy",)}
    house.load(rows_at(-1, [500], event_name="Look"))
    house.load(rows_at(-1, [501], event_name="Buy"))
    export = delivered(house, rows_at(3, range(5), event_name="Buy"), **chosen)
    first = house.runs(export)[0]
    edit_export(house.services, 1, export.export_id, events=("Look",), format=Format.CSV)
    late = rows_at(5, [80], event_name="Buy")
    house.load([*late, *rows_at(5, [81], event_name="Look")])
    recounted(house, export)
    house.finish()
    [supplement] = supplements(house, export)
    assert supplement.replaces_stamp == first.stamp
    assert supplement.rows_written == 1
    assert supplement.spec.format is Format.CSV


def test_a_window_that_was_replayed_is_supplemented_in_its_replay(house):
    export = delivered(house, rows_at(3, range(5)))
    first = house.runs(export)[0]
    house.load(rows_at(4, [70]))
    house.now += HOUR
    made = replay_run(house.services, SYSTEM, 1, first.run_id)
    # What is on its way may become the newest delivery: it is waited for.
    assert recounted(house, export)[DAY].due_at == RECOUNTED + LATER
    house.finish()
    house.load(rows_at(4, [71]))
    assert recounted(house, export, RECOUNTED + 2 * HOUR)[DAY].outcome is None
    assert recounted(house, export, RECOUNTED + 26 * HOUR)[DAY].rows_missed == 1
    house.finish()
    [supplement] = supplements(house, export)
    assert (supplement.replaces_stamp, supplement.rows_written) == (made.stamp, 1)


def test_two_recounts_at_once_make_one_supplement(house):
    export = delivered(house, rows_at(3, range(5)))
    house.load(rows_at(4, [70]))
    house.now = RECOUNTED
    looked = at_once(*[lambda: recount_due(house.services, RECOUNTED)] * 2)
    assert sum(looked) == 1
    house.finish()
    [supplement] = supplements(house, export)
    assert supplement.rows_written == 1


def test_a_recount_whose_monitor_died_is_done_by_the_next_one(house):
    export = delivered(house, rows_at(3, range(5)))
    house.load(rows_at(4, [70]))

    def die():
        raise KeyboardInterrupt

    dying = Fault("count_windows", die, after=True)
    services = house.with_(warehouse=dying.on(house.services.warehouse))
    with pytest.raises(KeyboardInterrupt):
        recount_due(services, RECOUNTED)
    assert recounted(house, export, RECOUNTED)[DAY].outcome is None
    later = RECOUNTED + house.limits.lease
    assert recounted(house, export, later)[DAY].outcome is RecountOutcome.SUPPLEMENTED
    house.finish()
    assert [run.rows_written for run in supplements(house, export)] == [1]


def test_a_recount_that_fails_is_put_off_and_given_up_in_the_end(house):
    export = delivered(house, rows_at(3, range(5)))

    def fail():
        raise Transient("No answer.", reason="warehouse-slow")

    failing = Fault("count_windows", fail, numbers=range(1, 1000))
    house.services = house.with_(warehouse=failing.on(house.services.warehouse))
    day = recounted(house, export)[DAY]
    assert (day.due_at, day.error_reason) == (RECOUNTED + LATER, "warehouse-slow")
    for hours in range(1, house.limits.attempts_max):
        day = recounted(house, export, RECOUNTED + hours * LATER)[DAY]
    assert (day.outcome, day.due_at) == (RecountOutcome.FAILED, None)
    assert failing.fired == house.limits.attempts_max


def test_a_day_with_a_window_that_failed_waits_until_that_is_delivered(house):
    export = house.recurring(hours=12)
    house.load(rows_at(3, range(5)))
    house.now = DELIVERED
    house.tick()
    first, _ = house.runs(export)
    fail_run(house.services, first, OurFault("The disk burnt.", reason="burnt"))
    house.finish()
    assert recounted(house, export)[DAY].due_at == RECOUNTED + LATER
    again = retry_run(house.services, SYSTEM, 1, first.run_id)
    house.finish()
    late = RECOUNTED + 26 * HOUR
    house.load(rows_at(4, [70]))
    assert recounted(house, export, late)[DAY].outcome is RecountOutcome.SUPPLEMENTED
    house.finish()
    assert [run.replaces_stamp for run in supplements(house, export)] == [again.stamp]


def test_a_supplement_that_failed_still_names_the_delivery_when_it_is_tried_again(house):
    export = delivered(house, rows_at(3, range(5)))
    first = house.runs(export)[0]
    house.load(rows_at(4, [70]))
    recounted(house, export)
    [failed] = supplements(house, export)
    fail_run(house.services, failed, OurFault("The disk burnt.", reason="burnt"))
    retry_run(house.services, SYSTEM, 1, failed.run_id)
    house.finish()
    _, again = supplements(house, export)
    assert (again.status, again.rows_written) == (RunStatus.DONE, 1)
    assert again.replaces_stamp == first.stamp


def test_a_stopped_export_is_not_recounted(house):
    export = delivered(house, rows_at(3, range(5)))
    house.load(rows_at(4, [70]))
    stop_export(house.services, 1, export.export_id)
    assert recounted(house, export)[DAY].outcome is RecountOutcome.SKIPPED
    assert supplements(house, export) == []


def test_profiles_and_exports_of_one_time_are_not_recounted(house):
    house.load(profiles(range(5), updated_at=MIDNIGHT + HOUR), "profiles")
    export = delivered(house, rows_at(3, range(5)), data_type=DataType.ALL_USER_PROPERTIES)
    once = house.export(start_on=date(2026, 11, 19), end_on=DAY)
    house.finish()
    assert days(house, export) == days(house, once) == {}
    assert recount_due(house.services, RECOUNTED) == 0
