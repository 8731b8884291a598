"""When a warning is due, when an export may be stopped, and what a moved clock does to that."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import Watching
from shared.domain.choices import ExportStatus
from shared.domain.incidents import (
    Ending,
    Incident,
    NoticeKind,
    Step,
    counted_from,
    ending_due,
    step_due,
    stops_at,
)
from tests.domain.makers import HOUR, NOW

BELIEVED = Watching().believed_gap
INCIDENT = Incident(1, 7, 1795132800, "gs://b", "403-forbidden", "No.", 1, NOW, NOW)
FIRST, SECOND, STOPPED, _ = NoticeKind
SPANS = st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9))
MOMENTS = SPANS.map(lambda span: NOW + span)


@pytest.mark.parametrize(
    ("accepted", "hours", "step"),
    [
        ({}, 0, Step.FIRST),
        ({}, -500, Step.FIRST),
        ({FIRST: None}, 500, Step.NOTHING),
        ({FIRST: NOW}, 23.99, Step.NOTHING),
        ({FIRST: NOW}, 24, Step.SECOND),
        ({FIRST: NOW}, 96, Step.SECOND),
        ({FIRST: NOW}, -96, Step.NOTHING),
        ({FIRST: NOW, SECOND: None}, 500, Step.NOTHING),
        ({FIRST: NOW, SECOND: NOW + 24 * HOUR}, 71.99, Step.NOTHING),
        ({FIRST: NOW, SECOND: NOW + 24 * HOUR}, 72, Step.STOP),
        ({FIRST: NOW, SECOND: NOW + 60 * HOUR}, 83.99, Step.NOTHING),
        ({FIRST: NOW, SECOND: NOW + 60 * HOUR}, 84, Step.STOP),
        ({FIRST: NOW, SECOND: NOW + 500 * HOUR}, 96, Step.NOTHING),
    ],
)
def test_each_step_has_its_time(accepted, hours, step):
    assert step_due(INCIDENT, accepted, NOW + hours * HOUR) is step


def test_a_closed_incident_needs_nothing():
    closed = replace(INCIDENT, closed_at=NOW, ending=Ending.RECOVERED)
    assert step_due(closed, {}, NOW + 500 * HOUR) is Step.NOTHING


@given(first=st.none() | MOMENTS, second=st.none() | MOMENTS, now=MOMENTS)
def test_nobody_is_stopped_without_two_warnings_in_order_and_time(first, second, now):
    accepted = {FIRST: first, SECOND: second}
    if step_due(INCIDENT, accepted, now) is Step.STOP:
        assert first is not None
        assert second is not None
        assert now - first >= timedelta(hours=72)
        assert now - second >= timedelta(hours=24)


@given(gaps=st.lists(st.timedeltas(timedelta(), timedelta(days=9)), min_size=1, max_size=40))
def test_however_the_looks_are_spaced_the_notices_keep_their_distances(gaps):
    """Each notice is accepted as soon as it is queued, and each look does one step."""
    now, accepted, done = NOW, {}, []
    for gap in gaps:
        now += gap
        step = step_due(INCIDENT, accepted, now)
        if step is Step.NOTHING or done[-1:] == [Step.STOP]:
            continue
        done.append(step)
        if step is not Step.STOP:
            accepted[NoticeKind(step)] = now
        else:
            assert now >= stops_at(accepted, now)
    assert done == [Step.FIRST, Step.SECOND, Step.STOP][: len(done)]


@given(now=MOMENTS, first=st.none() | MOMENTS)
def test_what_a_warning_promises_is_not_broken(now, first):
    """The moment that is told is one before which nobody is stopped."""
    accepted = {} if first is None else {FIRST: first}
    told = stops_at(accepted, now)
    at = accepted.get(FIRST, now)
    second = max(now, at + timedelta(hours=24))
    early = told - timedelta(seconds=1)
    assert step_due(INCIDENT, {FIRST: at, SECOND: second}, early) is Step.NOTHING


@given(moment=MOMENTS, looked=st.none() | MOMENTS, now=MOMENTS)
def test_a_moved_clock_never_makes_anybody_wait_less(moment, looked, now):
    counted = counted_from(moment, looked, now, believed=BELIEVED)
    # The time that is held against the customer never grows ...
    assert max(now - counted, timedelta()) <= max(now - moment, timedelta())
    # ... it never counts from ahead of the clock, and a look right after changes nothing more.
    assert counted <= max(now, min(moment, now + BELIEVED))
    assert counted_from(counted, now, now, believed=BELIEVED) == counted


@pytest.mark.parametrize(
    ("accepted", "looked", "now", "held_against"),
    [
        # An hour at a time, and a look or two that did not take place.
        (0, 10, 11, 11),
        (0, 10, 13, 13),
        # Down, or set forward, for longer: that time is left out.
        (0, 10, 14, 10),
        (0, 10, 10_000, 10),
        (15, 10, 10_000, 0),
        # Set back.
        (0, 10, 5, 5),
        (10, 10, -500, 0),
        (10, 10, 8, -2),
        (0, None, 30, 30),
    ],
)
def test_time_that_nobody_can_explain_is_not_held_against_the_customer(
    accepted, looked, now, held_against
):
    at = NOW + now * HOUR
    counted = counted_from(
        NOW + accepted * HOUR,
        None if looked is None else NOW + looked * HOUR,
        at,
        believed=BELIEVED,
    )
    assert at - counted == held_against * HOUR


@pytest.mark.parametrize(
    ("status", "bucket", "succeeded", "ending"),
    [
        (ExportStatus.PENDING, "gs://b", False, None),
        (ExportStatus.RUNNING, "gs://b", False, None),
        (ExportStatus.PENDING, "gs://b", True, Ending.RECOVERED),
        (ExportStatus.DONE, "gs://b", True, Ending.RECOVERED),
        (ExportStatus.STOPPED, "gs://b", False, Ending.ENDED),
        (ExportStatus.DONE, "gs://b", False, Ending.ENDED),
        (ExportStatus.PENDING, "gs://other", False, Ending.MOVED),
        (ExportStatus.STOPPED, "gs://other", False, Ending.ENDED),
    ],
)
def test_an_incident_ends_by_a_success_an_end_or_a_move(status, bucket, succeeded, ending):
    found = ending_due(INCIDENT, status=status, bucket=bucket, succeeded=succeeded)
    assert found is ending
