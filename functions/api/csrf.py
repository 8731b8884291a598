"""Keeps other sites from making a member's browser change something in his name."""

from datetime import datetime, timedelta

from flask import Request

from shared.domain.members import Caller, Via
from shared.domain.signing import opened, signed
from shared.errors import NotAllowed

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What a page of any site may send without asking first.
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
# What no browser adds by itself; IAP's cookie and a place on this machine it does.
EXPLICIT = frozenset({Via.KEY, Via.TOKEN})
FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
# A form that was left open over a working day can still be sent.
KEPT = timedelta(hours=12)
SKEW = timedelta(minutes=1)


def form_token(caller: Caller, secret: bytes, now: datetime) -> str:
    """What a form must send along, in the field `csrf_token`; of use to this caller only."""
    return signed([int(now.timestamp())], secret, _about(caller))


def check_request(request: Request, caller: Caller, secret: bytes, now: datetime) -> None:
    """Raise NotAllowed when another site may have made the caller's browser send this.

    Requests that change something must come from our own pages, as the browser says, and forms
    must bear a token that other sites cannot read. Programs send neither, and no form.
    """
    if request.method in SAFE_METHODS or caller.via in EXPLICIT:
        return
    _check_site(request)
    if request.mimetype in FORM_TYPES:
        token = request.headers.get(HEADER) or request.form.get(FIELD, "")
        _check_token(token, caller, secret, now)


def _check_site(request: Request) -> None:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site != "same-origin":
        raise _cross_site()
    if origin is not None and origin not in _own_origins(request):
        raise _cross_site()


def _own_origins(request: Request) -> set[str]:
    """Ours as the browser names it: TLS ends before us, so the scheme is not seen here."""
    host = request.headers.get("Host", "")
    name = host.rpartition(":")[0] or host
    origins = {f"https://{host}"}
    if name in ("localhost", "127.0.0.1", "[::1]"):
        origins.add(f"http://{host}")
    return origins


def _check_token(token: str, caller: Caller, secret: bytes, now: datetime) -> None:
    try:
        [issued_s] = opened(token, secret, _about(caller))
    except ValueError:
        raise _cross_site() from None
    age = now.timestamp() - issued_s
    if not -SKEW.total_seconds() <= age <= KEPT.total_seconds():
        raise NotAllowed(
            "This form was open for too long; load the page again, and send it once more.",
            reason="form-too-old",
        )


def _about(caller: Caller) -> str:
    return f"form:{caller.via}:{caller.email}"


def _cross_site() -> NotAllowed:
    return NotAllowed(
        "This was not sent by a page of Sluice; load the page again, and send it from there.",
        reason="cross-site",
    )
