"""Plans one run: freezes its window and cuts it into slices."""

import functions_framework
from flask import Request

from shared.bootstrap import services
from shared.handling import Answer, answer
from shared.jobs.plan import plan
from shared.push import pointer


@functions_framework.http
def planner(request: Request) -> Answer:
    """Takes a push of {account_id, run_id}."""

    def job() -> None:
        message = pointer(request.get_data(), ("account_id", "run_id"))
        plan(services(), message["account_id"], message["run_id"])

    return answer(job)
