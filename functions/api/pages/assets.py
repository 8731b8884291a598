"""Files of the pages, served under names that hold their content's hash and kept for a year."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, abort

from functions.api.packing import LEVEL_ONCE, packed, takes_gzip

FOLDER = Path(__file__).parents[1] / "assets"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HASHED = re.compile(r"(?P<stem>[a-z0-9.-]+)\.(?P<hash>[0-9a-f]{12})(?P<ending>\.[a-z]+)")
A_YEAR = "public, max-age=31536000, immutable"
# Pictures that the stylesheet names by their plain names.
AN_HOUR = "public, max-age=3600"


@cache
def content(name: str) -> bytes | None:
    """The bytes of a file of ours; None for any other name, whatever it points to."""
    known = {path.name: path for path in FOLDER.iterdir() if path.suffix in TYPES}
    return known[name].read_bytes() if name in known else None


@cache
def _packed(name: str) -> bytes:
    """The same, made smaller once a process."""
    return packed(content(name) or b"", LEVEL_ONCE)


@cache
def digest(name: str) -> str:
    """What stands for the content in the address."""
    found = content(name)
    if found is None:
        raise KeyError(name)
    return sha256(found).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a file: another content, another address."""
    stem, dot, ending = name.rpartition(".")
    return f"/assets/{stem}.{digest(name)}{dot}{ending}"


def install(app: Flask) -> None:
    """Serve the files, and let templates name them."""
    app.add_template_global(asset)
    if "assets" not in app.view_functions:
        app.add_url_rule("/assets/<name>", "assets", serve)


def serve(name: str) -> Response:
    """A file under its hashed name, or its plain one for a shorter time."""
    plain, keep = name, AN_HOUR
    if found := _HASHED.fullmatch(name):
        plain, keep = found["stem"] + found["ending"], A_YEAR
    body = content(plain)
    if body is None or (keep is A_YEAR and asset(plain) != f"/assets/{name}"):
        abort(404)
    response = Response(body, mimetype=None, content_type=TYPES[Path(plain).suffix])
    response.headers["Cache-Control"] = keep
    if takes_gzip():
        response.set_data(_packed(plain))
        response.headers["Content-Encoding"] = "gzip"
    return response
