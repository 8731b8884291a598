"""Where nobody has logged in to Google Cloud, keyless access says so and what to do about it."""

from dataclasses import replace
from functools import partial

import pytest
from google.auth.exceptions import DefaultCredentialsError

from shared.adapters.iam import Iam
from shared.adapters.inline_prober import InlineProber
from shared.bootstrap import open_bucket, open_source
from shared.config import from_environment
from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Part
from shared.domain.connections import Dataset
from shared.errors import OurFault
from shared.jobs.customer_buckets import CustomerBuckets
from shared.jobs.customer_sources import CustomerSources
from shared.jobs.manage_connections import add_connection, list_connections, try_new
from shared.jobs.try_bucket import failed_step, try_bucket, try_credentials
from shared.state import buckets
from shared.state.buckets import NewBucket
from tests.credentials.keys import EMAIL

PLACE = Dataset("my-project-1", "shop")
URL = "gs://partner-feed-of-nobody"
DO = "gcloud auth application-default login"


def nobody():
    raise DefaultCredentialsError("Your default credentials were not found.")


@pytest.fixture
def services(house):
    """A laptop that opens what customers have, and where nobody has logged in."""
    iam, plain = Iam(nobody), house.services
    config = from_environment({"SLUICE_HOME": str(house.folder)})
    opened = CustomerBuckets(plain.database, plain.secrets, partial(open_bucket, iam=iam))
    sources = CustomerSources(plain.database, plain.secrets, partial(open_source, config, iam=iam))
    prober = InlineProber(opened, opened.given)
    return replace(plain, bucket=opened, prober=prober, source=sources, looks=sources)


def test_a_test_of_a_connection_fails_at_the_project_and_says_how_to_log_in(services):
    project, *others = try_new(services, 1, PLACE, impersonate=EMAIL)
    assert (project.outcome, project.reason) == ("failed", "own-identity-missing")
    assert DO in project.detail
    assert "not to blame" in project.advice
    assert [each.outcome for each in others] == ["not_tried", "not_tried"]


def test_a_test_of_a_bucket_fails_at_the_credentials_and_says_how_to_log_in(house, services):
    access = Access("impersonation", EMAIL, None, None)
    new = NewBucket(1, "Partner", URL, access)
    services.database.run(lambda c: buckets.insert(c, new, house.now))
    for steps in (
        try_bucket(services, 1, "Partner"),
        try_credentials(services, 1, URL, impersonate=EMAIL),
    ):
        failed = failed_step(steps)
        assert (failed.part, failed.reason) == (Part.CREDENTIALS, "own-identity-missing")
        assert DO in failed.detail


def test_nothing_is_saved_then_and_nobody_but_who_runs_it_is_blamed(services):
    with pytest.raises(OurFault, match=DO):
        add_connection(services, 1, PLACE, name="Shop", impersonate=EMAIL)
    assert list_connections(services, 1).items == ()
