"""The guide for whoever owns the bucket: what to prepare at Google, and what errors mean."""

from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, page
from shared.jobs.bucket_credentials import ownership_proof


@page("/guide", "buckets.list")
def guide(visit: Visit) -> ResponseReturnValue:
    """The steps in the console, the same as commands, and how to do without a key."""
    return show("guide.html", proof=ownership_proof(visit.services, visit.account_id))
