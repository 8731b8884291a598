"""A test object is refused for the reasons of a run, and is never in doubt without its name."""

import pytest

from shared.adapters.inline_prober import InlineProber
from shared.adapters.left_object import leave_object
from shared.domain.bucket_steps import Outcome, Part, Trial, steps_of
from shared.domain.left_objects import CONTENT, Left, LeftObject
from shared.errors import CustomerFault, Transient
from tests.adapters.test_gcs_answers import CONSTRAINT, PERIMETER
from tests.servers.fault_proxy import google_error

NAME = "_tests/sluice-1795345361-0123abcd.txt"
UPLOAD = r"^/upload/"
LOOK = r"/o/_tests"
POLICY = google_error(412, "orgPolicyConstraintFailed", CONSTRAINT)
BILL = google_error(403, "accountDisabled", "The billing account for the owning project is closed.")
RETENTION = google_error(403, "retentionPolicyNotMet", "Object is subject to retention.")
REFUSALS = {
    "403-organisation-policy": (412, POLICY),
    "403-ip-not-allowed": (403, PERIMETER),
    "403-billing": (403, BILL),
    "403-retention-policy-not-met": (403, RETENTION),
}


def left(cloud):
    prober = InlineProber(lambda *_: cloud.bucket, lambda *_: cloud.bucket, seconds=60)
    return prober.leave(1, f"gs://{cloud.name}", NAME)


def object_step(trial):
    found = steps_of(trial)[-1]
    assert found.part is Part.OBJECT
    return found


@pytest.mark.parametrize("reason", REFUSALS)
def test_what_the_question_for_rights_does_not_see_fails_at_the_object(cloud, reason):
    status, body = REFUSALS[reason]
    fault = cloud.fault(path=UPLOAD, answer=status, body=body, times=None)
    found = left(cloud)
    assert (found.failed_at, found.fault.reason, fault.fired) == (Part.OBJECT, reason, 1)
    assert isinstance(found.fault, CustomerFault)
    assert found.left == LeftObject(NAME, Left.NONE)
    assert found.location == cloud.bucket.try_out().location
    assert NAME not in object_step(found).detail
    assert cloud.objects() == {}


def test_a_look_that_is_denied_is_no_fault(cloud):
    denied = google_error(403, "forbidden", "No.")
    fault = cloud.fault(method="GET", path=LOOK, answer=403, body=denied, times=None)
    found = left(cloud)
    assert (found.fault, found.left, fault.fired) == (None, LeftObject(NAME, Left.UNREAD), 1)
    assert object_step(found).outcome is Outcome.WARNED
    assert cloud.objects() == {NAME: CONTENT}


def test_what_may_not_be_read_is_not_looked_at(cloud):
    found = leave_object(cloud.bucket, Trial(may_create=True, may_read=False), NAME)
    assert found.left == LeftObject(NAME, Left.UNREAD)
    assert [request.method for request in cloud.proxy.requests] == ["POST"]


def test_other_content_than_was_written_is_told(cloud):
    class Changed(type(cloud.bucket)):
        def create(self, name, spool, **told):
            made = super().create(name, spool, **told)
            cloud.client.bucket(cloud.name).blob(name).upload_from_string(CONTENT[:-1] + b"!")
            return made

    bucket = Changed(cloud.bucket._bucket.client, cloud.name)
    found = leave_object(bucket, bucket.try_out(), NAME)
    assert (found.failed_at, found.fault.reason) == (Part.OBJECT, "object-differs")


def test_an_answer_that_is_lost_leaves_a_doubt_and_the_name(cloud):
    cloud.fault(path=UPLOAD, lose_answer=True, times=None)
    found = left(cloud)
    assert (found.failed_at, found.left) == (Part.OBJECT, LeftObject(NAME, Left.DOUBTFUL))
    assert isinstance(found.fault, Transient)
    assert NAME in object_step(found).detail
    assert cloud.objects() == {NAME: CONTENT}
