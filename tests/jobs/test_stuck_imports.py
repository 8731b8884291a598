"""An importer that never comes back holds exports for some hours, and never for good."""

from datetime import timedelta

import pytest

from shared.domain.import_states import ImportRunStatus
from shared.errors import Transient
from shared.jobs.import_run import import_run
from shared.jobs.manage_imports import pause_import, resume_import, stop_import
from shared.jobs.stuck_imports import end_stuck
from shared.state import publishes
from tests.adapters.datasets import order
from tests.jobs.faults import Fault
from tests.jobs.importing import (
    asked,
    connected,
    finish_imports,
    importing,
    ran,
    rejects,
    run_of,
    stored,
)
from tests.jobs.watch import look

HOUR = timedelta(hours=1)


class Gone(BaseException):
    """The importer ends here, and none comes after it."""


def left(house, *, after):
    """A run whose importer went when it published, before or after that was done."""

    def go():
        raise Gone

    rows = [order(1), order(2), order(3, uid="null")]
    made = importing(house, connected(house, rows))
    run = asked(house, made)
    services = house.with_(landing=Fault("publish", go, after=after).on(house.services.landing))
    with pytest.raises(Gone):
        import_run(services, 1, run.run_id)
    assert run_of(house, run).status is ImportRunStatus.PUBLISHING
    house.take()
    return made, run


def opened(house):
    return house.services.database.run(lambda c: publishes.oldest_open(c, [1]))


@pytest.mark.parametrize("after", [False, True])
def test_a_publish_that_nobody_ends_is_closed_and_windows_go_on(house, after):
    (made, run), export, start = left(house, after=after), house.recurring(), house.now
    house.now += 5 * HOUR
    assert end_stuck(house.services, house.now) == 0
    house.tick()
    assert opened(house)
    assert all(each.window.end_at <= start for each in house.runs(export))
    house.now += HOUR
    assert look(house).imports_stuck == 1
    assert end_stuck(house.services, house.now) == 0
    found = run_of(house, run)
    assert (found.status, opened(house)) == (
        ImportRunStatus.DONE if after else ImportRunStatus.FAILED,
        {},
    )
    assert found.error_reason == (None if after else "import-keeps-failing")
    house.tick()
    assert any(each.window.end_at > start for each in house.runs(export))
    # An importer that was only late brings nothing behind the windows that were read.
    import_run(house.services, 1, run.run_id)
    assert len(stored(house)) == (2 if after else 0)
    # And nothing is lost.
    assert ran(house, made).rows_new == (0 if after else 2)


def test_a_publish_that_was_given_up_by_somebody_who_went_then_is_read_again(house):
    """Between the cancelled publish and what state says of it: the rows are not there."""

    def go():
        raise Gone

    _, run = left(house, after=False)
    house.now += 6 * HOUR
    landing = Fault("cancel", go, after=True).on(house.services.landing)
    with pytest.raises(Gone):
        end_stuck(house.with_(landing=landing), house.now)
    assert run_of(house, run).status is ImportRunStatus.PUBLISHING
    finish_imports(house)
    found = run_of(house, run)
    assert (found.status, found.rows_new, len(stored(house))) == (ImportRunStatus.DONE, 2, 2)
    assert opened(house) == {}


def test_a_publish_that_is_being_made_keeps_the_monitor_from_nothing_else(house):
    def busy():
        raise Transient("The publish is being made.", reason="warehouse-busy")

    _, run = left(house, after=False)
    house.now += 6 * HOUR
    landing = Fault("cancel", busy).on(house.services.landing)
    assert end_stuck(house.with_(landing=landing), house.now) == 1
    assert run_of(house, run).status is ImportRunStatus.PUBLISHING
    assert end_stuck(house.services, house.now) == 1
    assert opened(house) == {}


def test_what_was_staged_and_has_expired_is_read_again_with_its_rejects(house):
    _, run = left(house, after=False)
    house.services.landing.drop(run_of(house, run).staging_id)
    house.now += house.limits.redeliver_after
    finish_imports(house)
    found = run_of(house, run)
    assert (found.status, found.rows_new, found.rows_rejected) == (ImportRunStatus.DONE, 2, 1)
    assert len(rejects(house, run)) == 1


@pytest.mark.parametrize("end", [pause_import, stop_import])
def test_what_has_expired_of_an_import_that_was_ended_is_not_read_again(house, end):
    made, run = left(house, after=False)
    end(house.services, 1, made.import_id)
    house.services.landing.drop(run_of(house, run).staging_id)
    house.now += house.limits.redeliver_after

    def read(*_):
        raise AssertionError("the source was read again")

    there = house.services
    house.services = house.with_(source=read)
    finish_imports(house)
    house.services = there
    found = run_of(house, run)
    assert (found.status, found.error_reason) == (ImportRunStatus.STOPPED, "stopped")
    assert found.error_message.endswith("ed before this run was published.")
    assert (opened(house), stored(house)) == ({}, [])
    if end is pause_import:
        resume_import(house.services, 1, made.import_id)
        assert ran(house, made).rows_new == 2
