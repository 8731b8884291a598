"""Templates that may stand in front of object names, such as `{account_id}/{run_date}/`."""

import re

from shared.errors import InvalidInput

RUN_TOKENS = frozenset({"account_id", "request_id", "run_date"})
EVENT_TOKENS = frozenset({"event_date", "event_name"})
# One path segment of 255 bytes and the prefix before it stay under the 1,024 bytes of a name.
PREFIX_BYTES_MAX = 768
SEGMENT_BYTES_MAX = 255  # folders take no longer ones
# The longest value of each token; an event name that is too long for its segment is cut.
_LONGEST = {"account_id": 19, "request_id": 19, "run_date": 8, "event_date": 8, "event_name": 64}
_TOKEN = re.compile(r"\{([a-z_]*)\}")
RESERVED = ("_manifests", "_rejects", ".well-known")
# Control characters, line and paragraph separators, what gcloud reads as a wildcard, lone
# surrogates, a backslash and braces that are no token.
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029*?#\\[\\]{}\\\\\ud800-\udfff]")


def check_prefix(template: str, *, profiles: bool) -> None:
    """Refuses a template that could give a name that is illegal or too long (InvalidInput)."""
    if not template:
        return
    if not template.endswith("/") or template.startswith("/"):
        raise InvalidInput(
            f"The prefix {template[:80]!r} must end with '/' and not begin with it: write it like"
            " exports/{run_date}/."
        )
    _check_tokens(template, profiles=profiles)
    for segment in template[:-1].split("/"):
        _check_segment(segment)
    if template.split("/")[0] in RESERVED:
        raise InvalidInput(
            f"The prefix may not begin with {template.split('/')[0]!r}: choose another folder name."
        )
    if sum(_longest(segment) + 1 for segment in template[:-1].split("/")) > PREFIX_BYTES_MAX:
        raise InvalidInput(
            f"The prefix could grow over {PREFIX_BYTES_MAX} bytes: use fewer or shorter parts."
        )


def tokens_of(template: str) -> list[str]:
    """The token names of a template, in order."""
    return _TOKEN.findall(template)


def _check_tokens(template: str, *, profiles: bool) -> None:
    allowed = RUN_TOKENS if profiles else RUN_TOKENS | EVENT_TOKENS
    for token in tokens_of(template):
        if token not in allowed:
            names = ", ".join(f"{{{name}}}" for name in sorted(allowed))
            raise InvalidInput(f"The prefix cannot hold {{{token}}} here: use only {names}.")
    if len(set(tokens_of(template))) != len(tokens_of(template)):
        raise InvalidInput("The prefix names a token twice: use each of them once at most.")


def _check_segment(segment: str) -> None:
    fixed = _TOKEN.sub("", segment)
    if segment in ("", ".", "..") or _UNWANTED.search(fixed):
        raise InvalidInput(
            f"The prefix part {segment[:80]!r} cannot stand in an object name: use letters, digits,"
            " '-', '_', '=' and single slashes."
        )
    if _fixed_and_least(segment) > SEGMENT_BYTES_MAX:
        raise InvalidInput(
            f"The prefix part {segment[:80]!r} is too long: keep each part under 190 bytes."
        )


def _longest(segment: str) -> int:
    """Bytes of a segment at most: an event name may fill it."""
    if "{event_name}" in segment:
        return SEGMENT_BYTES_MAX
    return _fixed_and_least(segment)


def _fixed_and_least(segment: str) -> int:
    """Bytes of the fixed text and the tokens; of an event name as much as always fits."""
    fixed = len(_TOKEN.sub("", segment).encode())
    return fixed + sum(_LONGEST[token] for token in tokens_of(segment))
