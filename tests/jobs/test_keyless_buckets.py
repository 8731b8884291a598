"""Sluice acts as a customer's service account once its owner has shown that it is his."""

from dataclasses import replace
from functools import partial

import pytest
from google.oauth2.credentials import Credentials

from shared.adapters.iam import Iam
from shared.adapters.inline_prober import InlineProber
from shared.bootstrap import open_bucket
from shared.jobs.customer_buckets import CustomerBuckets
from shared.jobs.manage_buckets import (
    add_bucket,
    list_buckets,
    rotate_bucket,
)
from shared.state import buckets
from tests.credentials.keys import EMAIL, key_file
from tests.jobs.house import ACCOUNT
from tests.jobs.samples import mixed_events
from tests.jobs.saved_buckets import refused, stored
from tests.servers.iam import OWN_TOKEN, Account, IamServer

ROWS = mixed_events(50)


@pytest.fixture
def url(cloud_bucket) -> str:
    """An empty bucket of a real server of Cloud Storage."""
    return f"gs://{cloud_bucket}"


@pytest.fixture
def services(house):
    return house.services


@pytest.fixture
def iam():
    with IamServer({EMAIL: Account()}) as running:
        yield running


@pytest.fixture
def acting(house, iam):
    """The services, with Google's IAM played by a server of the tests."""
    there = Iam(lambda: Credentials(OWN_TOKEN), iam_url=iam.url, credentials_url=iam.url)
    opens = partial(open_bucket, iam=there)
    services = house.services
    there_open = CustomerBuckets(services.database, services.secrets, opens)
    house.services = replace(
        services,
        bucket=there_open,
        prober=InlineProber(there_open, there_open.given),
    )
    return house.services


def proof_of(services, account_id=1) -> str:
    return services.database.run(lambda c: buckets.proof(c, account_id))


def test_an_impersonation_is_saved_once_the_account_shows_its_owner(house, acting, url, iam):
    message = refused(lambda: add_bucket(acting, 1, url, impersonate=EMAIL))
    assert proof_of(acting) in message
    assert list_buckets(acting, 1) == []
    iam.accounts[EMAIL].description = f"Feed. {proof_of(acting)}"
    saved = add_bucket(acting, 1, url, impersonate=EMAIL)
    assert (saved.access.kind, saved.access.email) == ("impersonation", EMAIL)
    assert saved.access.secret is None
    assert stored(house) == 0
    acting.bucket(1, url).check()


def test_the_text_of_another_account_proves_nothing(house, acting, url, iam):
    """The attack: account 2 names the service account that has granted Sluice its right for 1."""
    house.put_account(replace(ACCOUNT, account_id=2))
    iam.accounts[EMAIL].description = proof_of(acting, 1)
    add_bucket(acting, 1, url, impersonate=EMAIL)
    asked = iam.tokens
    message = refused(lambda: add_bucket(acting, 2, url, impersonate=EMAIL))
    assert proof_of(acting, 2) in message
    assert proof_of(acting, 1) not in message
    assert iam.tokens == asked


def test_a_text_removed_after_saving_is_missed_by_the_next_slice(house, acting, url, iam):
    house.load(ROWS)
    iam.accounts[EMAIL].description = proof_of(acting)
    add_bucket(acting, 1, url, impersonate=EMAIL)
    export = house.export(bucket=url)
    messages = house.planned(export)
    assert house.deliver(messages[0]) is None
    iam.accounts[EMAIL].description = "Feed."
    assert house.deliver(messages[1]) is None
    run = house.run(export)
    assert (str(run.status), run.error_reason) == ("FAILED", "ownership-unproven")
    assert "does not show" in refused(lambda: house.export(bucket=url))


def test_a_key_gives_way_to_an_impersonation_and_is_destroyed(house, acting, url, iam):
    add_bucket(acting, 1, url, key_file=key_file())
    iam.accounts[EMAIL].description = proof_of(acting)
    after = rotate_bucket(acting, 1, url, impersonate=EMAIL)
    assert after.access.kind == "impersonation"
    assert stored(house) == 0


@pytest.mark.parametrize("email", ["", "ada@example.com", EMAIL + "/x", EMAIL.upper()])
def test_what_is_no_service_account_is_refused_before_anything_is_asked(acting, url, iam, email):
    assert "service account" in refused(lambda: add_bucket(acting, 1, url, impersonate=email))
    assert iam.requests == []
