"""Reads tokens that Google signed: its certificates are fetched and kept, its signatures checked.

Nothing of a token is ever logged or answered.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests
from google.auth import jwt
from google.auth.exceptions import GoogleAuthError

from shared.errors import Transient

# Clocks of two machines of a cloud differ by less.
SKEW_S = 30
# A token of Google's has about 1 kB.
TOKEN_CHARS_MAX = 8_192
# One fetch of the certificates, 4 kB.
FETCH_S = 5
CERTS_BYTES_MAX = 100_000
# Google says how long its certificates hold, and is believed within these bounds.
KEEP_S = (60, 86_400)
KEEP_USUAL_S = 3_600
# A token of an unknown key has the certificates fetched again, but no more often than this.
REFETCH_S = 60


def read_claims(token: str, certs: "Certificates", *, algorithm: str) -> Mapping[str, Any] | None:
    """What the token says, once its signature and its times were found right; None otherwise.

    The algorithm is ours to choose: a token that names another is refused unread. Raises
    Transient while the certificates cannot be had.
    """
    if len(token) > TOKEN_CHARS_MAX:
        return None
    try:
        header = jwt.decode_header(token)
        key_id = header.get("kid")
        if header.get("alg") != algorithm or not isinstance(key_id, str):
            return None
        found = certs.holding(key_id)
        claims = jwt.decode(token, certs=found, clock_skew_in_seconds=SKEW_S)
    except (GoogleAuthError, ValueError, TypeError, RecursionError):
        # The error's own text holds the token.
        return None
    return claims if isinstance(claims, Mapping) else None


class Certificates:
    """Google's public certificates by key id, fetched when they are needed and kept for a while."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._found: Mapping[str, str] = {}
        self._fetched_at = float("-inf")
        self._keep_until = float("-inf")

    def holding(self, key_id: str) -> Mapping[str, str]:
        """All certificates, fetched anew when they are old or, at times, when this one is missing.

        Raises Transient when they cannot be fetched.
        """
        with self._lock:
            now = self._clock()
            missing = key_id not in self._found and now >= self._fetched_at + REFETCH_S
            if now >= self._keep_until or missing:
                self._fetch(now)
            return self._found

    def _fetch(self, now: float) -> None:
        # Also when it fails: an unknown key must not have them fetched again and again.
        self._fetched_at = now
        try:
            response = requests.get(self._url, timeout=FETCH_S)
            response.raise_for_status()
            found = json.loads(response.content[:CERTS_BYTES_MAX])
        except (requests.RequestException, ValueError) as error:
            raise Transient(
                "Google's certificates cannot be fetched for now.", reason="certs-unavailable"
            ) from error
        self._found = {str(key): str(cert) for key, cert in found.items()}
        told = re.search(r"max-age=(\d{1,9})", response.headers.get("Cache-Control", ""))
        shortest, longest = KEEP_S
        keep_s = int(told[1]) if told else KEEP_USUAL_S
        self._keep_until = now + min(max(keep_s, shortest), longest)
