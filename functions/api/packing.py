"""Answers leave gzipped where the browser or program takes that: nothing in front of us does it.

What is packed is text that one person asked for. The secret in it, a form's token, is another one
each second, so that the length of answers tells nobody who guesses at it from outside.
"""

import gzip

from flask import Response, request

TYPES = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "image/svg+xml",
        "application/json",
        "application/problem+json",
    }
)
# Below this the head of the answer weighs more than what is saved.
BYTES_MIN = 1_000
# A tenth larger than at the highest level, in a third of the time.
LEVEL = 4
# For what is packed once and sent often.
LEVEL_ONCE = 9


def takes_gzip() -> bool:
    """Whether whoever sent this request reads gzip."""
    return request.accept_encodings.quality("gzip") > 0


def packed(body: bytes, level: int = LEVEL) -> bytes:
    """The same bytes each time: no name and no time stand in the head."""
    return gzip.compress(body, level, mtime=0)


def pack(response: Response) -> Response:
    """Gzip the body where that is worth it and was not done yet."""
    if response.mimetype not in TYPES or response.direct_passthrough:
        return response
    # A cache between us must not hand to one what another one asked for.
    response.vary.add("Accept-Encoding")
    small = (response.content_length or 0) < BYTES_MIN
    if small or "Content-Encoding" in response.headers or not takes_gzip():
        return response
    response.set_data(packed(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    return response
