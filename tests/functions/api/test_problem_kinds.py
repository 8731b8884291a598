"""How an error is told to whoever waits for an answer."""

from functions.api.problem_kinds import UNAVAILABLE, kind_of, said
from shared.errors import Transient
from shared.reasons import CLOUD_UNAVAILABLE


def test_nobody_who_waits_for_an_answer_is_told_that_it_is_tried_again():
    away = Transient(CLOUD_UNAVAILABLE.message, reason=CLOUD_UNAVAILABLE.code)
    assert kind_of(away) is UNAVAILABLE
    assert said(away) == "Cloud Storage did not answer, or not as it should."
