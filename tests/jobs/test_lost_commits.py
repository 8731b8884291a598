"""A database that is lost while a bucket is saved leaves no bucket whose key is gone."""

from dataclasses import replace

import pytest

from shared.errors import Transient
from shared.jobs.manage_buckets import add_bucket, list_buckets
from tests.credentials.keys import key_file
from tests.jobs.saved_buckets import stored


class LosesCommits:
    """State that is lost while a bucket is saved, before or after that took place."""

    def __init__(self, database, *, saved: bool) -> None:
        self._database, self._saved = database, saved

    def run(self, work):
        if getattr(work, "__name__", "") != "store":
            return self._database.run(work)
        if self._saved:
            self._database.run(work)
            raise Transient("lost", reason="commit-unknown")
        raise Transient("away", reason="state-unreachable")


@pytest.fixture
def url(cloud_bucket):
    return f"gs://{cloud_bucket}"


def test_a_key_of_which_nobody_knows_whether_it_was_saved_is_not_destroyed(house, url):
    lost = replace(house.services, database=LosesCommits(house.services.database, saved=True))
    with pytest.raises(Transient):
        add_bucket(lost, 1, url, key_file=key_file())
    assert stored(house) == 1
    house.services.bucket(1, url).check()


def test_a_key_that_could_not_be_saved_is_destroyed(house, url):
    away = replace(house.services, database=LosesCommits(house.services.database, saved=False))
    with pytest.raises(Transient):
        add_bucket(away, 1, url, key_file=key_file())
    assert (stored(house), list_buckets(house.services, 1)) == (0, [])
