"""A trial of a bucket reads as steps: what passed, what failed, what was not tried."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.bucket_steps import LOOKING, Outcome, Part, Trial, steps_of
from shared.domain.left_objects import Left, LeftObject, is_left_name, left_name
from shared.errors import CustomerFault

FAULT = CustomerFault("No.", reason="403-forbidden")


def outcomes(trial):
    return [step.outcome for step in steps_of(trial)]


def detail(trial, part):
    return next(step.detail for step in steps_of(trial) if step.part is part)


@pytest.mark.parametrize("part", LOOKING[:4])
def test_what_comes_before_a_failure_passed_and_what_comes_after_was_not_tried(part):
    place = LOOKING.index(part)
    trial = Trial(failed_at=part, fault=FAULT)
    before, after = [Outcome.PASSED] * place, [Outcome.NOT_TRIED] * (5 - place)
    assert outcomes(trial) == [*before, Outcome.FAILED, *after]
    failed = steps_of(trial)[place]
    assert (failed.detail, failed.reason) == ("No.", "403-forbidden")


NAME = left_name(datetime(2026, 11, 22, tzinfo=UTC), "0123abcd")


def test_a_test_object_is_a_step_only_where_it_was_asked_for():
    assert Part.OBJECT not in [step.part for step in steps_of(Trial())]
    for how, outcome in (
        (Left.READ_BACK, Outcome.PASSED),
        (Left.UNREAD, Outcome.WARNED),
        (Left.DOUBTFUL, Outcome.UNKNOWN),
    ):
        step = steps_of(Trial(left=LeftObject(NAME, how)))[-1]
        assert (step.part, step.outcome) == (Part.OBJECT, outcome)
        assert NAME in step.detail
    refused = Trial(Part.BUCKET, FAULT, left=LeftObject(NAME, Left.NONE))
    assert steps_of(refused)[-1].outcome is Outcome.NOT_TRIED


@pytest.mark.parametrize(
    "fixed", ["_tests/x", "data.json", f"{NAME}\n", f"a/{NAME}", "../x", "", 1]
)
def test_no_other_name_is_one_of_a_test_object(fixed):
    assert is_left_name(NAME)
    assert not is_left_name(fixed)


def test_all_that_a_bucket_may_grant():
    trial = Trial(may_create=True, may_read=True, location="EU")
    assert outcomes(trial) == [Outcome.PASSED] * 6
    assert detail(trial, Part.SETTINGS) == "Location EU; no retention policy."


def test_the_least_that_a_bucket_may_grant():
    trial = Trial(may_create=True, may_read=False)
    assert outcomes(trial)[3:] == [Outcome.PASSED, Outcome.WARNED, Outcome.UNKNOWN]
    assert "storage.objects.get" in detail(trial, Part.READ)
    assert "storage.buckets.get" in detail(trial, Part.SETTINGS)


def test_a_server_that_does_not_tell():
    assert outcomes(Trial())[2:] == [Outcome.PASSED] + [Outcome.UNKNOWN] * 3


@pytest.mark.parametrize(
    ("retention", "locked", "words"),
    [
        (timedelta(days=30), False, "of 30 days, which"),
        (timedelta(days=30), True, "of 30 days, locked, which"),
        (timedelta(seconds=90), False, "of 90 s, which"),
    ],
)
def test_a_retention_policy_is_shown_and_hinders_nothing(retention, locked, words):
    trial = Trial(may_create=True, location="EU", retention=retention, retention_locked=locked)
    assert outcomes(trial)[-1] is Outcome.PASSED
    assert words in detail(trial, Part.SETTINGS)
