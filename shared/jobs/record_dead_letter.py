"""Records a message that was given up, bounded and in a form that any database takes."""

from collections.abc import Iterator, Mapping

from shared.jobs.services import Services
from shared.logs import log
from shared.push import Push
from shared.state import dead_letters
from shared.state.dead_letters import DeadLetter

# A pointer of ours has 60 bytes; of anything larger the size is enough.
DATA_BYTES_MAX = 4_096
# Ours carry one attribute, the queue adds five; the rest is somebody else's.
ATTRIBUTES_MAX = 20
TEXT_CHARS_MAX = 256
# What the queue writes on a message that it gives up.
SOURCE = "CloudPubSubDeadLetterSourceSubscription"
ATTEMPTS = "CloudPubSubDeadLetterSourceDeliveryCount"


def record_dead_letter(services: Services, push: Push) -> None:
    """Keep the message for whoever looks at it; the same one again changes nothing.

    Nothing has to be repeated for it: a run or a slice that it pointed to is driven by the tick.
    """
    kept = dict(_kept(push.attributes))
    letter = DeadLetter(
        subscription=_storable(push.subscription),
        message_id=_storable(push.message_id),
        source=_storable(push.attributes[SOURCE]) if SOURCE in push.attributes else None,
        data=push.data if len(push.data) <= DATA_BYTES_MAX else None,
        data_bytes=len(push.data),
        attributes=kept,
        attributes_dropped=len(push.attributes) - len(kept),
        delivery_attempts=_number(push.attributes.get(ATTEMPTS, "")),
        published_at=push.published_at,
        received_at=services.clock(),
    )
    if services.database.run(lambda c: dead_letters.add(c, letter)):
        log("dead_letter_recorded", source=letter.source)


def _kept(attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(attributes)[:ATTRIBUTES_MAX]:
        yield _storable(name), _storable(attributes[name])


def _storable(text: str) -> str:
    """Text that both databases take: no NUL, no half of a character, not too long."""
    cut = text[:TEXT_CHARS_MAX].replace("\0", "\ufffd")
    return cut.encode("utf-8", "replace").decode("utf-8")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
