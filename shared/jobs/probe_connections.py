"""Tries every saved connection once an hour, so that a bad key is known before a run is due."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from shared.domain.connections import failed_result, results_of
from shared.errors import SluiceError
from shared.jobs.hindered import proves
from shared.jobs.probe_rounds import in_rounds
from shared.jobs.services import Services
from shared.jobs.try_connection import trial_of, unless_moved
from shared.state import connections
from shared.state.connections import SavedConnection


def probe_connections(services: Services, now: datetime) -> Mapping[int, str | None]:
    """The reason by which each connection fails that was not tried for an hour; None if it works.

    Nothing is made of it but what people see: an import says itself when it fails.
    """
    limits = services.limits

    def claim(connection: Connection, limit: int) -> list[SavedConnection]:
        before = now - limits.probe_every
        return connections.claim_due(connection, before=before, now=now, limit=limit)

    return dict(
        in_rounds(
            services,
            claim,
            lambda saved: (saved.connection_id, _probed(services, saved, now)),
            lasts=limits.connections_probing_time,
        )
    )


def _probed(services: Services, saved: SavedConnection, now: datetime) -> str | None:
    account_id, connection_id = saved.account_id, saved.connection_id
    reason: str | None
    try:
        trial = trial_of(lambda: services.looks.saved(account_id, connection_id), saved.access)
    except SluiceError as error:
        reason = error.reason
    else:
        failed = failed_result(results_of(unless_moved(trial, saved), saved.access))
        reason = None if failed is None else failed.reason
    if proves(reason):
        # What passes proves nothing against the dataset, nor for it.
        services.database.run(
            lambda c: connections.note_probe(c, account_id, connection_id, reason, now)
        )
    return reason
