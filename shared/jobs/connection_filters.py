"""The filters of the list of connections, as people give them: local dates and a member."""

from datetime import date, timedelta

from shared.domain.local_time import first_instant
from shared.jobs.lookup import account_of
from shared.jobs.services import Services
from shared.state.connections import ConnectionFilter


def filter_of(
    services: Services,
    account_id: int,
    connected_from: date | None,
    connected_to: date | None,
    connected_by: str | None,
) -> ConnectionFilter:
    """Dates are inclusive and of the account's zone."""
    zone = account_of(services, account_id).time_zone
    since = None if connected_from is None else first_instant(connected_from, zone)
    until = None
    if connected_to is not None and connected_to < date.max:
        until = first_instant(connected_to + timedelta(days=1), zone)
    return ConnectionFilter(since, until, connected_by)
