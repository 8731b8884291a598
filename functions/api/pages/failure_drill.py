"""Failure drill: a test export breaks on purpose, and its e-mails are shown as they would come."""

import base64
import re
from collections.abc import Iterable
from hashlib import sha256
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.headers import CONTENT_SECURITY_POLICY
from functions.api.pages.frame import show, show_with
from functions.api.pages.visits import Visit, page
from shared.drill.breakages import BREAKAGES
from shared.errors import InvalidInput, SluiceError, TooMany

MENDING = (("", "Never"), ("1", "After notice 1"), ("2", "After notice 2"))
_STYLES = re.compile(r'\sstyle="([^"]*)"|<style[^>]*>(.*?)</style>', re.DOTALL)


@page("/notices/drill", "notices.drill", methods=("GET", "POST"), change="notices.drill")
def failure_drill(visit: Visit) -> ResponseReturnValue:
    """The form; sent, the drill is run and shown."""
    if request.method == "GET":
        return _show()
    try:
        return _drilled(visit, request.form.get("breaks", ""), request.form.get("mend", ""))
    except (InvalidInput, TooMany) as error:
        return _show(error)


def _drilled(visit: Visit, breaks: str, mend: str) -> ResponseReturnValue:
    # Builds a warehouse, which no other page needs to wait for.
    from shared.drill.asking import ask_for_drill

    if mend not in dict(MENDING):
        raise InvalidInput("Mend after notice 1 or 2, or not at all.")
    with TemporaryDirectory(prefix="sluice-drill-") as folder:
        report = ask_for_drill(
            visit.services,
            visit.actor,
            visit.account_id,
            Path(folder),
            breaks=breaks,
            mend_after=int(mend) if mend else None,
        )
    response = show(
        "failure_drill.html",
        report=report,
        breakages=BREAKAGES.values(),
        mending=MENDING,
        breaks=breaks,
        mend=mend,
        error=None,
    )
    response.headers["Content-Security-Policy"] = _policy(mail.html for mail in report.mails)
    return response


def _show(error: SluiceError | None = None) -> ResponseReturnValue:
    return show_with(
        "failure_drill.html",
        error,
        report=None,
        breakages=BREAKAGES.values(),
        mending=MENDING,
        breaks=request.form.get("breaks", "permission"),
        mend=request.form.get("mend", ""),
    )


def _policy(mails: Iterable[str]) -> str:
    """The usual policy and the very styles of these e-mails, whose frames inherit it.

    They are kept nowhere, so that no address of their own could give them another policy.
    """
    styles = {
        unescape(found[1]) if found[1] is not None else found[2]
        for html in mails
        for found in _STYLES.finditer(html)
    }
    hashes = sorted(
        base64.b64encode(sha256(style.encode()).digest()).decode("ascii") for style in styles
    )
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    return CONTENT_SECURITY_POLICY.replace(
        "style-src 'self'", f"style-src 'self' 'unsafe-hashes' {allowed}"
    )
