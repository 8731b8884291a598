"""Plans one run: freezes its window and cuts it into slices."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, take_push
from shared.jobs.plan import plan
from shared.push import Push, pointer

CALLERS = start()


@functions_framework.http
def planner(request: Request) -> Answer:
    """Takes a push of {account_id, run_id}."""

    def job(push: Push) -> None:
        message = pointer(push, ("account_id", "run_id"))
        plan(services(), message["account_id"], message["run_id"])

    return take_push(request, CALLERS, job)
