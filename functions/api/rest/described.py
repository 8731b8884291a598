"""What the OpenAPI document says of an operation beside the shapes of its input and output."""

import inspect
from collections.abc import Callable
from typing import Any

from flask_openapi3.types import ResponseDict

from functions.api.problem_kinds import (
    CONFLICT,
    NOT_ALLOWED,
    NOT_AUTHENTICATED,
    NOT_FOUND,
    OUR_FAULT,
    REFUSED,
    TOO_LARGE,
    TOO_MANY,
    UNAVAILABLE,
    UNREADABLE,
    UNSUPPORTED,
    Kind,
)
from functions.api.problems import MEDIA_TYPE
from shared.domain.members import NEVER_A_KEY, OPERATIONS, scope_of

_ALWAYS = (NOT_AUTHENTICATED, NOT_FOUND, NOT_ALLOWED, REFUSED, TOO_LARGE, TOO_MANY)
_FAULTS = (OUR_FAULT, UNAVAILABLE)


def description_of(view: Callable[..., Any], operation: str) -> tuple[str, str]:
    """A summary from the docstring's first line, the rest of it, and who may."""
    summary, _, rest = (inspect.getdoc(view) or "").partition("\n")
    texts = [" ".join(part.split()) for part in rest.strip().split("\n\n") if part.strip()]
    if operation:
        scope = scope_of(operation)
        key = "never by an API key" if scope in NEVER_A_KEY else f"API keys: scope `{scope}`"
        texts.append(f"Role: {OPERATIONS[operation]} or above; {key}.")
    return summary.rstrip("."), "\n\n".join(texts)


def responses_of(answer: Any, status: int, *, takes_body: bool, changes: bool) -> ResponseDict:
    """The answer when all goes well, and each problem that can come instead."""
    problems = [*_ALWAYS, *_FAULTS]
    problems += [UNREADABLE, UNSUPPORTED] if takes_body else []
    problems += [CONFLICT] if changes else []
    found: ResponseDict = {str(int(kind.status)): _problem(kind) for kind in problems}
    found[str(status)] = None if status == 204 else answer
    return dict(sorted(found.items()))


def _problem(kind: Kind) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": kind.title, "content": {MEDIA_TYPE: {"schema": schema}}}
