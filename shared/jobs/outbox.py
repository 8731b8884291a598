"""Sends what waits to be told: e-mails and webhooks; called each minute."""

from datetime import datetime

from shared.jobs.send_notices import send_due
from shared.jobs.services import Services
from shared.jobs.webhooks import deliver_due


def send_outbox(services: Services, now: datetime) -> tuple[int, int]:
    """Try what is due; gives how many e-mails and webhook messages that were.

    Harmless at any time and twice at once. Raises Transient while state cannot be reached.
    """
    return send_due(services, now), deliver_due(services, now)
