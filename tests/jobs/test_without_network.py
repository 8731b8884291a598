"""A good key is tested where Google cannot be reached: the test says so and blames nobody."""

import pytest

from shared.domain.bucket_steps import Outcome, Part
from shared.domain.connections import Dataset
from shared.errors import Transient
from shared.jobs.audit import list_audit
from shared.jobs.bucket_credentials import credential_of, keep_credential
from shared.jobs.manage_buckets import add_bucket, bucket_of
from shared.jobs.manage_connections import add_connection, list_connections, try_new
from shared.jobs.try_bucket import failed_step, try_bucket, try_credentials
from shared.reasons import Blame, of
from shared.state import buckets
from shared.state.buckets import NewBucket
from tests.credentials.keys import key_file
from tests.jobs.saved_buckets import stored

PLACE = Dataset("my-project-1", "shop")
URL = "gs://partner-feed-far-away"
ADVICE = "test again in a minute"


@pytest.fixture
def services(house, monkeypatch):
    """A machine whose only way out of the house leads nowhere."""
    for name in ("STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return house.services


def test_a_connection_fails_at_the_project_which_is_not_blamed(house, services):
    project, *others = try_new(services, 1, PLACE, key_file=key_file())
    assert (project.outcome, of(project.reason).blame) == (Outcome.FAILED, Blame.TRANSIENT)
    assert "did not answer" in project.detail
    assert "not to blame" in project.advice
    assert ADVICE in project.advice
    assert [each.outcome for each in others] == [Outcome.NOT_TRIED] * 2
    with pytest.raises(Transient, match=ADVICE):
        add_connection(services, 1, PLACE, name="Shop", key_file=key_file())
    assert (list_connections(services, 1).items, stored(house)) == ((), 0)


def test_a_bucket_fails_at_the_token_and_its_health_stays_as_it_was(house, services):
    access = keep_credential(services, 1, URL, credential_of(services, 1, key_file(), None))
    new = NewBucket(1, "Partner", URL, access)
    services.database.run(lambda c: buckets.insert(c, new, house.now))
    before = bucket_of(services, 1, URL)
    house.now = house.now.replace(minute=30)
    for steps in (
        try_bucket(services, 1, URL),
        try_credentials(services, 1, URL, key_file=key_file()),
    ):
        failed = failed_step(steps)
        assert (failed.part, failed.reason) == (Part.TOKEN, "cloud-unavailable")
        assert ADVICE in failed.detail.lower()
    assert bucket_of(services, 1, URL) == before
    assert list_audit(services, 1).items[1].detail["works"] is False
    with pytest.raises(Transient, match="Test again"):
        add_bucket(services, 1, URL + "-2", key_file=key_file())
    assert stored(house) == 1
