"""Tries a customer's bucket with credentials that whoever asks may not read himself."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, Told, take_question
from shared.jobs.probe import answer_question

CALLERS = start()


@functions_framework.http
def prober(request: Request) -> Told | Answer:
    """Takes {account_id, url, access}; answers with what each step has shown."""
    return take_question(request, CALLERS, lambda text: answer_question(services(), text))
