"""Partner List: whom data can go to, and which of them are integrated."""

from dataclasses import asdict

from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, page
from shared.jobs.manage_buckets import list_buckets


@page("/partners", "buckets.list")
def partners(visit: Visit) -> ResponseReturnValue:
    """The partners; the tag Export stands at Google Cloud once a bucket is saved."""
    count = len(list_buckets(visit.services, visit.account_id))
    return show("partners.html", bucket_count=count, flags=asdict(visit.account.flags))
