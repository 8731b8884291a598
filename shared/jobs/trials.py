"""Lets the exports of a bucket that fail try again at once, when somebody has found it open."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from shared.domain.bucket_steps import Trial
from shared.domain.incidents import Incident
from shared.jobs.guarded import guarded
from shared.jobs.mend import trial_under_way, try_again
from shared.jobs.services import Services
from shared.state import incidents

# Whoever asks waits for these; the others are tried by the next look of the monitor.
AT_ONCE = 50


def try_at_once(services: Services, account_id: int, bucket: str, now: datetime) -> int:
    """Begin their trials, however long they would have rested; gives how many have begun.

    A probe sees neither a retention policy nor a quota: whoever mended one need not wait.
    """

    def rested(connection: Connection) -> list[Incident]:
        every = incidents.list_open(connection, account_id)
        ids = [each.incident_id for each in every if each.bucket == bucket]
        found = []
        for each in incidents.hold(connection, ids):
            if not trial_under_way(connection, each):
                incidents.set_trial(connection, each, None, each.trial_at or each.opened_at)
                found.append(each)
        return found

    found = services.database.run(rested)
    trials = {(account_id, bucket): Trial()}
    return sum(
        guarded(False, partial(try_again, services, each, trials, now)) for each in found[:AT_ONCE]
    )
