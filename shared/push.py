"""The body of a Pub/Sub push request: a pointer to work, read strictly and written for tests."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from shared.errors import InvalidInput

# A pointer is a few numbers; anything larger is not ours.
DATA_BYTES_MAX = 4_096


def pointer(body: bytes, fields: tuple[str, ...]) -> dict[str, int]:
    """The message's numbers; raises InvalidInput for any other body, without repeating it."""
    try:
        data = json.loads(body)["message"]["data"]
        if not isinstance(data, str) or len(data) > DATA_BYTES_MAX:
            raise ValueError
        message = json.loads(base64.b64decode(data, validate=True))
        found = {field: message[field] for field in fields}
    except (KeyError, TypeError, ValueError, binascii.Error, RecursionError):
        raise InvalidInput(
            f"The body is no push of a message with {', '.join(fields)}.", reason="bad-message"
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
