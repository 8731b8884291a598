"""What is asked of the prober and what it answers, as JSON texts; neither holds a secret."""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import Part, Trial
from shared.domain.left_objects import Left, LeftObject, is_left_name
from shared.errors import CustomerFault, InvalidInput, OurFault, SluiceError, Transient

# An address has at most 256 characters, a reference about as many.
QUESTION_BYTES_MAX = 4_000
TEXT_CHARS_MAX = 1_000
# Whose fault it is; nothing is said where it is the customer's.
_KINDS: dict[str, type[SluiceError]] = {"transient": Transient, "ours": OurFault}


@dataclass(frozen=True, slots=True)
class Question:
    """Which bucket to try: with what is saved, or with credentials that are not saved yet."""

    account_id: int
    url: str
    access: Access | None = None
    # The name of the object to leave there; only with what is saved.
    leave: str | None = None


def question_text(question: Question) -> str:
    """The question as it is sent."""
    told = asdict(question)
    if question.leave is None:
        # As functions of an earlier version ask and answer, which may run beside newer ones.
        del told["leave"]
    return json.dumps(told)


def question_of(text: bytes) -> Question:
    """The question that was sent; raises InvalidInput when it is none of ours."""
    found = _object(text, {"account_id", "url", "access"}, "leave")
    account_id, url, access = found["account_id"], found["url"], found["access"]
    if type(account_id) is not int or not 0 < account_id < 2**63 or not isinstance(url, str):
        raise _refused()
    leave = found.get("leave")
    if leave is not None and (access is not None or not is_left_name(leave)):
        raise _refused()
    return Question(account_id, url, None if access is None else _access(access), leave)


def answer_text(trial: Trial) -> str:
    """What was found, as it is answered."""
    told = {} if trial.left is None else {"left": asdict(trial.left)}
    return json.dumps(
        {
            "failed_at": trial.failed_at,
            "fault": None if trial.fault is None else _told(trial.fault),
            "may_create": trial.may_create,
            "may_read": trial.may_read,
            "location": trial.location,
            "retention_s": None if trial.retention is None else trial.retention.total_seconds(),
            "retention_locked": trial.retention_locked,
            **told,
        }
    )


def trial_of(text: bytes) -> Trial:
    """What was answered; raises InvalidInput when it is no answer of ours."""
    names = "failed_at fault may_create may_read location retention_s retention_locked"
    found = _object(text, set(names.split()), "left")
    fault, seconds = found["fault"], found["retention_s"]
    try:
        return Trial(
            failed_at=None if found["failed_at"] is None else Part(found["failed_at"]),
            fault=None if fault is None else _fault(fault),
            may_create=_flag(found["may_create"]),
            may_read=_flag(found["may_read"]),
            location=None if found["location"] is None else _text(found["location"]),
            retention=None if seconds is None else timedelta(seconds=float(seconds)),
            retention_locked=found["retention_locked"] is True,
            left=None if found.get("left") is None else _left(found["left"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError):
        raise _refused() from None


def _told(fault: SluiceError) -> dict[str, str]:
    told = {"reason": fault.reason, "message": fault.message}
    kinds = [name for name, kind in _KINDS.items() if isinstance(fault, kind)]
    return told | {"kind": kinds[0]} if kinds else told


def _fault(found: Any) -> SluiceError:
    if not isinstance(found, dict) or found.keys() - {"kind"} != {"reason", "message"}:
        raise _refused()
    kind = _KINDS[_text(found["kind"])] if "kind" in found else CustomerFault
    return kind(_text(found["message"]), reason=_text(found["reason"]))


def _left(found: Any) -> LeftObject:
    if not isinstance(found, dict) or found.keys() != {"name", "how"}:
        raise _refused()
    if not is_left_name(found["name"]):
        raise _refused()
    return LeftObject(found["name"], Left(found["how"]))


def _access(found: Any) -> Access:
    names = {"kind", "email", "key_id", "secret"}
    if not isinstance(found, dict) or found.keys() != names:
        raise _refused()
    texts = {name: None if found[name] is None else _text(found[name]) for name in names}
    return Access(_text(found["kind"]), texts["email"], texts["key_id"], texts["secret"])


def _object(text: bytes, names: set[str], optional: str) -> dict[str, Any]:
    """The one object with exactly these members, and perhaps the optional one."""
    try:
        found = json.loads(text.decode()) if len(text) <= QUESTION_BYTES_MAX else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.keys() - {optional} != names:
        raise _refused()
    return found


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > TEXT_CHARS_MAX:
        raise _refused()
    return value


def _refused() -> InvalidInput:
    return InvalidInput("This is no message between Sluice and its prober.", reason="bad-message")
