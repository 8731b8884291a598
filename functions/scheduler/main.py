"""Every minute: record the windows that are due and publish all work that waits."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, take_call
from shared.jobs.figures import write_metrics
from shared.jobs.schedule import schedule

CALLERS = start()


@functions_framework.http
def scheduler(request: Request) -> Answer:
    """One tick at the moment of the call; the body is not read."""
    return take_call(request, CALLERS, _tick)


def _tick() -> None:
    now = services().clock()
    schedule(services(), now)
    write_metrics(services(), now)
