"""Every saved bucket is tried once an hour, by one, and its health is kept."""

import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Part, Trial
from shared.errors import CustomerFault, OurFault, Transient
from shared.jobs.manage_buckets import add_bucket, bucket_of
from shared.jobs.probe_buckets import Probed, probe_buckets
from shared.reasons import CATALOGUE
from shared.state import buckets
from shared.state.buckets import NewBucket
from tests.credentials.keys import key_file
from tests.jobs.faults import together
from tests.servers.fault_proxy import Fault, FaultProxy, google_error

HOUR = timedelta(hours=1)
REFUSED = Trial(failed_at=Part.TOKEN, fault=CustomerFault("No.", reason="403-forbidden"))
FINE = Trial(may_create=True)


class Prober:
    """Gives the answer that a test wants for each bucket."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []
        self.at_once = self.most = 0
        self._lock = threading.Lock()

    def probe(self, account_id, url, access=None):
        with self._lock:
            self.asked.append((account_id, url))
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        try:
            answer = self.answers.get(url.removeprefix("gs://"), FINE)
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            with self._lock:
                self.at_once -= 1


def save(house, name, account_id=1):
    new = NewBucket(account_id, name, f"gs://{name}", Access("none"))
    return house.services.database.run(lambda c: buckets.insert(c, new, house.now))


def probed(house, prober):
    return probe_buckets(replace(house.services, prober=prober), house.now)


def health(house, name, account_id=1):
    found = bucket_of(house.services, account_id, f"gs://{name}")
    return found.failure, found.failing_since, found.worked_at, found.probed_at


def test_each_bucket_of_each_account_is_tried_once_an_hour(house):
    saved = [save(house, "one"), save(house, "two"), save(house, "one", account_id=2)]
    start, prober = house.now, Prober()
    assert probed(house, prober) == []
    house.now += HOUR
    assert {each.bucket_id for each in probed(house, prober)} == {s.bucket_id for s in saved}
    assert probed(house, prober) == []
    house.now += HOUR
    assert len(probed(house, prober)) == 3
    assert len(prober.asked) == 6
    assert health(house, "two") == (None, None, start + 2 * HOUR, start + 2 * HOUR)


def test_a_bucket_that_fails_says_since_when_and_why_until_it_works(house):
    save(house, "bad")
    start, saved = house.now, bucket_of(house.services, 1, "gs://bad")
    house.now += HOUR
    failing = Prober(bad=REFUSED)
    assert probed(house, failing) == [Probed(1, saved.bucket_id, "gs://bad", "403-forbidden")]
    house.now += HOUR
    probed(house, failing)
    since = start + HOUR
    assert health(house, "bad") == ("403-forbidden", since, start, start + 2 * HOUR)
    house.now += HOUR
    assert probed(house, Prober())[0].reason is None
    assert health(house, "bad") == (None, None, start + 3 * HOUR, start + 3 * HOUR)
    house.now += HOUR
    probed(house, failing)
    assert health(house, "bad")[1] == start + 4 * HOUR


def test_what_passes_proves_nothing_for_or_against_a_bucket(house):
    save(house, "bad")
    save(house, "good")
    away = Transient("away", reason="cloud-unavailable")
    house.now += HOUR
    probed(house, Prober(bad=REFUSED))
    before = house.now
    house.now += HOUR
    found = probed(house, Prober(bad=away, good=away))
    assert {each.reason for each in found} == {"cloud-unavailable"}
    assert health(house, "bad")[:2] == ("403-forbidden", before)
    assert health(house, "good") == (None, None, before, house.now)


def test_a_fault_of_ours_is_kept_with_the_bucket(house):
    save(house, "lost")
    house.now += HOUR
    found = probed(house, Prober(lost=OurFault("gone", reason="secret-missing")))
    assert [each.reason for each in found] == ["secret-missing"]
    assert health(house, "lost")[0] == "secret-missing"


def test_many_are_tried_a_few_at_a_time(house):
    house.services = replace(
        house.services, limits=replace(house.services.limits, probes_at_once=3)
    )
    for number in range(40):
        save(house, f"bucket-{number:02}")
    house.now += HOUR
    prober = Prober()
    assert len(probed(house, prober)) == 40
    assert len(set(prober.asked)) == len(prober.asked) == 40
    assert prober.most <= 3


def test_a_round_that_has_taken_long_leaves_the_rest_to_the_next(house):
    limits = replace(house.services.limits, probing_time=timedelta(0))
    house.services = replace(house.services, limits=limits)
    save(house, "one")
    house.now += HOUR
    assert probed(house, Prober()) == []


def test_two_rounds_at_once_share_the_buckets(house):
    for number in range(60):
        save(house, f"bucket-{number:02}")
    house.now += HOUR
    prober = Prober()
    found = together(lambda: probed(house, prober), lambda: probed(house, prober))
    assert len(found[0]) + len(found[1]) == 60
    assert len(set(prober.asked)) == len(prober.asked) == 60


def test_a_bucket_that_is_removed_meanwhile_is_forgotten(house):
    saved = save(house, "gone")

    def remove(account_id, url, access=None):
        house.services.database.run(lambda c: buckets.remove(c, 1, saved.bucket_id))
        return FINE

    house.now += HOUR
    assert len(probed(house, SimpleNamespace(probe=remove))) == 1
    assert house.services.database.run(lambda c: buckets.list_all(c, 1)) == []


@pytest.mark.parametrize("status", [403, 404])
def test_a_real_bucket_that_fails_is_found_by_the_hourly_trial(
    house, cloud_bucket, cloud_storage, monkeypatch, status
):
    saved = add_bucket(house.services, 1, f"gs://{cloud_bucket}", key_file=key_file())
    house.now += HOUR
    with FaultProxy(cloud_storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        body = google_error(status, "forbidden", "No.")
        fault = proxy.add(Fault(answer=status, body=body, times=None))
        [found] = probe_buckets(house.services, house.now)
        assert fault.fired
    after = bucket_of(house.services, 1, saved.url)
    assert found.reason == after.failure
    assert CATALOGUE[after.failure].opens_incident
    assert after.failing_since == house.now
