"""What is late or fails shows, with why; who drives everything is missed; all goes to the log."""

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import text

from shared.domain.health import Health, HealthState, SystemPart
from shared.domain.members import COMMAND_LINE, SYSTEM, Actor, Role, Via
from shared.errors import NotAllowed, NotFound
from shared.jobs.figures import write_metrics
from shared.jobs.health import account_health, parts_of, whole_health
from shared.logs import write_log
from tests.jobs.house import House
from tests.jobs.samples import arriving
from tests.jobs.watch import look, take_away, work
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE

SIX = timedelta(minutes=6)


@pytest.fixture
def export(house):
    """An export whose first window of four hours is due."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.load(arriving(range(30), 11))
    house.now = MIDNIGHT + 4 * HOUR + SIX
    return export


def wrong(house):
    return [part.part for part in parts_of(house.services) if not part.fine]


def test_where_everything_runs_and_is_delivered_all_is_fine(house, export):
    work(house)
    look(house)
    found = account_health(house.services, COMMAND_LINE, 1)
    assert found.fine
    assert (found.troubles, found.figures.windows_late) == ((), 0)
    rows = house.run(export).rows_written
    assert found.figures.rows_delivered == rows > 0
    assert found.figures.dead_letters is None
    assert whole_health(house.services).figures.rows_delivered == rows


def test_a_window_that_no_tick_records_is_late_an_hour_after_it_was_due(house, export):
    due = house.again(export).next_due_at
    house.now = due + HOUR
    assert account_health(house.services, COMMAND_LINE, 1).troubles == ()
    house.now += MINUTE
    [trouble] = account_health(house.services, COMMAND_LINE, 1).troubles
    assert trouble.health == Health(HealthState.LATE, due)
    assert (trouble.windows, trouble.lag) == (1, HOUR + MINUTE)
    assert whole_health(house.services).troubles == (trouble,)


def test_an_export_that_fails_is_told_with_its_reason_before_it_is_late(house, export):
    take_away(house)
    work(house)
    look(house)
    opened = house.now
    [trouble] = account_health(house.services, COMMAND_LINE, 1).troubles
    assert trouble.health == Health(HealthState.FAILING, opened, "bucket-not-found")
    assert trouble.windows == 0
    house.now += 2 * HOUR
    found = account_health(house.services, COMMAND_LINE, 1)
    assert (found.figures.windows_late, found.figures.incidents_open) == (1, 1)
    assert found.figures.notices.count == 1
    assert [(each.windows, each.health.since) for each in found.troubles] == [(1, opened)]


def test_a_tick_or_a_monitor_that_stays_away_is_missed(house):
    assert wrong(house) == [SystemPart.TICK, SystemPart.MONITOR]
    house.tick()
    look(house)
    assert wrong(house) == []
    house.now += timedelta(minutes=11)
    assert wrong(house) == [SystemPart.TICK]
    house.tick()
    house.now += timedelta(minutes=80)
    assert wrong(house) == [SystemPart.TICK, SystemPart.MONITOR]


def test_tables_of_another_version_are_wrong_and_nothing_else_is_asked(house):
    def set_back(connection):
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        connection.execute(text("DROP TABLE looks"))

    house.services.database.run(set_back)
    assert wrong(house) == [SystemPart.MIGRATIONS]


def test_a_database_that_is_away_is_what_is_wrong(tmp_path):
    nobody = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    house = House(tmp_path / "house", state_url=nobody)
    assert wrong(house) == [SystemPart.STATE]


def test_another_account_has_no_part_in_it(house, export):
    house.now += 3 * HOUR
    with pytest.raises(NotFound):
        account_health(house.services, SYSTEM, 2)
    key = Actor("key", Role.VIEWER, Via.KEY, frozenset({"exports:read"}))
    with pytest.raises(NotAllowed):
        account_health(house.services, key, 1)


@pytest.fixture
def log_back():
    """What a test does to the log ends with it."""
    logger = logging.getLogger("sluice")
    before = logger.handlers, logger.level, logger.propagate
    yield
    logger.handlers, logger.level, logger.propagate = before


def lines(capsys, event):
    every = map(json.loads, capsys.readouterr().out.splitlines())
    return [line for line in every if line["event"] == event]


def test_the_figures_of_all_are_one_line_of_the_log(house, export, capsys, log_back):
    house.now += 3 * HOUR
    write_log("INFO")
    write_metrics(house.services, house.now)
    [line] = lines(capsys, "metrics")
    assert line == {
        "severity": "INFO",
        "event": "metrics",
        "exports_late": 1,
        "windows_late": 1,
        "lag_s": 3 * 3600 + 60,
        "incidents_open": 0,
        "exports_unwarned": 0,
        "imports_failing": 0,
        "dead_letters": 0,
        "notices_waiting": 0,
        "notices_oldest_s": 0,
        "webhook_messages_waiting": 0,
        "webhook_messages_oldest_s": 0,
    }


def test_the_monitor_writes_rows_too_and_a_line_for_each_late_export(
    house, export, capsys, log_back
):
    house.now += 3 * HOUR
    write_log("INFO")
    write_metrics(house.services, house.now, whole=True)
    [late] = lines(capsys, "export_late")
    assert (late["export"], late["windows"]) == (export.export_id, 1)
    assert late["lag_s"] == 3 * 3600 + 60
    work(house)
    capsys.readouterr()
    look(house)
    [line] = lines(capsys, "metrics")
    assert (line["windows_late"], line["rows_delivered"]) == (0, 0)
