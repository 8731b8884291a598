"""The dashboard: one module a page, whose view, template and address share a name."""

from importlib import import_module

from flask import Flask
from werkzeug.exceptions import HTTPException

from functions.api.pages import assets, frame, reasons, refusals, text
from functions.api.pages.visits import pages
from shared.errors import SluiceError

PAGES = (
    "home",
    "start",
    "guide",
    "partners",
    "buckets",
    "bucket_changes",
    "connections",
    "new_connection",
    "connection",
    "connection_changes",
    "exports",
    "new_export",
    "event_names",
    "edit_export",
    "stop_export",
    "preview",
    "export",
    "reader_kit",
    "run",
    "run_progress",
    "imports",
    "new_import",
    "edit_import",
    "stop_import",
    "import_page",
    "import_run",
    "health",
    "notices",
    "failure_drill",
    "webhooks",
    "settings",
    "members",
    "api_keys",
    "audit",
    "theme",
    "reasons",
)
for _name in PAGES:
    import_module(f"functions.api.pages.{_name}")
pages.register_error_handler(SluiceError, refusals.failed)
pages.register_error_handler(HTTPException, refusals.refused_by_the_framework)


def register(app: Flask) -> None:
    """Add the pages, their assets and what their templates use; `app` knows the converter `id`."""
    text.install(app)
    assets.install(app)
    frame.install(app)
    reasons.install(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(pages)
    app.register_error_handler(SluiceError, refusals.failed_outside)
    app.register_error_handler(HTTPException, refusals.refused_outside)
