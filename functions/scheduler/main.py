"""Every minute: record the windows that are due and publish all work that waits."""

import functions_framework
from flask import Request

from shared.bootstrap import services
from shared.handling import Answer, answer
from shared.jobs.schedule import schedule


@functions_framework.http
def scheduler(request: Request) -> Answer:
    """One tick at the moment of the call; the body is not read."""
    del request
    built = services()
    return answer(lambda: schedule(built, built.clock()))
