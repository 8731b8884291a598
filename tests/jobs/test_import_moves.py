"""When imports run and when not: schedules, pauses, stops, edits, runs that overlap."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import Property
from shared.domain.import_schedules import Schedule, When
from shared.domain.import_states import ImportRunStatus, ImportStatus
from shared.jobs.manage_imports import (
    edit_import,
    pause_import,
    resume_import,
    run_import,
    status_of,
    stop_import,
)
from shared.state import import_leases
from tests.adapters.datasets import EVENTS, order
from tests.jobs.importing import (
    again,
    asked,
    connected,
    counted,
    finish_imports,
    importing,
    newest,
    ran,
    run_of,
    stored,
    write_source,
)
from tests.warehouse_rows import HOUR, MINUTE, NOW

SECOND = timedelta(seconds=1)


def rows(*numbers, **values):
    return [order(number, **values) for number in numbers]


def test_a_schedule_makes_runs_due_and_a_missed_tick_is_made_up_by_one(house):
    schedule = Schedule(when=When.MINUTES, every=15, start_at=NOW)
    made = importing(house, connected(house, rows(1)), schedule=schedule)
    assert made.status is ImportStatus.SCHEDULED
    tick = house.tick()
    assert (tick.imports_recorded, tick.imports_published) == (1, 1)
    assert status_of(house.services, made) is ImportStatus.RUNNING
    house.drain()
    assert status_of(house.services, again(house, made)) is ImportStatus.SCHEDULED
    assert house.tick().imports_recorded == 0
    house.now += 5 * HOUR
    write_source(house, rows(1, 2))
    assert house.tick().imports_recorded == 1
    house.drain()
    assert len(counted(house)) == 2
    assert again(house, made).next_run_at == house.now + 15 * MINUTE


@pytest.mark.parametrize("outcome", [ImportRunStatus.DONE, ImportRunStatus.FAILED])
def test_an_import_at_a_date_runs_once_and_is_ready_then(house, outcome):
    schedule = Schedule(when=When.AT, start_at=NOW + HOUR)
    made = importing(house, connected(house, rows(1)), schedule=schedule)
    assert house.tick().imports_recorded == 0
    house.now += HOUR
    if outcome is ImportRunStatus.FAILED:
        (house.folder / "shop" / "orders.parquet").unlink()
    finish_imports(house)
    assert newest(house, made).status is outcome
    assert again(house, made).status is ImportStatus.READY


def test_runs_that_overlap_wait(house):
    made = importing(house, connected(house, rows(1)))
    first = asked(house, made)
    [message] = house.take()
    leased = house.services.database.run(
        lambda c: import_leases.take_lease(
            c, first, owner="other", now=house.now, until=house.now + 5 * MINUTE
        )
    )
    assert leased == 1
    # A message for a run under a living lease does nothing.
    assert house.deliver(message) is None
    assert run_of(house, first).status is ImportRunStatus.PENDING


def test_pausing_ends_a_run_that_is_not_published_and_resuming_goes_on(house):
    schedule = Schedule(when=When.MINUTES, every=15, start_at=NOW)
    made = importing(house, connected(house, rows(1)), schedule=schedule)
    house.tick()
    run = newest(house, made)
    assert pause_import(house.services, 1, made.import_id).status is ImportStatus.PAUSED
    house.drain()
    assert run_of(house, run).status is ImportRunStatus.STOPPED
    house.now += HOUR
    assert house.tick().imports_recorded == 0
    resumed = resume_import(house.services, 1, made.import_id)
    assert resumed.status is ImportStatus.SCHEDULED
    finish_imports(house)
    house.now += HOUR
    finish_imports(house)
    assert counted(house) == {"user-1": 1}


def test_a_stopped_import_runs_no_more(house):
    made = importing(house, connected(house, rows(1)))
    asked(house, made)
    stop_import(house.services, 1, made.import_id)
    house.drain()
    assert (newest(house, made).status, stored(house)) == (ImportRunStatus.STOPPED, [])
    with pytest.raises(Exception, match="create it again"):
        run_import(house.services, 1, made.import_id)


def test_an_edit_of_the_mapping_reads_all_again_and_adds_nothing_twice(house):
    mapping = replace(EVENTS, extra=(("event_id", "mail"),))
    made = importing(house, connected(house, rows(1, 2)), mapping=mapping)
    ran(house, made)
    more = replace(
        mapping, properties=(*mapping.properties, Property("mail", "Mail", FieldType.STRING))
    )
    edited = edit_import(house.services, 1, made.import_id, replace(made.spec, mapping=more))
    assert edited.watermark is None
    run = ran(house, made)
    assert (run.rows_read, run.rows_new) == (2, 0)


def test_an_edit_of_the_schedule_keeps_the_watermark(house):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    schedule = Schedule(when=When.HOURS, every=6, start_at=NOW + HOUR)
    spec = replace(made.spec, schedule=schedule)
    edited = edit_import(house.services, 1, made.import_id, spec)
    assert edited.watermark == again(house, made).watermark is not None
    assert (edited.status, edited.next_run_at) == (ImportStatus.SCHEDULED, NOW + HOUR)
