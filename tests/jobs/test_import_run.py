"""An import run brings what changed, once; what cannot be taken has its reason."""

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest

from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import Property
from shared.domain.import_schedules import Schedule, When
from shared.domain.import_specs import SourceQuery
from shared.domain.import_states import Colour, ImportRunStatus, ImportStatus
from shared.errors import CustomerFault, Transient
from shared.jobs.manage_imports import (
    edit_import,
    pause_import,
    resume_import,
    run_import,
    status_of,
    stop_import,
)
from shared.state import connections, import_leases, publishes
from shared.state.tables import connections as connections_table
from tests.adapters.datasets import EVENTS, PROFILES, START, order
from tests.jobs.importing import (
    again,
    asked,
    connected,
    counted,
    finish_imports,
    importing,
    newest,
    ran,
    rejects,
    run_of,
    stored,
    with_limits,
    write_source,
)
from tests.warehouse_rows import HOUR, MINUTE, NOW

SECOND = timedelta(seconds=1)


def rows(*numbers, **values):
    return [order(number, **values) for number in numbers]


def test_the_first_run_brings_all_and_the_next_one_what_changed(house):
    made = importing(house, connected(house, rows(1, 2)))
    first = ran(house, made)
    assert (first.status, first.rows_read, first.rows_new) == (ImportRunStatus.DONE, 2, 2)
    assert first.watermark_to.shown == "2026-11-01 00:00:02+00:00"
    write_source(house, rows(1, 2, 3, 4))
    second = ran(house, made)
    # The row that equals the watermark is read again, and is there already.
    assert (second.rows_read, second.rows_new) == (3, 2)
    assert second.watermark_from == first.watermark_to
    assert second.watermark_to == again(house, made).watermark
    assert counted(house) == {f"user-{n}": 1 for n in (1, 2, 3, 4)}


def test_rows_that_share_the_watermark_are_all_brought(house):
    made = importing(house, connected(house, rows(1, 2, changed=START)))
    ran(house, made)
    write_source(house, rows(1, 2, 3, changed=START) + rows(4))
    assert ran(house, made).rows_new == 2
    assert len(counted(house)) == 4


def test_imported_rows_arrive_when_they_are_published(house):
    made = importing(house, connected(house, rows(1)))
    house.now = NOW + HOUR
    run = ran(house, made)
    assert stored(house, "ingested_at")[0] >= NOW + HOUR
    assert stored(house, "ts") == [order(1)["happened"]]
    assert run.finished_at >= NOW + HOUR


def test_an_update_is_a_new_version_of_the_profile(house):
    made = importing(house, connected(house, rows(1, 2)), mapping=PROFILES)
    assert ran(house, made).rows_new == 2
    write_source(house, [order(1), order(2), order(3, uid="user-1", mail="new@example.org")])
    assert ran(house, made).rows_new == 1
    found = stored(house, "object_id, email", "profiles")
    assert ("user-1", "new@example.org") in found
    assert len(found) == 3


def test_rejected_rows_have_their_reasons_and_the_health_shows_them(house):
    bad = [order(2, uid="null"), order(3, count="x"), order(4, uid=None), order(5, uid="a" * 2000)]
    made = importing(house, connected(house, rows(1) + bad))
    run = ran(house, made)
    assert (run.rows_read, run.rows_rejected, run.rows_new) == (5, 4, 1)
    found = rejects(house, run)
    assert {each["reason"] for each in found} == set(run.rejected_by_reason)
    assert sum(run.rejected_by_reason.values()) == 4
    assert [each["values"]["mail"] for each in found] == [f"u{n}@example.org" for n in (2, 3, 4, 5)]
    health = again(house, made).health
    assert (health.percent, health.colour) == (20.0, Colour.RED)


def test_only_so_many_rejects_are_kept_and_all_are_counted(house):
    with_limits(house, import_rejects_kept=5, import_piece_bytes=1)
    made = importing(house, connected(house, rows(*range(9), uid="nan")))
    run = ran(house, made)
    assert (run.rows_rejected, len(rejects(house, run))) == (9, 5)


def test_rows_come_in_pieces_and_are_numbered_through(house):
    with_limits(house, import_piece_bytes=1)
    write = [order(n, uid="null" if n == 25_000 else f"u{n}") for n in range(30_000)]
    made = importing(house, connected(house, write))
    run = ran(house, made)
    assert (run.rows_read, run.rows_new) == (30_000, 29_999)
    [rejected] = rejects(house, run)
    assert 1 <= rejected["row"] <= 30_000
    assert set(counted(house).values()) == {1}


def test_a_row_from_the_future_does_not_hide_what_is_changed_until_then(house):
    far = order(1, changed=NOW + timedelta(days=300))
    made = importing(house, connected(house, [far]))
    ran(house, made)
    assert again(house, made).watermark.shown == "2026-11-20 12:00:00+00:00"
    house.now += HOUR
    write_source(house, [far, order(2, changed=NOW + MINUTE)])
    assert ran(house, made).rows_new == 1


def test_rows_without_updated_on_are_told_in_every_run(house):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    write_source(house, [*rows(1), order(2, changed=None)])
    run = ran(house, made)
    assert run.rejected_by_reason == {"*Updated On* is empty": 1}


def test_without_updated_on_every_run_reads_all_and_adds_what_is_new(house):
    mapping = replace(EVENTS, updated_on=None)
    made = importing(house, connected(house, rows(1, 2)), mapping=mapping)
    ran(house, made)
    write_source(house, rows(1, 2, 3))
    run = ran(house, made)
    assert (run.rows_read, run.rows_new, run.watermark_to) == (3, 1, None)


def test_an_empty_table_is_an_import_that_went_well(house):
    made = importing(house, connected(house))
    run = ran(house, made)
    assert (run.status, run.rows_read, run.watermark_to) == (ImportRunStatus.DONE, 0, None)
    assert again(house, made).health.colour is Colour.GREEN


@pytest.mark.parametrize("trouble", ["vanishes", "changes its type", "is gone", "is damaged"])
def test_a_source_that_changes_ends_the_run_with_what_to_do_and_loses_nothing(house, trouble):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    path = house.folder / "shop" / "orders.parquet"
    sql = {
        "vanishes": "SELECT * EXCLUDE mail",
        "changes its type": "SELECT * REPLACE (changed::VARCHAR AS changed)",
    }
    if trouble in sql:
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE t AS {sql[trouble]} FROM '{path}'")
            con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    elif trouble == "is gone":
        path.unlink()
    else:
        path.write_bytes(b"PAR1")
    run = ran(house, made)
    assert run.status is ImportRunStatus.FAILED
    assert run.error_reason.startswith("import-")
    assert run.error_message
    assert (again(house, made).health.percent, len(stored(house))) == (0.0, 1)
    write_source(house, rows(1, 2))
    assert ran(house, made).rows_new == 1


def test_a_watermark_that_cannot_be_compared_any_more_ends_the_run(house):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    path = house.folder / "shop" / "orders.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * REPLACE (7 AS changed) FROM '{path}'")
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    assert ran(house, made).error_reason == "import-updated-on-changed"


def test_a_column_whose_values_are_of_another_type_now_gives_rejects(house):
    made = importing(house, connected(house, rows(1)))
    path = house.folder / "shop" / "orders.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * REPLACE ('dear' AS price) FROM '{path}'")
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    assert ran(house, made).rejected_by_reason == {"the property Price is no number": 1}


def test_a_dataset_that_moved_is_not_read(house):
    saved = connected(house, rows(1))
    made = importing(house, saved)
    house.services.database.run(
        lambda c: c.execute(connections_table.update().values(location="US"))
    )
    run = ran(house, made)
    assert (run.status, run.error_reason) == (ImportRunStatus.FAILED, "import-location-moved")
    assert "US" in run.error_message
    assert "local" in run.error_message


def test_a_connection_that_was_removed_ends_the_run(house):
    saved = connected(house, rows(1))
    made = importing(house, saved)
    house.services.database.run(lambda c: connections.remove(c, 1, saved.connection_id))
    assert ran(house, made).error_reason == "not-found"


class Refusing:
    """A source that raises, for what no folder can show: revoked keys and quotas."""

    def __init__(self, error):
        self.error = error

    def location(self):
        raise self.error


@pytest.mark.parametrize("attempts", [3])
def test_a_quota_is_tried_again_until_it_has_lasted_too_long(house, attempts):
    with_limits(house, attempts_max=attempts)
    made = importing(house, connected(house, rows(1)))
    run = asked(house, made)
    quota = Refusing(Transient("Too many.", reason="warehouse-busy"))
    house.services = house.with_(source=lambda *_: quota)
    [message] = house.take()
    for _ in range(attempts - 1):
        assert house.deliver(message) == "warehouse-busy"
        assert run_of(house, run).status is ImportRunStatus.READING
    assert house.deliver(message) is None
    assert run_of(house, run).error_reason == "warehouse-busy"


def test_a_revoked_key_is_the_customers_and_ends_the_run_at_once(house):
    made = importing(house, connected(house, rows(1)))
    run = asked(house, made)
    revoked = Refusing(CustomerFault("Make a new key.", reason="import-key-refused"))
    house.services = house.with_(source=lambda *_: revoked)
    house.drain()
    assert run_of(house, run).error_reason == "import-key-refused"


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


def test_an_import_at_a_date_runs_once_and_is_ready_then(house):
    schedule = Schedule(when=When.AT, start_at=NOW + HOUR)
    made = importing(house, connected(house, rows(1)), schedule=schedule)
    assert house.tick().imports_recorded == 0
    house.now += HOUR
    finish_imports(house)
    assert newest(house, made).status is ImportRunStatus.DONE
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


def test_a_select_is_imported_like_a_table(house):
    query = SourceQuery(sql="SELECT * FROM orders WHERE price > 2")
    made = importing(house, connected(house, rows(1, 2, 3)), source=query)
    assert ran(house, made).rows_new == 2


def test_no_publish_is_left_open(house):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    assert house.services.database.run(lambda c: publishes.oldest_open(c, [1])) == {}
    assert list((house.folder / "staging").glob("import-*")) == []
