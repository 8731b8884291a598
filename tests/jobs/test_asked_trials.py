"""Whoever has mended what no probe can see need not wait: a test, a retry or a run is the trial."""

import pytest

from shared.domain.incidents import Ending
from shared.domain.members import COMMAND_LINE
from shared.domain.runs import RunStatus
from shared.errors import CustomerFault, Transient
from shared.jobs.manage_buckets import add_bucket, rotate_bucket
from shared.jobs.retry_run import retry_run
from shared.jobs.run_now import run_now
from shared.jobs.try_bucket import failed_step, try_bucket
from tests.credentials.keys import key_file
from tests.jobs.faults import Fault
from tests.jobs.saved_buckets import second_key
from tests.jobs.watch import all_incidents, hours, look, open_incidents, work
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

pytestmark = pytest.mark.kept_open

ROWS = [event(n, ts=at, ingested_at=at) for n, at in enumerate([MIDNIGHT, MIDNIGHT + 5 * HOUR])]


class Policy:
    """A retention policy, which refuses files and which no probe sees."""

    def __init__(self, house):
        self._open = house.services.bucket
        self.active = True

    def __call__(self, account_id, url):
        return Fault("create", self._refuse, range(1, 99)).on(self._open(account_id, url))

    def _refuse(self):
        if self.active:
            raise CustomerFault("No.", reason="403-retention-policy-not-met")


@pytest.fixture
def policy(house):
    policy = Policy(house)
    house.services = house.with_(bucket=policy)
    return policy


@pytest.fixture
def url(request, house):
    """Where the export delivers to: a folder, or a saved bucket of a real server."""
    if "cloud" not in request.node.name:
        return house.bucket.as_uri()
    address = f"gs://{request.getfixturevalue('cloud_bucket')}"
    add_bucket(house.services, 1, address, nickname="Partner", key_file=key_file())
    return address


@pytest.fixture
def failing(house, url, policy):
    """An export whose trials have failed so often that the next one is many hours away."""
    house.now = MIDNIGHT
    export = house.recurring(hours=4, bucket=url)
    house.load(ROWS)
    house.now = MIDNIGHT + 8 * HOUR + 6 * MINUTE
    work(house)
    hours(house, 15, mail=False, step=3)
    house.drain()
    policy.active = False
    house.now += HOUR
    work(house)
    assert look(house).trials == 0
    return export


def states(house, export):
    """How the newest run of each window stands."""
    newest = {run.window: run.status for run in sorted(house.runs(export), key=_id)}
    return list(newest.values())


def _id(run):
    return run.run_id


def all_follow(house, export):
    """The trial is delivered, then the tick lets all others follow, and the next look closes."""
    house.drain()
    work(house)
    assert set(states(house, export)) == {RunStatus.DONE}
    look(house)
    assert [each.ending for each in all_incidents(house)] == [Ending.RECOVERED]


@pytest.mark.parametrize("by", ["test", "rotate"])
def test_a_bucket_of_the_cloud_that_is_found_open_is_tried_at_once(house, failing, url, by):
    if by == "test":
        try_bucket(house.services, 1, url)
    else:
        rotate_bucket(house.services, 1, url, key_file=second_key())
    [(_, message)] = house.take()
    [incident] = open_incidents(house)
    assert message["run_id"] == incident.trial_run_id
    # Whoever asks again meanwhile changes nothing.
    try_bucket(house.services, 1, url)
    assert house.take() == []
    house.deliver(("export-windows", message))
    all_follow(house, failing)


def test_a_bucket_of_the_cloud_that_lets_nobody_in_begins_no_trial(house, failing, url):
    class Closed:
        def probe(self, *_):
            raise Transient("away")

    house.services = house.with_(prober=Closed())
    assert failed_step(try_bucket(house.services, 1, url)) is not None
    assert house.take() == []


def test_a_run_that_is_asked_for_begins_with_the_earliest_window_that_failed(house, failing):
    found = run_now(house.services, COMMAND_LINE, 1, failing.export_id)
    assert found.window.start_at == MIDNIGHT
    assert found.sequence > 0
    all_follow(house, failing)


def test_a_retry_is_the_trial_after_which_the_others_follow(house, failing):
    last = [run for run in house.runs(failing) if run.window.start_at == MIDNIGHT][-1]
    assert last.status is RunStatus.FAILED
    again = retry_run(house.services, COMMAND_LINE, 1, last.run_id)
    [incident] = open_incidents(house)
    assert incident.trial_run_id == again.run_id
    all_follow(house, failing)
