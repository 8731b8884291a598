"""How an operation becomes a route: who may, what goes in, what comes out, and how it is told."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any, get_type_hints

from flask import Response, current_app, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel

from functions.api.csrf import SAFE_METHODS, check_request
from functions.api.identity import identify
from functions.api.rest.described import description_of, responses_of
from functions.api.rest.models import RepeatQuery
from functions.api.rest.parsing import no_body, parse_body, parse_path, parse_query
from shared.domain.members import Actor, Caller, Role, require
from shared.jobs.idempotent import idempotent
from shared.jobs.manage_accounts import actor_in
from shared.jobs.services import Services
from shared.jobs.signing import signing_secret

View = Callable[..., Any]
SERVICES, SIGN_IN = "sluice-services", "sluice-sign-in"
SECURITY: list[dict[str, list[str]]] = [{"api_key": []}, {"identity_token": []}]


@dataclass(frozen=True, slots=True)
class Call:
    """One request of somebody who may: what a view needs beside what the request says."""

    services: Services
    caller: Caller
    actor: Actor
    account_id: int


@dataclass(frozen=True, slots=True)
class Route:
    """What the address of an operation is and who may use it."""

    method: str
    rule: str
    # The operation in the table of domain/members.py; empty where every known caller may.
    operation: str
    status: int


class Resource:
    """The operations of one resource; each view is called with `call` and what it asks for."""

    def __init__(self, title: str, description: str) -> None:
        self.blueprint = APIBlueprint(
            title,
            __name__,
            url_prefix="/v1",
            abp_tags=[Tag(name=title, description=description)],
            abp_security=SECURITY,
        )
        # What tests walk through.
        self.routes: list[Route] = []

    def get(self, rule: str, operation: str) -> Callable[[View], View]:
        """An operation that only looks; it changes nothing, and takes no body."""
        return self._add(Route("get", rule, operation, 200))

    def post(self, rule: str, operation: str, status: int = 200) -> Callable[[View], View]:
        """An operation that makes something (201) or does something (200)."""
        return self._add(Route("post", rule, operation, status))

    def put(self, rule: str, operation: str) -> Callable[[View], View]:
        """An operation after which a thing is as the body says, however often it is sent."""
        return self._add(Route("put", rule, operation, 200))

    def patch(self, rule: str, operation: str) -> Callable[[View], View]:
        """An operation that changes the fields in the body and leaves the others."""
        return self._add(Route("patch", rule, operation, 200))

    def delete(self, rule: str, operation: str) -> Callable[[View], View]:
        """An operation that takes a thing away and answers with nothing."""
        return self._add(Route("delete", rule, operation, 204))

    def _add(self, route: Route) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            hints = get_type_hints(view)
            handle = _handler(view, hints, route)
            summary, description = description_of(view, route.operation)
            register = getattr(self.blueprint, route.method)
            register(
                route.rule,
                summary=summary,
                description=description,
                operation_id=view.__name__,
                responses=responses_of(
                    hints["return"],
                    route.status,
                    takes_body="body" in hints,
                    changes=route.method != "get",
                ),
            )(handle)
            self.routes.append(route)
            return view

        return decorate


def _handler(view: View, hints: dict[str, Any], route: Route) -> View:
    """The view between the checks in front of it and the shape of its answer behind it."""

    @wraps(view)
    def handle(**captured: Any) -> Response:
        services: Services = current_app.extensions[SERVICES]()
        # The order tells nothing to strangers: who, then whether he may, then what he sent.
        caller = identify(request, current_app.extensions[SIGN_IN](), services)
        if request.method not in SAFE_METHODS:
            check_request(request, caller, signing_secret(services, "forms"), services.clock())
        given: dict[str, Any] = {}
        if "path" in hints:
            given["path"] = parse_path(hints["path"], captured)
        call = _call(services, caller, captured.get("account_id"), route.operation)
        if "query" in hints:
            given["query"] = parse_query(hints["query"], request)
        if "body" in hints:
            given["body"] = parse_body(hints["body"], request)
        else:
            no_body(request)
        return _answer(_result(view, call, given, route), route.status)

    # Told to the library, which would read the request in its own, lenient way.
    handle.__delay_validate_request__ = True  # type: ignore[attr-defined]
    return handle


def _call(services: Services, caller: Caller, account_id: int | None, operation: str) -> Call:
    if account_id is None:
        # Not at work in any account: what is asked for concerns the caller alone.
        nobody = Actor(caller.email, Role.VIEWER, caller.via)
        return Call(services, caller, caller.actor or nobody, 0)
    actor = actor_in(services, caller, account_id)
    require(actor, operation)
    return Call(services, caller, actor, account_id)


def _result(view: View, call: Call, given: dict[str, Any], route: Route) -> Any:
    query = given.get("query")
    request_id = query.request_id if isinstance(query, RepeatQuery) else None
    if request_id is None:
        return view(call, **given)
    text = f"{route.method} {request.path} {request.get_data().decode(errors='replace')}"
    return idempotent(
        call.services,
        call.account_id,
        call.actor,
        request_id,
        sha256(text.encode()).hexdigest(),
        lambda: json.loads(view(call, **given).model_dump_json()),
    )


def _answer(result: Any, status: int) -> Response:
    if result is None:
        return Response(status=204)
    if isinstance(result, BaseModel):
        return Response(result.model_dump_json(), status, mimetype="application/json")
    # What was kept of a first answer looks as that answer did.
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, mimetype="application/json")
