"""Webhooks: what they tell, which addresses they may have, how they are signed and repeated."""

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from shared.errors import InvalidInput

URL_CHARS_MAX = 2_000
WEBHOOKS_MAX = 20
SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
# After a rotation both signatures are sent for so long, so that a receiver can follow.
OLD_SECRET_KEPT = timedelta(hours=24)
# Waits between tries: about 24 hours in all, then the webhook is switched off.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 180, 240, 360, 430))
# Blocks of IPv6 that carry addresses of IPv4 or lead through relays: nobody's server is there.
_TRANSLATED = tuple(
    ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
_HOST = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_INTERNAL = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa", "onion")


class WebhookEvent(StrEnum):
    """What a webhook can be told."""

    INITIATED = "export.initiated"
    COMPLETED = "export.completed"
    FAILED = "export.failed"
    STOPPED = "export.stopped"
    RECOVERED = "export.recovered"


class WebhookNotice(StrEnum):
    """The e-mails about a webhook itself, to the account's admins."""

    OFF = "WEBHOOK_OFF"


# Sent when somebody asks for it, to any webhook.
TEST_EVENT = "webhook.test"


def checked_url(text: str) -> str:
    """The address as it is called; raises InvalidInput for one that we never call.

    What a name resolves to is looked at beside this, when it is saved and whenever it is called.
    """
    wrong = InvalidInput(
        "Give the address of your server as https://hooks.example.com/path, without a user name.",
        reason="webhook-address",
    )
    if not text.isascii() or not text.isprintable() or " " in text or len(text) > URL_CHARS_MAX:
        raise wrong
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme != "https" or "@" in parts.netloc or parts.fragment or "\\" in text:
        raise wrong
    host = (parts.hostname or "").rstrip(".")
    if _is_number(host) or not _HOST.fullmatch(host) or host.rpartition(".")[2] in _INTERNAL:
        raise InvalidInput(
            "Webhooks go to servers on the internet, by name: give an address such as "
            "https://hooks.example.com/path.",
            reason="webhook-address",
        )
    if port is not None and port != 443 and port < 1024:
        raise InvalidInput("Give port 443, or one from 1024 on.", reason="webhook-address")
    return text


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is of the internet: not of this machine, its network or its cloud."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return False
        if address.scope_id is not None or any(address in block for block in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def checked_events(names: Iterable[str]) -> tuple[WebhookEvent, ...]:
    """The events in the order of their list; raises InvalidInput for none or an unknown one."""
    wanted = set(names)
    if not wanted or wanted - set(WebhookEvent):
        raise InvalidInput(f"Choose one or more of {', '.join(WebhookEvent)}.")
    return tuple(each for each in WebhookEvent if each in wanted)


def signed_headers(
    message_id: str, now: datetime, body: bytes, secrets: Iterable[bytes]
) -> Mapping[str, str]:
    """The headers of the Standard Webhooks specification, with a signature for each secret."""
    stamp = str(int(now.timestamp()))
    content = f"{message_id}.{stamp}.".encode() + body
    signatures = (
        base64.b64encode(hmac.digest(secret, content, sha256)).decode() for secret in secrets
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def shown_secret(secret: bytes) -> str:
    """A secret as receivers take it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def next_try_at(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many tries; None when it was tried long enough."""
    return now + WAITS[attempts - 1] if attempts <= len(WAITS) else None


def _is_number(host: str) -> bool:
    """Whether it is an address in any spelling that a resolver takes: 127.1, 0x7f000001, [::1]."""
    try:
        ip_address(host)
    except ValueError:
        last = host.rpartition(".")[2]
        return bool(re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last))
    return True
