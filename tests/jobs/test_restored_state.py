"""State is restored from a backup an hour old: what came since is known again, not made twice."""

import json

import pytest

from shared.domain.exports import Format
from shared.domain.members import COMMAND_LINE
from shared.domain.runs import RunKind, RunStatus
from shared.errors import CustomerFault, OurFault
from shared.jobs.manage_exports import edit_export
from shared.jobs.recount import recount_due
from shared.jobs.retry_run import retry_run
from shared.reasons import FORBIDDEN
from tests.jobs.faults import Fault
from tests.jobs.oracle import assert_delivered, manifests, objects
from tests.jobs.samples import ids
from tests.jobs.watch import hour, hours, kinds, work
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

pytestmark = pytest.mark.kept_open

# The end of the second window of four hours, and when it is due.
SECOND = MIDNIGHT + 8 * HOUR
DUE = SECOND + 6 * MINUTE


def rows_at(*arrivals, first=0):
    """A row that arrives at each of these hours of the day."""
    moments = [MIDNIGHT + hour * HOUR for hour in arrivals]
    return [event(first + n, ts=at, ingested_at=at) for n, at in enumerate(moments)]


ROWS = rows_at(*range(12))


class Backup:
    """A copy of state, taken now."""

    def __init__(self, house):
        self._house = house
        house.services.database.close()
        self._content = (house.folder / "state.sqlite").read_bytes()

    def restore(self):
        """Put it back; an hour has gone by."""
        house = self._house
        house.services.database.close()
        for path in house.folder.glob("state.sqlite-*"):
            path.unlink()
        (house.folder / "state.sqlite").write_bytes(self._content)
        house.take()
        house.now += HOUR


def failing(house):
    """Services under which no file can be created, by a fault of ours."""

    def refuse():
        raise OurFault("Oh.", reason="schema-incomplete")

    fault = Fault("create", refuse, numbers=range(1, 99))
    return house.with_(bucket=fault.bucket)


def deliver_all(house, services):
    while messages := house.take():
        for message in messages:
            house.deliver(message, services)


def of_window(house, export, end_at=SECOND):
    return [run for run in house.runs(export) if run.window.end_at == end_at]


def retried(house, export):
    """The second window fails and is delivered under another stamp; gives its new run."""
    run = of_window(house, export)[-1]
    house.now += 10 * MINUTE
    again = retry_run(house.services, COMMAND_LINE, 1, run.run_id)
    house.drain()
    done = of_window(house, export)[-1]
    assert (done.run_id, done.status) == (again.run_id, RunStatus.DONE)
    assert done.stamp != run.stamp
    return done


@pytest.fixture
def export(house):
    """An export with two windows, of which the first is delivered and the second is due."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4)
    house.load(ROWS)
    house.now = MIDNIGHT + 4 * HOUR + 6 * MINUTE
    work(house)
    house.now = DUE
    return export


@pytest.mark.parametrize("known", ["nothing", "recorded", "planned", "failed", "planned again"])
def test_a_window_planned_again_and_delivered_in_the_lost_hour_is_not_delivered_twice(
    house, export, known
):
    """Whatever the backup knows of it; rows that came late since do not get into its files."""
    backup = Backup(house)
    house.tick()
    if known == "recorded":
        backup = Backup(house)
    for message in house.take():
        house.deliver(message)
    if known == "planned":
        backup = Backup(house)
    deliver_all(house, failing(house))
    if known == "failed":
        backup = Backup(house)
    if known == "planned again":
        run = of_window(house, export)[-1]
        retry_run(house.services, COMMAND_LINE, 1, run.run_id)
        backup = Backup(house)
        house.drain()
        lost = of_window(house, export)[-1]
    else:
        lost = retried(house, export)
    before = objects(house), [path.read_bytes() for path in manifests(house, export)]
    late = rows_at(5, first=500)
    house.load(late)
    backup.restore()
    hours(house, 2)
    assert (objects(house), [path.read_bytes() for path in manifests(house, export)]) == before
    run = of_window(house, export)[-1]
    assert (run.status, run.stamp) == (RunStatus.DONE, lost.stamp)
    assert run.replaces_stamp == lost.replaces_stamp
    assert kinds(house) == []
    if known == "failed":
        # And the late rows are delivered as they always are.
        hours(house, 49, step=7)
        assert_delivered(house, export, ids([*ROWS, *late]))


def test_a_window_is_known_again_by_who_may_read_but_not_list(house, export):
    """Then Cloud Storage says of what is not there that it may not be read."""

    def open_bucket(account_id, url):
        bucket = house_bucket(account_id, url)

        class NoList:
            def __getattr__(self, name):
                return getattr(bucket, name)

            def open(self, name):
                try:
                    return bucket.open(name)
                except FileNotFoundError:
                    raise CustomerFault("No.", reason=FORBIDDEN.code) from None

        return NoList()

    house_bucket = house.services.bucket
    backup = Backup(house)
    house.tick()
    deliver_all(house, failing(house))
    lost = retried(house, export)
    before = objects(house)
    backup.restore()
    house.services = house.with_(bucket=open_bucket)
    hours(house, 2)
    assert [run.stamp for run in of_window(house, export)] == [lost.stamp]
    assert objects(house) == before


def test_a_window_is_known_again_in_the_shape_that_a_lost_edit_gave_it(house, export):
    backup = Backup(house)
    edit_export(house.services, 1, export.export_id, format=Format.CSV)
    work(house)
    before = objects(house)
    backup.restore()
    hours(house, 2)
    assert objects(house) == before
    assert house.again(export).spec.format is Format.JSON
    house.now = MIDNIGHT + 12 * HOUR + 6 * MINUTE
    work(house)
    formats = [json.loads(path.read_bytes())["format"] for path in manifests(house, export)]
    assert formats == ["json", "csv", "json"]
    assert_delivered(house, export, ids(ROWS))


def test_late_rows_that_were_delivered_in_the_lost_hour_are_not_delivered_twice(house, export):
    house.now = MIDNIGHT + 24 * HOUR + 6 * MINUTE
    house.finish()
    late = rows_at(2, 5, first=500)
    house.load(late)
    house.now += 25 * HOUR
    house.finish()
    backup = Backup(house)
    recount_due(house.services, house.now)
    house.finish()
    before = objects(house)
    stamps = [run.stamp for run in house.runs(export) if run.kind is RunKind.SUPPLEMENT]
    assert len(stamps) == 2
    later = rows_at(6, first=600)
    house.load(later)
    backup.restore()
    hour(house)
    hour(house)
    assert [run.stamp for run in house.runs(export) if run.kind is RunKind.SUPPLEMENT] == stamps
    assert objects(house) >= before
    assert_delivered(house, export, ids([*ROWS, *late]))


def test_a_delivery_whose_rows_are_gone_is_followed_by_one_that_names_it(house, export):
    """Nothing makes the same files again, so the window is delivered anew, as the newest."""
    backup = Backup(house)
    work(house)
    [path] = [
        path for path in manifests(house, export) if str(int(SECOND.timestamp())) in path.name
    ]
    told = path.read_bytes()
    [file, *_] = json.loads(told)["files"]
    backup.restore()
    (house.bucket / file["name"]).write_bytes(b"other\n")
    house._seen.clear()
    hours(house, 3)
    first, second = of_window(house, export)
    assert (first.status, first.error_reason) == (RunStatus.FAILED, "object-differs")
    assert (second.status, second.replaces_stamp) == (RunStatus.DONE, first.stamp)
    assert path.read_bytes() == told
