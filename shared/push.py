"""The body of a Pub/Sub push request: read strictly, and written for tests and for the laptop."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import InvalidInput

# A pointer is a few numbers; anything larger is not ours.
POINTER_BYTES_MAX = 3_000


@dataclass(frozen=True, slots=True)
class Push:
    """One delivery of a message, whoever wrote it."""

    message_id: str
    # Full name of the subscription that pushed it.
    subscription: str
    data: bytes
    attributes: Mapping[str, str]
    published_at: datetime | None


def read_push(body: bytes) -> Push:
    """The message in the body; raises InvalidInput when it is none, without repeating it."""
    try:
        content = json.loads(body)
        message = content["message"]
        attributes = message.get("attributes") or {}
        push = Push(
            message_id=message["messageId"],
            subscription=content["subscription"],
            data=base64.b64decode(message.get("data") or "", validate=True),
            attributes=attributes,
            published_at=_moment(message.get("publishTime")),
        )
        texts = [push.message_id, push.subscription, *attributes, *attributes.values()]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error, RecursionError):
        raise InvalidInput("The body is no push of a message.", reason="bad-message") from None
    return push


def pointer(push: Push, fields: tuple[str, ...]) -> dict[str, int]:
    """The message's numbers; raises InvalidInput for any other message, without repeating it."""
    try:
        if len(push.data) > POINTER_BYTES_MAX:
            raise ValueError
        message = json.loads(push.data)
        found = {field: message[field] for field in fields}
    except (KeyError, TypeError, ValueError, RecursionError):
        raise InvalidInput(
            f"The message is no pointer of {', '.join(fields)}.", reason="bad-message"
        ) from None
    if not all(type(value) is int and 0 <= value < 2**63 for value in found.values()):
        raise InvalidInput("The message's numbers are out of range.", reason="bad-message")
    return found


def push_body(topic: str, message: Mapping[str, int], message_id: str) -> dict[str, Any]:
    """What Pub/Sub sends to a push subscription of `topic` for this message."""
    data = base64.b64encode(json.dumps(dict(message)).encode()).decode("ascii")
    return {
        "message": {"data": data, "messageId": message_id, "attributes": {}},
        "subscription": f"projects/local/subscriptions/{topic}",
    }


def _moment(text: str | None) -> datetime | None:
    """When the server took the message; the time of another clock, so not worth a refusal."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
