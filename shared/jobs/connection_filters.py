"""The filters of the list of connections, as people give them: local dates and a member."""

from datetime import date, timedelta

from shared.domain.local_time import first_instant
from shared.errors import InvalidInput
from shared.jobs.lookup import account_of
from shared.jobs.services import Services
from shared.state.connections import ConnectionFilter

# Nothing was connected before, or will be after; every zone has these days.
_EARLIEST, _LATEST = date(1970, 1, 1), date(9000, 1, 1)


def filter_of(
    services: Services,
    account_id: int,
    connected_from: date | None,
    connected_to: date | None,
    connected_by: str | None,
) -> ConnectionFilter:
    """Dates are inclusive and of the account's zone; raises InvalidInput for what is no member."""
    if connected_by is not None and not connected_by.isprintable():
        raise InvalidInput("Name the member by the address that the list of members shows.")
    zone = account_of(services, account_id).time_zone
    since = until = None
    if connected_from is not None:
        since = first_instant(min(max(connected_from, _EARLIEST), _LATEST), zone)
    if connected_to is not None:
        day = min(max(connected_to, _EARLIEST), _LATEST) + timedelta(days=1)
        until = first_instant(day, zone)
    return ConnectionFilter(since, until, connected_by)
