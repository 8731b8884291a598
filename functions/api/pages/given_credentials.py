"""The credentials of a form: a pasted key, an uploaded one, or a service account to act as."""

from typing import TypedDict

from flask import request

# How a form with both ways to give a key says which one was chosen.
UPLOAD, CUSTOM = "upload", "custom"


class Given(TypedDict):
    """The credentials of a form, as the service takes them."""

    key_file: bytes | None
    impersonate: str | None


def credentials_given() -> Given:
    """The key or the service account of a form; a key is never sent back to the page."""
    key = _uploaded() if request.form.get("key_from") == UPLOAD else _pasted()
    return {
        "key_file": key if key.strip() else None,
        "impersonate": request.form.get("impersonate", "").strip() or None,
    }


def key_was_given() -> bool:
    """Whether the form came with a key, which the page that answers it does not hold any more."""
    file = request.files.get("key_file")
    return bool(request.form.get("key") or (file and file.filename))


def _pasted() -> bytes:
    return request.form.get("key", "").encode("utf-8", "replace")


def _uploaded() -> bytes:
    """What is in the file; nothing when none was chosen."""
    file = request.files.get("key_file")
    return b"" if file is None else file.read()
