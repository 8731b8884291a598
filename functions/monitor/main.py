"""Watches over deliveries: sends notices, and records messages that nobody acknowledged."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, take_call, take_push
from shared.jobs.outbox import send_outbox
from shared.jobs.record_dead_letter import record_dead_letter

CALLERS = start()


@functions_framework.http
def monitor(request: Request) -> Answer:
    """Sends what waits to be told on /outbox; else takes a push of the dead-letter subscription."""
    if request.path == "/outbox":
        return take_call(request, CALLERS, lambda: send_outbox(services(), services().clock()))
    return take_push(request, CALLERS, lambda push: record_dead_letter(services(), push))
