"""Each step of trying a bucket shows what it is about, and nothing is written."""

import re
from datetime import timedelta

import pytest
from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError

from shared.adapters.gcs import open_gcs
from shared.domain.bucket_steps import Part, Trial
from shared.errors import Transient
from tests.servers.fault_proxy import google_error
from tests.servers.faulty_cloud import HASTE

PERMISSIONS = r"/iam/testPermissions"
ALL = ["storage.objects.create", "storage.objects.get", "storage.buckets.get"]


def granting(cloud, *permissions):
    return cloud.fault(path=PERMISSIONS, answer=200, body={"permissions": list(permissions)})


def showing(cloud, **settings):
    body = {"name": cloud.name, "location": "EU", **settings}
    path = rf"/b/{re.escape(cloud.name)}(\?|$)"
    return cloud.fault(method="GET", path=path, answer=200, body=body)


def test_a_bucket_that_grants_everything_shows_its_settings(cloud):
    faults = [granting(cloud, *ALL), showing(cloud)]
    found = cloud.bucket.try_out()
    assert found == Trial(may_create=True, may_read=True, location="EU")
    assert [fault.fired for fault in faults] == [1, 1]
    assert cloud.objects() == {}


def test_a_retention_policy_is_seen(cloud):
    granting(cloud, *ALL)
    showing(cloud, retentionPolicy={"retentionPeriod": "86400", "isLocked": True})
    found = cloud.bucket.try_out()
    assert (found.retention, found.retention_locked) == (timedelta(days=1), True)


def test_the_least_rights_are_enough(cloud):
    granting(cloud, ALL[0])
    assert cloud.bucket.try_out() == Trial(may_create=True, may_read=False)
    assert [request.method for request in cloud.proxy.requests] == ["GET"]


def test_without_the_right_to_create_it_fails_there(cloud):
    granting(cloud, *ALL[1:])
    found = cloud.bucket.try_out()
    assert (found.failed_at, found.fault.reason) == (Part.CREATE, "403-create-not-granted")


def test_a_bucket_that_denies_everything_fails_at_the_bucket(cloud):
    cloud.fault(path=PERMISSIONS, answer=403, body=google_error(403, "forbidden", "No."))
    found = cloud.bucket.try_out()
    assert (found.failed_at, found.fault.reason) == (Part.BUCKET, "403-forbidden")


def test_a_bucket_that_is_not_there_fails_at_the_bucket(cloud_storage, cloud_bucket):
    found = open_gcs(cloud_bucket + "-no", None, patience=HASTE).try_out()
    assert (found.failed_at, found.fault.reason) == (Part.BUCKET, "404-bucket-not-found")


def test_a_token_that_is_not_believed_fails_at_the_token(cloud):
    cloud.fault(path=PERMISSIONS, answer=401, body=google_error(401, "authError", "No."))
    assert cloud.bucket.try_out().failed_at is Part.TOKEN


class Refused(Credentials):
    def refresh(self, request):
        raise RefreshError("invalid_grant", retryable=False)


def test_a_key_that_gets_no_token_fails_at_the_token(cloud):
    found = open_gcs(cloud.name, Refused(), patience=HASTE).try_out()
    assert (found.failed_at, found.fault.reason) == (Part.TOKEN, "403-forbidden")


def test_settings_that_are_denied_after_all_hinder_nothing(cloud):
    granting(cloud, *ALL)
    path = rf"/b/{re.escape(cloud.name)}(\?|$)"
    denied = google_error(403, "forbidden", "No.")
    fault = cloud.fault(method="GET", path=path, answer=403, body=denied)
    assert cloud.bucket.try_out() == Trial(may_create=True, may_read=True)
    assert fault.fired == 1


def test_a_server_that_does_not_know_the_question_tells_nothing_of_rights(cloud):
    found = cloud.bucket.try_out()
    assert (found.failed_at, found.may_read) == (None, None)
    assert found.location


def test_a_cloud_that_does_not_answer_proves_nothing(cloud):
    cloud.fault(path=PERMISSIONS, answer=503, body=b"")
    with pytest.raises(Transient):
        cloud.bucket.try_out()
