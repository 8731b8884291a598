"""The names that Google Cloud allows; nothing else ever becomes part of an address."""

import re

from shared.errors import InvalidInput

BUCKET_SCHEME = "gs://"

# https://cloud.google.com/storage/docs/buckets#naming
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_LABEL_CHARS_MAX = 63
_IP_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")

_PROJECT = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
# Projects of some organisations bear the domain in front (`example.com:project`), and behind in
# the e-mail addresses of their service accounts (`name@project.example.com.iam...`).
_DOMAIN = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){1,4}"
_PROJECT_ID = re.compile(rf"(?:{_DOMAIN}:)?{_PROJECT}")
_EMAIL = re.compile(
    rf"[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?@{_PROJECT}(?:\.{_DOMAIN})?\.iam\.gserviceaccount\.com"
    rf"|[0-9]{{1,20}}-compute@developer\.gserviceaccount\.com"
    rf"|{_PROJECT}(?:\.{_DOMAIN})?@appspot\.gserviceaccount\.com"
)
_EMAIL_CHARS_MAX = 254


def bucket_name(url: str) -> str:
    """The bucket of a `gs://name` address, exactly as written; raises InvalidInput.

    The address is not repeated in the error: people paste addresses with passwords inside.
    """
    name = url.removeprefix(BUCKET_SCHEME)
    if name == url:
        raise InvalidInput("Give the bucket as gs://name, with nothing in front or behind.")
    labels = name.split(".")
    if (
        not _BUCKET.fullmatch(name)
        or any(not 1 <= len(label) <= _LABEL_CHARS_MAX for label in labels)
        or _IP_ADDRESS.fullmatch(name)
        or name.startswith("goog")
    ):
        raise InvalidInput(
            "No bucket has such a name: check that it matches the bucket's exactly, 3 to 63 "
            "lower-case letters, digits, '-', '_' and '.', as in gs://my-bucket."
        )
    return name


def is_project_id(text: str) -> bool:
    """Whether a Google Cloud project may have this id."""
    return _PROJECT_ID.fullmatch(text) is not None


def is_service_account(text: str) -> bool:
    """Whether this is an e-mail address of a service account, which never needs quoting."""
    return len(text) <= _EMAIL_CHARS_MAX and _EMAIL.fullmatch(text) is not None
