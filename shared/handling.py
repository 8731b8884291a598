"""How a handler takes a request and says how its job ended, in the words that Pub/Sub understands.

    204       done, or not to be done; also whatever only the customer can mend
    400       a message that no job can read; after some deliveries it is a dead letter
    401       a caller who is not the one that was agreed on
    503, 500  not done: deliver again (for now; or a fault of ours, which somebody must look at)

Pub/Sub takes 2xx for done and delivers everything else again, at last to the dead-letter topic.
A body is a reason's code and nothing else.
"""

from collections.abc import Callable

from flask import Request

from shared.errors import CustomerFault, InvalidInput, OurFault, SluiceError, Transient
from shared.logs import log
from shared.ports import Callers
from shared.push import Push, read_push
from shared.tracing import TRACEPARENT, new_trace, parsed, within

Answer = tuple[str, int]
DONE: Answer = ("", 204)
# An answer with a content of its own.
Told = tuple[str, int, dict[str, str]]


def take_push(request: Request, callers: Callers | None, job: Callable[[Push], object]) -> Answer:
    """Do the job of a pushed message, within the trace that the message carries."""
    refusal = _refusal(request, callers)
    if refusal is not None:
        return refusal
    try:
        push = read_push(request.get_data())
    except InvalidInput as error:
        return _message_refused(error)
    trace = parsed(push.attributes.get(TRACEPARENT), request.headers.get(TRACEPARENT))
    with within(trace or new_trace()):
        return answer(lambda: job(push))


def take_call(request: Request, callers: Callers | None, job: Callable[[], object]) -> Answer:
    """Do the job of a call whose body says nothing, within the trace of the call."""
    refusal = _refusal(request, callers)
    if refusal is not None:
        return refusal
    with within(parsed(request.headers.get(TRACEPARENT)) or new_trace()):
        return answer(job)


def take_question(
    request: Request, callers: Callers | None, job: Callable[[bytes], str]
) -> Told | Answer:
    """Answer another function of ours with the JSON text that the job gives for the body."""
    told: list[str] = []
    ended = take_call(request, callers, lambda: told.append(job(request.get_data())))
    return (told[0], 200, {"Content-Type": "application/json"}) if told else ended


def answer(job: Callable[[], object]) -> Answer:
    """Run the job and say how it ended.

    Jobs record customers' faults themselves and return; one that escapes is acknowledged all the
    same, since no repetition mends it and each one slows down all other customers.
    """
    try:
        job()
    except InvalidInput as error:
        return _message_refused(error)
    except CustomerFault as error:
        _log_failure(error, severity="ERROR")
        return DONE
    except Transient as error:
        _log_failure(error, severity="WARNING")
        return error.reason, 503
    except OurFault as error:
        _log_failure(error, severity="ERROR")
        return error.reason, 500
    return DONE


def _refusal(request: Request, callers: Callers | None) -> Answer | None:
    """The answer to a caller who may not call; None when he may, or when nobody is asked."""
    if callers is None:
        return None
    try:
        reason = callers.refuse(request.headers.get("Authorization"))
    except Transient as error:
        _log_failure(error, severity="WARNING")
        return error.reason, 503
    if reason is None:
        return None
    log("caller_refused", reason=reason)
    return reason, 401


def _message_refused(error: InvalidInput) -> Answer:
    log("message_refused", reason=error.reason)
    return error.reason, 400


def _log_failure(error: SluiceError, *, severity: str) -> None:
    cause = type(error.__cause__).__name__ if error.__cause__ is not None else None
    log(
        "message_failed",
        severity=severity,
        reason=error.reason,
        detail=error.message,
        cause=cause,
    )
