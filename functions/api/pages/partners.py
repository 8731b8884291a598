"""Partner List: whom data can go to and come from, and which of them are integrated."""

from dataclasses import asdict

from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, page
from shared.jobs.manage_buckets import list_buckets
from shared.jobs.manage_connections import list_connections


@page("/partners", "buckets.list")
def partners(visit: Visit) -> ResponseReturnValue:
    """The partners; a bucket puts the tag Export at one, a connection Import at the other."""
    count = len(list_buckets(visit.services, visit.account_id))
    connected = list_connections(visit.services, visit.account_id, page_size=1).items
    return show(
        "partners.html",
        bucket_count=count,
        connected=bool(connected),
        flags=asdict(visit.account.flags),
    )
