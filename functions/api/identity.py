"""Tells who sends a request: by IAP's signed header, a token of Google's, an API key, or locally.

The plain header with an e-mail address that IAP also sends is never looked at: anybody can send
it who reaches the function by another way.
"""

import re

from flask import Request

from shared.domain.members import Caller, Via
from shared.errors import NotIdentified
from shared.jobs.api_keys import PREFIX, actor_of_api_key
from shared.jobs.manage_accounts import local_caller
from shared.jobs.services import Services
from shared.logs import log
from shared.ports import SignIn

IAP_HEADER = "x-goog-iap-jwt-assertion"
LOOPBACK = frozenset({"127.0.0.1", "::1"})
# A page of another site may reach this machine under a name of its own that leads here.
_LOCAL_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
# Whoever comes through a proxy is not on this machine.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


def identify(request: Request, sign_in: SignIn, services: Services) -> Caller:
    """Who sends the request; each proof that it bears must be right, and one must be there.

    Raises NotIdentified, and Transient while that cannot be told.
    """
    try:
        return _identified(request, sign_in, services)
    except NotIdentified as error:
        log("caller_refused", severity="WARNING", reason=error.reason)
        raise


def _identified(request: Request, sign_in: SignIn, services: Services) -> Caller:
    if not sign_in.configured:
        raise NotIdentified(
            "Nobody can sign in yet: whoever runs Sluice has to set IAP_AUDIENCE.",
            reason="sign-in-not-configured",
        )
    person = _person(request, sign_in)
    token = _bearer(request)
    # A key that comes along says more exactly what the request may do than who sends it.
    if token is not None and token.startswith(PREFIX):
        return _key(token, services)
    if person is not None:
        # IAP itself takes its tokens from the same header that a machine's stands in.
        return person
    if token is not None:
        if sign_in.machines is None:
            raise _refused("token-not-accepted")
        return Caller(sign_in.machines.email_of(token), Via.TOKEN)
    if sign_in.local_member:
        return _local(request, sign_in.local_member)
    raise _refused("token-missing")


def _person(request: Request, sign_in: SignIn) -> Caller | None:
    """Whom IAP let in; None when the header is missing or nobody would have checked it."""
    header = request.headers.get(IAP_HEADER)
    if sign_in.iap is None or header is None:
        return None
    return Caller(sign_in.iap.email_of(header), Via.IAP)


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _key(token: str, services: Services) -> Caller:
    found = actor_of_api_key(services, token)
    if found is None:
        raise NotIdentified(
            "This API key is not one of ours, or was revoked; ask an admin for another.",
            reason="key-invalid",
        )
    account_id, actor = found
    return Caller(actor.email, Via.KEY, account_id, actor)


def _local(request: Request, email: str) -> Caller:
    """The member of this machine, for a request that comes from it and names it."""
    if request.remote_addr not in LOOPBACK:
        raise _refused("not-on-this-machine")
    if not _LOCAL_HOST.fullmatch(request.headers.get("Host", "")):
        raise _refused("host-not-local")
    if any(name in request.headers for name in _FORWARDED):
        raise _refused("not-on-this-machine")
    return local_caller(email)


def _refused(reason: str) -> NotIdentified:
    return NotIdentified("Sign in, or send an API key or an identity token.", reason=reason)
