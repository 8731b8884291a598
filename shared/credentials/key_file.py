"""Reads an uploaded service-account key strictly: what Google does not write is refused."""

import json
import re

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.credentials.kinds import ServiceAccountKey
from shared.credentials.private_key import load
from shared.domain.cloud_names import is_project_id, is_service_account
from shared.errors import InvalidInput, OurFault
from shared.reasons import KEY_REFUSED, SECRET_UNREADABLE

# Google's own addresses; what a file says in their place is compared with them and thrown away.
TOKEN_URI = "https://oauth2.googleapis.com/token"
UNIVERSE_DOMAIN = "googleapis.com"

# A file with a key of 2048 bits has 2,400 bytes, one of 4096 bits 4,000.
SIZE_MAX = 10_000

REQUIRED = ("type", "project_id", "private_key_id", "private_key", "client_email", "token_uri")
# Written by Google, of no use to us: nobody reads what they hold.
IGNORED = ("client_id", "auth_uri", "auth_provider_x509_cert_url", "client_x509_cert_url")
KNOWN = frozenset({*REQUIRED, *IGNORED, "universe_domain"})

_KEY_ID = re.compile(r"[0-9a-f]{8,64}")
# Whoever turns name and value round must not find the value in an error.
_SHOWN = re.compile(r"[a-z_]{1,40}")

Pairs = tuple[tuple[str, object], ...]


def parse(content: bytes) -> ServiceAccountKey:
    """The key in the JSON file that Google made for it.

    Raises InvalidInput, which names the field and never what it holds.
    """
    fields = _texts(_once(_pairs(content)))
    _check(fields)
    return ServiceAccountKey(
        email=fields["client_email"],
        key_id=fields["private_key_id"],
        project_id=fields["project_id"],
        private_key=load(fields["private_key"]),
    )


def secret_of(key: ServiceAccountKey) -> bytes:
    """What the store of secrets keeps: a key file written anew, with nothing else of theirs."""
    pem = key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fields = {
        "type": "service_account",
        "project_id": key.project_id,
        "private_key_id": key.key_id,
        "private_key": pem.decode("ascii"),
        "client_email": key.email,
        "token_uri": TOKEN_URI,
        "universe_domain": UNIVERSE_DOMAIN,
    }
    return json.dumps(fields).encode("ascii")


def key_of_secret(content: bytes) -> ServiceAccountKey:
    """The key that `secret_of` wrote, read as strictly as if it were uploaded."""
    try:
        return parse(content)
    except InvalidInput as error:
        message = error.message
    raise OurFault(
        f"A stored key cannot be read; give the credentials again. ({message})",
        reason=SECRET_UNREADABLE,
    )


def _pairs(content: bytes) -> Pairs:
    """Names and values of the one object that the file holds."""
    if len(content) > SIZE_MAX:
        raise _refused(f"The file has more than {SIZE_MAX:,} bytes; paste a key file")
    if content.startswith(b"\xef\xbb\xbf"):
        raise _refused("The file begins with a byte order mark; save it without one, or paste it")
    found = _json(content)
    if not isinstance(found, tuple):
        raise _refused("The file does not hold one JSON object in UTF-8; paste the whole file")
    return found


def _json(content: bytes) -> object:
    """The file's value with objects as tuples of pairs; None when it cannot be read.

    The errors of json and of codecs carry the whole text along, so they end here.
    """
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return None


def _once(pairs: Pairs) -> dict[str, object]:
    """The fields by name: of a name given twice, two readers may take different values."""
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            raise _refused(f"The file holds {_shown(name)} twice; paste the file as Google made it")
        fields[name] = value
    return fields


def _texts(fields: dict[str, object]) -> dict[str, str]:
    """The fields, each known and a text, and none missing; its type is looked at first of all."""
    if fields.get("type") != "service_account":
        raise _refused(
            "The field type must be service_account; create a JSON key for a service account and "
            "paste the whole file"
        )
    unknown = [name for name in fields if name not in KNOWN]
    if unknown:
        raise _refused(
            f"The file holds {_shown(unknown[0])}, which Google never writes; paste a key file"
        )
    missing = [name for name in REQUIRED if name not in fields]
    if missing:
        raise _refused(f"The field {missing[0]} is missing; paste the whole file")
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    other = [name for name in fields if name not in texts]
    if other:
        raise _refused(f"The field {other[0]} must be a text; paste the file as Google made it")
    return texts


def _check(fields: dict[str, str]) -> None:
    """Raise InvalidInput unless each field holds what Google writes there."""
    wrong = {
        "universe_domain": fields.get("universe_domain", UNIVERSE_DOMAIN) != UNIVERSE_DOMAIN,
        # The one that decides where a signed request for a token would go.
        "token_uri": fields["token_uri"] != TOKEN_URI,
        "client_email": not is_service_account(fields["client_email"]),
        "project_id": not is_project_id(fields["project_id"]),
        "private_key_id": not _KEY_ID.fullmatch(fields["private_key_id"]),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise _refused(
                f"The field {name} does not hold what Google writes there; create the key again "
                "and paste the whole file"
            )


def _shown(name: str) -> str:
    return f"the field {name}" if _SHOWN.fullmatch(name) else "a field with an unknown name"


def _refused(why: str) -> InvalidInput:
    return InvalidInput(f"{why}.", reason=KEY_REFUSED)
