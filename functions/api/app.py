"""Builds the application behind the function `api`: resources, documentation, pages, assets."""

from collections.abc import Callable
from pathlib import Path
from traceback import format_tb
from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.openapi import OpenAPI
from werkzeug.routing import BaseConverter

from functions.api import docs, pages
from functions.api.docs_text import INTRODUCTION
from functions.api.headers import secure
from functions.api.packing import pack
from functions.api.problems import Problem
from functions.api.rest.accounts import accounts
from functions.api.rest.audit import audit
from functions.api.rest.buckets import buckets
from functions.api.rest.connections import connections
from functions.api.rest.drills import drills
from functions.api.rest.event_names import events
from functions.api.rest.exports import exports
from functions.api.rest.health import health, uptime
from functions.api.rest.import_runs import import_runs
from functions.api.rest.imports import imports
from functions.api.rest.incidents import incidents
from functions.api.rest.keys import keys
from functions.api.rest.members import members
from functions.api.rest.notices import notices
from functions.api.rest.reader_kits import reader_kits
from functions.api.rest.reasons import reasons
from functions.api.rest.routes import SERVICES, SIGN_IN, Resource
from functions.api.rest.runs import runs
from functions.api.rest.webhooks import webhooks
from shared.jobs.services import Services
from shared.logs import log
from shared.ports import SignIn

HERE = Path(__file__).parent
# The largest is an export of 1,000 selected events with long names.
BODY_BYTES_MAX = 1_000_000
# Assets change with a new version only.
ASSET_SECONDS = 3_600
RESOURCES: tuple[Resource, ...] = (
    accounts,
    members,
    keys,
    buckets,
    events,
    exports,
    runs,
    reader_kits,
    connections,
    imports,
    import_runs,
    notices,
    drills,
    webhooks,
    audit,
    incidents,
    health,
    reasons,
)


class IdConverter(BaseConverter):
    """Ids in addresses: digits alone, and few enough to be read; anything else is no address."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        return int(value)


class Application(OpenAPI):
    """Flask with the OpenAPI document, which logs a fault without the values in it."""

    def log_exception(self, exc_info: Any) -> None:
        # The message may quote a statement's parameters, which are a customer's.
        trace = format_tb(exc_info[2])
        log("request_failed", cause=exc_info[0].__name__, trace=trace)


def new_app(services: Callable[[], Services], sign_in: Callable[[], SignIn]) -> Application:
    """The application; nothing connects before the first request that needs it."""
    app = Application(
        __name__,
        info=Info(title="Sluice", version="1", description=INTRODUCTION),
        security_schemes=docs.SECURITY_SCHEMES,
        doc_ui=False,
        validation_error_model=Problem,
        static_folder=str(HERE / "assets"),
        static_url_path="/assets",
        template_folder=str(HERE / "templates"),
    )
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = ASSET_SECONDS
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters["id"] = IdConverter
    app.extensions |= {SERVICES: services, SIGN_IN: sign_in}
    for resource in RESOURCES:
        app.register_api(resource.blueprint)
    app.register_blueprint(docs.pages)
    app.register_blueprint(uptime)
    pages.register(app)
    app.after_request(secure)
    app.after_request(pack)
    return app
