"""Questions to the prober and its answers come through as they were, and nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bucket_access import Access, belongs, secret_name
from shared.domain.bucket_steps import Part, Trial
from shared.domain.left_objects import Left, LeftObject, left_name
from shared.domain.told_trials import Question, answer_text, question_of, question_text, trial_of
from shared.errors import CustomerFault, InvalidInput, OurFault, Transient

texts = st.text(max_size=60)
maybe = st.none() | texts
flags = st.none() | st.booleans()
accesses = st.builds(Access, texts, maybe, maybe, maybe)
NAME = left_name(datetime(2026, 11, 22, tzinfo=UTC), "0123abcd")
accounts = st.integers(1, 2**63 - 1)
questions = st.builds(Question, accounts, texts, st.none() | accesses) | st.builds(
    Question, accounts, texts, leave=st.just(NAME)
)
spans = st.none() | st.timedeltas(timedelta(0), timedelta(days=36_500)).map(
    lambda span: timedelta(seconds=int(span.total_seconds()))
)
trials = st.builds(
    Trial,
    failed_at=st.none() | st.sampled_from(Part),
    may_create=flags,
    may_read=flags,
    location=maybe,
    retention=spans,
    retention_locked=st.booleans(),
    left=st.none() | st.builds(LeftObject, st.just(NAME), st.sampled_from(Left)),
)


@given(questions)
def test_a_question_comes_through(question):
    assert question_of(question_text(question).encode()) == question


@given(trials)
def test_an_answer_comes_through(trial):
    assert trial_of(answer_text(trial).encode()) == trial


@given(st.sampled_from([CustomerFault, Transient, OurFault]), texts, texts)
def test_a_fault_comes_through_with_its_kind_code_and_words(kind, reason, message):
    fault = kind(message, reason=reason or "x")
    found = trial_of(answer_text(Trial(failed_at=Part.TOKEN, fault=fault)).encode()).fault
    assert (type(found), found.reason, found.message) == (kind, fault.reason, message)


def test_what_asks_for_no_object_is_worded_as_it_was_before_objects_could_be_asked_for():
    assert "leave" not in question_text(Question(1, "gs://mine"))
    assert "left" not in answer_text(Trial())


FINE = answer_text(Trial()).encode()
STRANGE = {
    "nothing": b"",
    "a number": b"1",
    "another member": FINE.replace(b"{", b'{"more": 1, '),
    "another object": FINE.replace(b"{", b'{"left": {"name": "a.json", "how": "none"}, '),
    "an unknown end": FINE.replace(
        b"{", b'{"left": {"name": "%s", "how": "gone"}, ' % NAME.encode()
    ),
    "an object by halves": FINE.replace(b"{", b'{"left": {"how": "none"}, '),
    "a fault of an unknown kind": FINE.replace(
        b'"fault": null', b'"fault": {"reason": "x", "message": "", "kind": "theirs"}'
    ),
    "an unknown step": FINE.replace(b'"failed_at": null', b'"failed_at": "delete"'),
    "a step that is a list": FINE.replace(b'"failed_at": null', b'"failed_at": [1]'),
    "a fault that is a text": FINE.replace(b'"fault": null', b'"fault": "403"'),
    "a time that is a text": FINE.replace(b'"retention_s": null', b'"retention_s": "soon"'),
    "an endless time": FINE.replace(b'"retention_s": null', b'"retention_s": 1e308'),
    "no time at all": FINE.replace(b'"retention_s": null', b'"retention_s": NaN'),
    "a place that is a list": FINE.replace(b'"location": null', b'"location": []'),
    "bytes": b"\xff\xfe",
}


@pytest.mark.parametrize("case", STRANGE)
def test_what_is_no_answer_of_ours_is_refused(case):
    assert trial_of(FINE) == Trial()
    with pytest.raises(InvalidInput) as caught:
        trial_of(STRANGE[case])
    assert caught.value.reason == "bad-message"


def test_a_reference_belongs_to_one_bucket_of_one_account():
    name = secret_name(1, "gs://mine")
    for reference in (f"{name}/0123", f"projects/p/secrets/{name}/versions/7"):
        access = Access("key", secret=reference)
        assert belongs(access, 1, "gs://mine")
        assert not belongs(access, 2, "gs://mine")
        assert not belongs(access, 1, "gs://other")
    assert not belongs(Access("key", secret=f"{name}x/1"), 1, "gs://mine")
    assert belongs(Access("none"), 2, "gs://mine")
