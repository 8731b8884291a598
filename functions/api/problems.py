"""Every error as one answer that says what happened and what to do next (RFC 9457)."""

from collections.abc import Sequence
from math import ceil

from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import HTTPException

from functions.api.problem_kinds import (
    NO_SUCH_METHOD,
    NO_SUCH_PAGE,
    NOT_AUTHENTICATED,
    NOT_SET_UP,
    OUR_FAULT,
    TOO_LARGE,
    UNAVAILABLE,
    UNREADABLE,
    UNSUPPORTED,
    Kind,
    kind_of,
    said,
)
from shared.domain.bucket_steps import BucketRefused
from shared.domain.connections import ConnectionRefused
from shared.errors import SluiceError, TooMany
from shared.logs import log
from shared.reasons import of

MEDIA_TYPE = "application/problem+json"
# A caller who may come again but was not told when: the tick of the system is a minute.
RETRY_AFTER_S = 60


class Defect(BaseModel):
    """One place of the request that is not as documented; what stood there is not repeated."""

    where: str = Field(description="The place, such as `body.format`.", examples=["body.format"])
    message: str = Field(
        description="What is wanted there.", examples=["Input should be 'json' or 'csv'"]
    )


class Problem(BaseModel):
    """What went wrong and what to do next, as RFC 9457 describes it."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(
        description="The kind of problem: a place in the documentation page of this API.",
        examples=["/docs#problem-not-found"],
    )
    title: str = Field(description="The kind in words.", examples=["There is no such thing"])
    status: int = Field(description="The HTTP status again.", ge=400, le=599, examples=[404])
    detail: str = Field(
        description="What happened this time, in one sentence for people.",
        examples=["The account 1 has no export 1764000000."],
    )
    reason: str = Field(
        description="A short, stable code for programs.", examples=["not-found", "403-forbidden"]
    )
    how_to_fix: str = Field(
        description="What to do next about problems of this kind.",
        examples=["Check the id; list what the account has."],
    )
    fix: list[str] = Field(
        description="What to do about this reason, step by step.",
        examples=[["Check the id; list what the account has."]],
    )
    link: str = Field(
        description="Where the reason is explained.", examples=["/docs/reasons#not-found"]
    )
    errors: list[Defect] = Field(
        default=[],
        description="Where the request is not as documented; of a bucket or a dataset that does "
        "not open, each step of trying it; empty for other problems.",
    )


class Malformed(SluiceError):
    """The request is not as documented, or cannot be read at all."""

    default_reason = "not-as-documented"

    def __init__(self, kind: Kind, message: str, defects: Sequence[Defect] = ()) -> None:
        super().__init__(message, reason=kind.name)
        self.kind = kind
        self.defects = list(defects)


def refused(error: SluiceError) -> Response:
    """The answer to a request that met an error of ours; a fault of ours says its code alone."""
    kind = error.kind if isinstance(error, Malformed) else kind_of(error)
    if kind in (OUR_FAULT, NOT_SET_UP):
        cause = type(error.__cause__).__name__ if error.__cause__ is not None else None
        log("request_failed", reason=error.reason, cause=cause)
    if kind is OUR_FAULT:
        return _answer(kind, kind.title + ".", error.reason)
    response = _answer(kind, said(error), error.reason, _defects_of(error))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(max(1, ceil(error.retry_after_s)))
    elif kind is UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _defects_of(error: SluiceError) -> list[Defect]:
    if isinstance(error, Malformed):
        return error.defects
    if isinstance(error, BucketRefused):
        return [
            Defect(where=str(step.part), message=f"{step.words}: {step.outcome}. {step.detail}")
            for step in error.steps
        ]
    if isinstance(error, ConnectionRefused):
        return [
            Defect(where=str(each.part), message=f"{each.words}: {each.outcome}. {each.detail}")
            for each in error.results
        ]
    return []


def refused_by_the_framework(error: HTTPException) -> Response:
    """The answer to what Flask itself refuses, such as an unknown address."""
    kind = _BY_STATUS.get(error.code or 500, UNREADABLE if (error.code or 500) < 500 else OUR_FAULT)
    response = _answer(kind, kind.title + ".", kind.name)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _answer(kind: Kind, detail: str, reason: str, defects: Sequence[Defect] = ()) -> Response:
    known = of(reason)
    problem = Problem(
        type=f"/docs#problem-{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        reason=reason,
        how_to_fix=kind.how_to_fix,
        fix=list(known.fix),
        link=known.link,
        errors=list(defects),
    )
    response = Response(problem.model_dump_json(), kind.status, mimetype=MEDIA_TYPE)
    if kind is NOT_AUTHENTICATED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="sluice"'
    return response


_BY_STATUS = {
    401: NOT_AUTHENTICATED,
    404: NO_SUCH_PAGE,
    405: NO_SUCH_METHOD,
    413: TOO_LARGE,
    414: TOO_LARGE,
    415: UNSUPPORTED,
}
