"""Probes that are wrong, access that ends within a run, and faults that open no incident."""

import shutil
from dataclasses import replace

import pytest

from shared.config import Watching
from shared.domain.exports import ExportStatus
from shared.domain.incidents import Ending
from shared.domain.runs import RunStatus
from shared.errors import CustomerFault, OurFault, Transient
from tests.jobs.closed_buckets import DENIED, Access, delivered, every_hour, failed
from tests.jobs.faults import Fault
from tests.jobs.house import SMALL
from tests.jobs.oracle import assert_delivered, manifests, objects
from tests.jobs.samples import ids, mixed_events
from tests.jobs.watch import (
    FIRST,
    RECOVERED,
    SECOND,
    all_incidents,
    hour,
    hours,
    kinds,
    open_incidents,
    until,
    work,
)
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE

pytestmark = pytest.mark.kept_open


def test_a_probe_that_sees_nothing_wrong_does_not_end_an_incident(house, one_window):
    """Runs fail all the same: they are tried again, more and more seldom, and it is stopped."""
    access = Access(house, run_fault=DENIED)
    house.services = house.with_(bucket=access, prober=access)
    work(house)
    sent = hours(house, 84, step=4)
    assert [kind for _, kind in sent][:2] == [FIRST, SECOND]
    until(house, lambda: house.again(one_window).status is ExportStatus.STOPPED)
    assert [each.ending for each in all_incidents(house)] == [Ending.STOPPED]
    tries = [run for run in failed(house, one_window) if run.sequence]
    assert 3 <= len(tries) <= 10


def test_a_probe_that_is_wrong_does_not_keep_a_bucket_closed(house, one_window):
    access = Access(house, run_fault=DENIED, probe_fault=DENIED)
    house.services = house.with_(bucket=access, prober=access)
    work(house)
    hours(house, 4, step=2)
    access.run_fault = None
    hours(house, 30, step=2)
    assert len(delivered(house, one_window)) >= 1
    assert open_incidents(house) == []


def test_a_probe_that_cannot_tell_stops_nobody(house, one_window):
    access = Access(house, run_fault=DENIED, probe_fault=Transient("away"))
    house.services = house.with_(bucket=access, prober=access)
    work(house)
    assert [kind for _, kind in hours(house, 120, step=6)] == [FIRST, SECOND]
    assert house.again(one_window).status is not ExportStatus.STOPPED
    access.probe_fault = DENIED
    hour(house)
    assert house.again(one_window).status is ExportStatus.STOPPED


ROWS = mixed_events(150)


@pytest.fixture
def broken_off(house):
    """Breaks access for a reason after the first file of a run; gives what mends it."""
    house.load(ROWS)
    export = house.export()
    access = Access(house)

    def break_off(reason):
        def refuse():
            access.probe_fault = CustomerFault("No.", reason=reason)
            raise access.probe_fault

        fault = Fault("create", refuse, numbers=range(2, 99))
        house.services = house.with_(bucket=fault.bucket, prober=access)
        work(house)
        [broken] = failed(house, export)
        assert (broken.error_reason, fault.fired > 0) == (reason, True)
        assert hours(house, 2) == [(1, FIRST)]
        access.probe_fault = None
        house.services = house.with_(bucket=access)
        return export, broken

    return break_off


@pytest.mark.parametrize("reason", ["403-key-disabled", "403-retention-policy-not-met"])
def test_access_that_ends_between_two_files_of_a_run_is_warned_of_and_made_up_for(
    house, broken_off, reason
):
    export, broken = broken_off(reason)
    assert hours(house, 3) == [(2, RECOVERED)]
    assert_delivered(house, export, ids(ROWS), orphans_of=[broken.stamp])


def test_a_bucket_deleted_within_a_run_and_made_anew_gets_the_whole_window(house, broken_off):
    export, _ = broken_off("404-bucket-not-found")
    assert objects(house) != set()
    shutil.rmtree(house.bucket)
    house.bucket.mkdir()
    house._seen.clear()
    assert hours(house, 3) == [(2, RECOVERED)]
    assert_delivered(house, export, ids(ROWS))


def test_what_passes_by_itself_is_tried_again_and_blames_nobody(build):
    house = build(limits=replace(SMALL, attempts_max=2))
    house.now = MIDNIGHT
    export = house.recurring(hours=24)
    rows = every_hour(24)
    house.load(rows)
    house.now = MIDNIGHT + 24 * HOUR + 6 * MINUTE
    access = Access(house, run_fault=Transient("away", reason="cloud-unavailable"))
    house.services = house.with_(bucket=access, prober=access)
    until(house, lambda: len(failed(house, export)) >= 3)
    access.run_fault = None

    def windows(found):
        return {run.window for run in found}

    until(house, lambda: windows(delivered(house, export)) == windows(house.runs(export)))
    assert kinds(house) == []
    assert len(manifests(house, export)) == len(windows(house.runs(export)))


def test_a_fault_of_ours_is_tried_a_few_times_and_then_left_to_us(house, one_window, caplog):
    access = Access(house, run_fault=OurFault("Oh.", reason="schema-incomplete"))
    house.services = house.with_(bucket=access, prober=access)
    hours(house, 60, step=2)
    first = [run for run in house.runs(one_window) if run.window.start_at == MIDNIGHT]
    assert len(first) == 1 + Watching().our_retries_max
    assert {run.status for run in first} == {RunStatus.FAILED}
    assert kinds(house) == []
    assert '"run_left"' in caplog.text
