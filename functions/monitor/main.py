"""Watches over deliveries: so far it records the messages that were never acknowledged."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, take_push
from shared.jobs.record_dead_letter import record_dead_letter

CALLERS = start()


@functions_framework.http
def monitor(request: Request) -> Answer:
    """Takes a push of the dead-letter subscription, whatever the message holds."""
    return take_push(request, CALLERS, lambda push: record_dead_letter(services(), push))
