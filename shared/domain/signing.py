"""Texts that we hand out and believe again only as we wrote them: signed, and bound to a use."""

import base64
import binascii
import hmac
import json
from hashlib import sha256
from typing import Any

# 128 bits: nobody tries so many, and a token stays short enough for an address.
SIGNATURE_BYTES = 16
TOKEN_CHARS_MAX = 2_000


def signed(content: Any, secret: bytes, about: str) -> str:
    """The JSON content as a token; it is readable, so it must hold no secret."""
    text = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_signature(text, secret, about) + text).rstrip(b"=").decode()


def opened(token: str, secret: bytes, about: str) -> Any:
    """What was signed with this secret for this use; raises ValueError for any other text."""
    if len(token) > TOKEN_CHARS_MAX or not token.isascii():
        raise ValueError("no token of ours")
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no token of ours") from error
    signature, text = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(text, secret, about)):
        raise ValueError("no token of ours")
    return json.loads(text)


def _signature(text: bytes, secret: bytes, about: str) -> bytes:
    # The length in front keeps a use that ends like a text apart from that text.
    use = about.encode()
    message = len(use).to_bytes(4, "big") + use + text
    return hmac.digest(secret, message, sha256)[:SIGNATURE_BYTES]
