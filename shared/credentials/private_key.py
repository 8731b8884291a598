"""Reads the private key of a key file: RSA of 2048 bits or more, PKCS #8, not encrypted."""

import base64
import binascii
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from shared.errors import InvalidInput
from shared.reasons import KEY_REFUSED

BITS_MIN = 2_048
# Google makes keys of 2048 bits; the check of a far longer one would take seconds.
BITS_MAX = 4_096
# A key of 4096 bits has 3,272 characters.
CHARS_MAX = 3_500

_PEM = re.compile(
    r"-----BEGIN PRIVATE KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END PRIVATE KEY-----\s{0,8}"
)


def load(pem: str) -> RSAPrivateKey:
    """The key of a PEM text; raises InvalidInput, which never holds any of the text."""
    if "ENCRYPTED" in pem[:CHARS_MAX]:
        raise refused("is encrypted; create a new JSON key, which needs no password")
    if len(pem) > CHARS_MAX:
        raise refused(f"is too long; only RSA keys of {BITS_MIN} to {BITS_MAX} bits are taken")
    found = _PEM.fullmatch(pem)
    if found is None:
        raise refused("is not one PKCS #8 key in PEM form; paste the whole file, unchanged")
    key = _key_of(found[1])
    if key is None:
        raise refused("is damaged; paste the whole file, unchanged, or create the key again")
    if not isinstance(key, RSAPrivateKey):
        raise refused("is not an RSA key; create a JSON key in the Google Cloud console")
    if not BITS_MIN <= key.key_size <= BITS_MAX:
        raise refused(f"has {key.key_size} bits; only RSA keys of {BITS_MIN} or more are taken")
    return key


def refused(why: str) -> InvalidInput:
    """The error that says why; made outside of `except`, so that no cause carries the text on."""
    return InvalidInput(f"The field private_key {why}.", reason=KEY_REFUSED)


def _key_of(body: str) -> object | None:
    try:
        der = base64.b64decode(re.sub(r"[\r\n]", "", body), validate=True)
        return load_der_private_key(der, password=None)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        return None
