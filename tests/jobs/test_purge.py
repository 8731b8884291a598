"""What has served its time is forgotten; what proves a delivery never is."""

from datetime import timedelta

from sqlalchemy import func, select

from shared.config import Watching
from shared.domain.members import COMMAND_LINE
from shared.jobs.audit import record_audit
from shared.jobs.purge import purge
from shared.state import dead_letters, idempotency, old_rows, rates
from shared.state.dead_letters import DeadLetter
from shared.state.idempotency import RequestKey
from shared.state.tables import metadata
from tests.adapters.datasets import order
from tests.jobs.importing import connected, importing, ran, rejects, run_of
from tests.jobs.samples import mixed_events
from tests.jobs.watch import look
from tests.warehouse_rows import NOW

PURGED = {"idempotency_keys", "rates", "audit_log", "dead_letters"}
HOUR = timedelta(hours=1)


def fill(house, count=7):
    """So many rows in every table that is purged."""

    def store(connection):
        for number in range(count):
            record_audit(connection, COMMAND_LINE, 1, "exports.create", "x", {}, now=house.now)
            key = RequestKey(1, "ann", f"r{number}")
            idempotency.claim(connection, key, "f", house.now)
            minute = timedelta(minutes=1)
            rates.take(connection, 1, f"ann{number}", "test", now=house.now, count=9, every=minute)
            letter = DeadLetter("s", str(number), None, b"", 0, {}, 0, None, None, house.now)
            dead_letters.add(connection, letter)

    house.services.database.run(store)


def sizes(house):
    def count(connection):
        return {
            name: connection.scalar(select(func.count()).select_from(table))
            for name, table in metadata.tables.items()
        }

    return house.services.database.run(count)


def test_rows_go_when_their_time_has_come_and_not_before(house):
    fill(house)
    before = sizes(house)
    watching = Watching()
    for moment in (watching.keep_requests, watching.keep_dead_letters, watching.keep_audit):
        house.now = NOW + moment
        purge(house.services, house.now)
    after = sizes(house)
    assert after["audit_log"] == before["audit_log"] > 0
    house.now = NOW + watching.keep_audit + timedelta(days=1)
    purge(house.services, house.now)
    after = sizes(house)
    assert {name: after[name] for name in PURGED} == dict.fromkeys(PURGED, 0)


def test_many_rows_go_some_at_a_time(build):
    house = build()
    fill(house, 25)
    services = house.with_(watching=Watching(purge_at_once=4, purge_max=10))
    later = NOW + timedelta(days=500)
    assert purge(services, later)["dead_letters"] == 12
    assert purge(services, later)["dead_letters"] == 12
    assert purge(services, later)["dead_letters"] == 1
    assert purge(services, later)["dead_letters"] == 0


def test_exports_runs_and_files_stay_for_good(house):
    house.load(mixed_events(60))
    house.export()
    house.finish()
    fill(house)
    before = sizes(house)
    look(house)
    # Not believed at once: a clock that is years ahead must not make everything old.
    house.now += timedelta(days=4_000)
    look(house)
    assert sizes(house)["audit_log"] == before["audit_log"]
    house.now += timedelta(hours=1)
    look(house)
    after = sizes(house)
    assert {name for name in before if after[name] < before[name]} == PURGED
    assert after["runs"] == before["runs"] == 1
    assert set(old_rows._AGES) >= PURGED
    assert not set(old_rows._AGES) & {"exports", "runs", "slices", "files", "notices"}


def test_rejected_rows_go_and_the_run_still_says_how_many_and_why(house):
    made = importing(house, connected(house, [order(1), order(2, uid="null")]))
    run = ran(house, made)
    purge(house.services, run.due_at + Watching().keep_import_rejects)
    assert len(rejects(house, run)) == 1
    purge(house.services, house.now + Watching().keep_import_rejects + HOUR)
    assert rejects(house, run) == []
    after = run_of(house, run)
    assert (after.rows_rejected, after.rejected_by_reason) == (1, run.rejected_by_reason)
