"""The guide for whoever owns the bucket: what to prepare at Google, and what errors mean."""

from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, page


@page("/guide", "buckets.list")
def guide(visit: Visit) -> ResponseReturnValue:
    """The steps in the console, and the same as commands."""
    return show("guide.html")
