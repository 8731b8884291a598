"""The control plane for people and programs: the REST API and the pages in one http function."""

from functools import cache

import functions_framework
from flask import Flask, Request, Response
from werkzeug.wrappers import Response as Answer

from functions.api.app import new_app
from functions.api.starting import services_with_admin
from shared.bootstrap import sign_in, start
from shared.tracing import TRACEPARENT, new_trace, parsed, within

start()


@cache
def _app() -> Flask:
    """Built by the first request: the server forks after it has loaded this module."""
    return new_app(services_with_admin, sign_in)


@functions_framework.http
def api(request: Request) -> Answer:
    """Hands the request on; the framework itself owns /static, /favicon.ico and /robots.txt."""
    with within(parsed(request.headers.get(TRACEPARENT)) or new_trace()):
        return Response.from_app(_app(), request.environ)
