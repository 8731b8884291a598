"""Sends what is queued for people and for their programs: e-mails and webhooks."""

from datetime import datetime

from shared.errors import Transient
from shared.jobs.send_notices import send_due
from shared.jobs.services import Services
from shared.jobs.webhooks import deliver_due


def send_outbox(services: Services, now: datetime) -> tuple[int, int]:
    """Send what is due; gives how many e-mails and messages to webhooks were tried.

    Webhooks are told also while no mail can be sent.
    """
    try:
        mails = send_due(services, now)
    except Transient:
        deliver_due(services, now)
        raise
    return mails, deliver_due(services, now)
