"""The visitor's choice of light or dark colours, kept in a cookie that says nothing else."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from functions.api.pages.frame import KEEP_THEME_S, THEMES
from functions.api.pages.visits import Visit, page, url


@page("/theme", "accounts.get", methods=("POST",))
def theme(visit: Visit) -> ResponseReturnValue:
    """Remember the colours and go back to a page of this account."""
    back = request.form.get("back", "")
    if not back.startswith(f"/accounts/{visit.account_id}/") or "\\" in back or "//" in back:
        back = url("exports")
    response = redirect(back, 303)
    chosen = request.form.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            "theme", chosen, KEEP_THEME_S, samesite="Lax", httponly=True, secure=request.is_secure
        )
    return response
