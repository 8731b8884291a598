"""A run that failed when all it lacked was its manifest: it goes on, or is planned afresh."""

from contextlib import suppress

import pytest

from shared.domain.exports import ExportStatus
from shared.domain.incidents import Ending
from shared.domain.members import COMMAND_LINE
from shared.domain.runs import RunStatus
from shared.errors import CustomerFault
from shared.jobs.manage_exports import edit_export, stop_export
from shared.jobs.retry_run import retry_run
from tests.jobs.faults import Fault
from tests.jobs.house import House
from tests.jobs.oracle import assert_delivered, manifests
from tests.jobs.samples import ids
from tests.jobs.watch import all_incidents, bring_back, hour, look, open_incidents, take_away, work
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

pytestmark = pytest.mark.kept_open

ROWS = [event(n, ts=MIDNIGHT + n * MINUTE, ingested_at=MIDNIGHT + n * MINUTE) for n in range(60)]


class Killed(BaseException):
    """The process ended here."""


def killed() -> None:
    raise Killed


def refused() -> None:
    raise CustomerFault("No.", reason="403-forbidden")


def at_the_manifest(house: House, act, *, after: bool) -> object:
    """An export whose only window was written, and whose manifest met with `act`."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.load(ROWS)
    house.now += 4 * HOUR + 6 * MINUTE
    *messages, last = house.planned(export)
    for message in messages:
        house.deliver(message)
    fault = Fault("create", act, numbers=(house.files_of(last) + 1,), after=after)
    with suppress(Killed):
        house.deliver(last, house.with_(bucket=fault.bucket))
    assert fault.fired == 1
    return export


@pytest.fixture
def unsaid(house):
    """The manifest lies there, nobody could say so, and then access was lost."""
    export = at_the_manifest(house, killed, after=True)
    assert house.run(export).status is RunStatus.FINISHING
    [path] = manifests(house, export)
    before = path.read_bytes()
    take_away(house)
    house.now += house.limits.redeliver_after
    work(house)
    run = house.run(export)
    assert (run.status, run.error_reason) == (RunStatus.FAILED, "bucket-not-found")
    look(house)
    assert len(open_incidents(house)) == 1
    return export, path, before


def test_a_manifest_that_nobody_could_speak_of_is_found_and_its_window_delivered_once(
    house, unsaid
):
    export, path, before = unsaid
    bring_back(house)
    hour(house)
    work(house)
    [run, *_] = house.runs(export)
    assert (run.status, run.error_reason, run.error_message) == (RunStatus.DONE, None, None)
    assert path.read_bytes() == before
    assert_delivered(house, export, ids(ROWS))
    hour(house)
    assert [each.ending for each in all_incidents(house)] == [Ending.RECOVERED]
    assert [each.sequence for each in house.runs(export)] == [0]


def test_a_run_that_goes_on_and_is_refused_again_fails_again_and_may_go_on_once_more(house, unsaid):
    export, path, before = unsaid

    def retried() -> RunStatus:
        run_id = house.runs(export)[0].run_id
        assert retry_run(house.services, COMMAND_LINE, 1, run_id).run_id == run_id
        house.drain()
        return house.runs(export)[0].status

    assert retried() is RunStatus.FAILED
    bring_back(house)
    assert retried() is RunStatus.DONE
    assert path.read_bytes() == before
    assert_delivered(house, export, ids(ROWS))


def test_what_lacks_its_manifest_is_planned_afresh_by_the_very_trial(house):
    export = at_the_manifest(house, refused, after=False)
    first = house.run(export)
    assert (first.status, manifests(house, export)) == (RunStatus.FAILED, [])
    look(house)
    [incident] = open_incidents(house)
    work(house)
    gone, fresh = house.runs(export)
    assert (gone.status, gone.error_reason) == (RunStatus.FAILED, "no-manifest")
    assert fresh.replaces_stamp == first.stamp
    # The trial went on with the run that took its place, and did not wait for another hour.
    work(house)
    assert house.runs(export)[-1].status is RunStatus.DONE
    [delivery] = assert_delivered(house, export, ids(ROWS), orphans_of=[first.stamp])
    assert delivery.manifest["run_stamp"] == fresh.stamp
    hour(house)
    [closed] = all_incidents(house)
    assert (closed.incident_id, closed.ending) == (incident.incident_id, Ending.RECOVERED)


def test_an_export_that_moved_to_another_bucket_delivers_the_window_there(house, unsaid):
    export, _, before = unsaid
    elsewhere = house.folder / "elsewhere"
    elsewhere.mkdir()
    edit_export(house.services, 1, export.export_id, bucket=elsewhere.as_uri())
    hour(house)
    work(house)
    work(house)
    first, second = house.runs(export)[:2]
    assert (first.status, first.error_reason) == (RunStatus.FAILED, "no-manifest")
    assert (second.status, second.replaces_stamp) == (RunStatus.DONE, first.stamp)
    assert list(elsewhere.rglob("*manifest*"))
    assert [each.ending for each in all_incidents(house)] == [Ending.MOVED]
    bring_back(house)
    [path] = manifests(house, export)
    assert path.read_bytes() == before


def test_a_stop_ends_a_run_that_waits_to_go_on(house, unsaid):
    export, _, _ = unsaid
    bring_back(house)
    look(house)
    assert house.run(export).status is RunStatus.PENDING
    stop_export(house.services, 1, export.export_id)
    house.drain()
    assert house.run(export).status is RunStatus.STOPPED
    assert house.again(export).status is ExportStatus.STOPPED
