"""How a handler says how its job ended, in the words that Pub/Sub understands."""

from collections.abc import Callable

from shared.errors import InvalidInput, Transient
from shared.logs import log

# 2xx acknowledges; everything else is delivered again, at last to the dead-letter topic.
Answer = tuple[str, int]
DONE: Answer = ("", 204)


def answer(job: Callable[[], object]) -> Answer:
    """Run the job; 204 when it has ended, 400 for a message that no job can read, 503 for later.

    Jobs record customers' faults themselves and return, so those are acknowledged.
    """
    try:
        job()
    except InvalidInput as error:
        log("message_refused", severity="ERROR", reason=error.reason)
        return error.reason, 400
    except Transient as error:
        log("message_failed", severity="WARNING", reason=error.reason)
        return error.reason, 503
    return DONE
