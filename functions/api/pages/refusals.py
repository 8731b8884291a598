"""What people see in place of a page: what happened, and what to do next."""

from flask import Response, request
from werkzeug.exceptions import HTTPException

from functions.api import problems
from functions.api.pages.frame import Told, show, told
from functions.api.pages.visits import is_fragment
from functions.api.problem_kinds import NOT_SET_UP, kind_of
from functions.api.problems import refused
from shared.errors import SluiceError

# Addresses of programs, which get problem+json whatever they say that they accept.
_OF_PROGRAMS = ("/v1/", "/openapi.json")
_WORDS = {
    400: ("This request cannot be read", "Go back, load the page again and send it once more."),
    401: ("Sluice does not know who you are", "Sign in again with the address of a member."),
    403: ("You may not do this here", "Ask an admin of the account for another role."),
    404: ("There is no such page", "Check the address, or begin at the start."),
    405: ("This page takes no such request", "Open it again from the start."),
    409: ("It does not fit what is there already", "Look at what is there now, then try again."),
    413: ("This is too much at once", "Send less: a form takes up to 1 MB."),
    422: ("This cannot be done", "Do what it says, then try again; nothing was changed."),
    429: ("Too many requests of this kind", "Wait a moment, then try again."),
    503: ("It does not work for now", "Try again in a minute."),
}
_NOT_SET_UP = ("Sluice is not set up for this", "Do that where Sluice runs, then try again.")
_OURS = ("Something went wrong on our side", "Tell whoever runs this Sluice when it happened.")


def failed(error: SluiceError) -> Response:
    """The page that stands in place of one that cannot be shown."""
    answer = refused(error)
    if kind_of(error) is NOT_SET_UP:
        response = _page(answer.status_code, told(error).title, _NOT_SET_UP)
    else:
        response = _page(answer.status_code, told(error).title if answer.status_code < 500 else "")
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    return response


def refused_by_the_framework(error: HTTPException) -> Response:
    """The page for what Flask itself refuses, and for a fault that nobody foresaw."""
    response = _page(error.code or 500)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def failed_outside(error: SluiceError) -> Response:
    """The same where no page was found: for people a page, for programs a problem."""
    return failed(error) if _for_people() else refused(error)


def refused_outside(error: HTTPException) -> Response:
    """The same for what Flask itself refuses there."""
    if _for_people():
        return refused_by_the_framework(error)
    return problems.refused_by_the_framework(error)


def _for_people() -> bool:
    if request.path.startswith(_OF_PROGRAMS):
        return False
    # Browsers name it; programs name JSON, anything at all or nothing.
    return "text/html" in request.headers.get("Accept", "")


def _page(status: int, text: str = "", words: tuple[str, str] | None = None) -> Response:
    title, advice = words or _WORDS.get(status, _OURS if status >= 500 else _WORDS[400])
    shown = Told(text or title, "" if text else advice)
    name = "problem_part.html" if is_fragment() else "problem.html"
    return show(name, status=status, title=title, text=text or advice, advice=advice, error=shown)
