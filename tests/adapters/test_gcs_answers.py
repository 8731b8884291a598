"""What Google really answers is told apart: whose fault it is, and what has to be mended."""

import pytest
from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError

from shared.adapters.gcs import open_gcs
from shared.domain.bucket_steps import Part
from shared.errors import CustomerFault, OurFault
from shared.reasons import CATALOGUE
from tests.adapters.objects import put
from tests.servers.fault_proxy import google_error
from tests.servers.faulty_cloud import HASTE

PERMISSIONS = r"/iam/testPermissions"
UPLOAD = r"^/upload/"
WHO = "sluice@my-project.iam.gserviceaccount.com"
PERIMETER = google_error(
    403,
    "forbidden",
    "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: "
    "8c1f0b2d7a4e4c119f3a6d2e5b7c0a91",
)
FILTER = google_error(
    403,
    "forbidden",
    f"{WHO} does not have permission to access b instance [ip]: There is an IP filtering "
    "condition that is preventing access to the resource.",
)
NO_RIGHT = google_error(
    403,
    "forbidden",
    f"{WHO} does not have storage.objects.create access to the Google Cloud Storage bucket. "
    "Permission 'storage.objects.create' denied on resource (or it may not exist).",
)
CONSTRAINT = "Request violates constraint 'constraints/storage.publicAccessPrevention'"
ANSWERS = {
    "a perimeter": (403, PERIMETER, Part.BUCKET, "403-ip-not-allowed"),
    "a filter of addresses": (403, FILTER, Part.BUCKET, "403-ip-not-allowed"),
    "a policy, 403": (
        403,
        google_error(403, "forbidden", CONSTRAINT),
        Part.BUCKET,
        "403-organisation-policy",
    ),
    "a policy, 412": (
        412,
        google_error(412, "orgPolicyConstraintFailed", CONSTRAINT),
        Part.BUCKET,
        "403-organisation-policy",
    ),
    "restricted to organisations": (
        403,
        {
            "error": {
                "code": 403,
                "message": "Access denied by organization restriction. Please contact your "
                "administrator for additional information.",
                "status": "PERMISSION_DENIED",
                "details": [{"reason": "ORG_RESTRICTION_VIOLATION", "domain": "googleapis.com"}],
            }
        },
        Part.BUCKET,
        "403-organisation-policy",
    ),
    "no right": (403, NO_RIGHT, Part.CREATE, "403-create-not-granted"),
    "no bucket": (
        404,
        google_error(404, "notFound", "The specified bucket does not exist."),
        Part.BUCKET,
        "404-bucket-not-found",
    ),
    "no such token": (
        401,
        google_error(401, "authError", "Invalid Credentials"),
        Part.TOKEN,
        "403-forbidden",
    ),
    "no billing": (
        403,
        google_error(
            403, "accountDisabled", "The billing account for the owning project is disabled"
        ),
        Part.BUCKET,
        "403-billing",
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_each_answer_of_a_bucket_fails_at_its_step_with_its_reason(cloud, case):
    status, body, part, reason = ANSWERS[case]
    # Where a server does not know the question, the bucket itself is looked at.
    fault = cloud.fault(path=PERMISSIONS, answer=status, body=body, times=None)
    other = cloud.fault(method="GET", path="/b/", answer=status, body=body, times=None)
    found = cloud.bucket.try_out()
    assert (found.failed_at, found.fault.reason) == (part, reason)
    assert fault.fired + other.fired >= 1
    assert reason in CATALOGUE
    assert WHO not in found.fault.message
    assert "constraints/" not in found.fault.message
    assert cloud.objects() == {}


@pytest.mark.parametrize("case", ["a perimeter", "a filter of addresses", "a policy, 403"])
def test_a_delivery_that_meets_it_is_refused_with_the_same_reason(cloud, case):
    status, body, _, reason = ANSWERS[case]
    fault = cloud.fault(path=UPLOAD, answer=status, body=body)
    with pytest.raises(CustomerFault) as caught:
        put(cloud.bucket, "a.json", b"one\n")
    assert (caught.value.reason, fault.fired) == (reason, 1)


def test_a_policy_is_not_taken_for_a_name_that_is_taken(cloud):
    status, body, _, reason = ANSWERS["a policy, 412"]
    fault = cloud.fault(path=UPLOAD, answer=status, body=body)
    with pytest.raises(CustomerFault) as caught:
        put(cloud.bucket, "a.json", b"one\n")
    assert (caught.value.reason, fault.fired) == (reason, 1)
    assert [each.method for each in cloud.proxy.requests] == ["POST"]


def test_a_buckets_own_name_is_not_taken_for_what_an_answer_says(cloud):
    body = google_error(403, "forbidden", "No access to bucket my-ip-filter-vpcservicecontrols.")
    cloud.fault(path=PERMISSIONS, answer=403, body=body)
    assert cloud.bucket.try_out().fault.reason == "403-forbidden"


class Refused(Credentials):
    """Credentials for which Google's token server gives this answer."""

    def __init__(self, description, error="invalid_grant"):
        super().__init__()
        self._told = f"{error}: {description}", {"error": error, "error_description": description}

    def refresh(self, request):
        raise RefreshError(*self._told, retryable=False)


TOKENS = {
    "Invalid JWT Signature.": "403-forbidden",
    "Invalid grant: account not found": "403-key-disabled",
    "Account has been disabled": "403-key-disabled",
    "Account has been deleted": "403-key-disabled",
    "Service account key has expired": "403-key-disabled",
    "Request violates constraint 'constraints/iam.serviceAccountKeyExpiryHours'": (
        "403-organisation-policy"
    ),
}


@pytest.mark.parametrize("told", TOKENS)
def test_a_key_that_gets_no_token_is_wrong_or_was_good_once(cloud, told):
    found = open_gcs(cloud.name, Refused(told), patience=HASTE).try_out()
    assert (found.failed_at, found.fault.reason) == (Part.TOKEN, TOKENS[told])
    assert told not in found.fault.message
    title = "Credentials are incorrect, GCP account is forbidden."
    assert found.fault.message.startswith(title) == (TOKENS[told] != "403-organisation-policy")


def test_a_clock_that_is_wrong_is_ours(cloud):
    told = (
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
        "timeframe. Check your iat and exp values in the JWT claim."
    )
    with pytest.raises(OurFault) as caught:
        open_gcs(cloud.name, Refused(told), patience=HASTE).try_out()
    assert caught.value.reason == "clock-wrong"
