"""Tries customers' buckets and datasets with credentials that whoever asks may not read."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, Told, take_question
from shared.jobs.probe import answer_question
from shared.jobs.probe_sources import answer_source_question

CALLERS = start()


@functions_framework.http
def prober(request: Request) -> Told | Answer:
    """Takes {account_id, url, access}, and perhaps `leave`; answers with what each step has shown.

    POST /sources takes {account_id, of, ask, about}, of a dataset, and answers with what was found.
    """
    match request.path.rstrip("/"):
        case "/sources":
            return take_question(
                request, CALLERS, lambda text: answer_source_question(services(), text)
            )
        case "":
            return take_question(request, CALLERS, lambda text: answer_question(services(), text))
    return "no-such-path", 404
