"""Where connections lead on to imports."""

from flask import current_app

from functions.api.pages.visits import url


def create_import_url(connection_id: int) -> str:
    """Where *Create Import* begins with this connection."""
    return _url("new_import", connection=connection_id)


def import_url(import_id: int) -> str:
    """The page of an import."""
    return _url("import_page", import_id=import_id)


def _url(name: str, **values: int) -> str:
    """Empty where the dashboard has no such page."""
    return url(name, **values) if f"pages.{name}" in current_app.view_functions else ""
