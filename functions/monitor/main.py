"""Watches over deliveries: warns, stops and mends once an hour, and sends what is queued."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, take_call, take_push
from shared.jobs.monitor import monitor as look
from shared.jobs.outbox import send_outbox
from shared.jobs.record_dead_letter import record_dead_letter

CALLERS = start()


@functions_framework.http
def monitor(request: Request) -> Answer:
    """POST /hourly and POST /outbox are called by a schedule; their bodies are not read.

    POST /dead-letters, or to no path, is a push of the dead-letter subscription, whatever its
    message holds.
    """
    match request.path.rstrip("/"):
        case "/hourly":
            return take_call(request, CALLERS, lambda: look(services(), services().clock()))
        case "/outbox":
            return take_call(request, CALLERS, lambda: send_outbox(services(), services().clock()))
        case "" | "/dead-letters":
            return take_push(request, CALLERS, lambda push: record_dead_letter(services(), push))
    return "no-such-path", 404
