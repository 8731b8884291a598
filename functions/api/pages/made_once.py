"""Carries out a form once, however often it is sent."""

from collections.abc import Callable
from hashlib import sha256

from flask import request

from functions.api.pages.visits import Visit
from shared.jobs.idempotent import idempotent


def made_once(visit: Visit, make: Callable[[], int]) -> int:
    """The id of what the form makes; the same form sent again gives the same.

    Whoever goes back and changes the form asks for another thing, not for the same again.
    """
    sent = sorted((name, value) for name, value in request.form.items(multi=True))
    text = repr([pair for pair in sent if pair[0] != "csrf_token"])
    digest = sha256(text.encode("utf-8", "replace")).hexdigest()
    form_id = request.form.get("request_id")
    made: int = idempotent(
        visit.services,
        visit.account_id,
        visit.actor,
        f"{form_id}:{digest[:16]}" if form_id else None,
        digest,
        make,
    )
    return made
