"""Tries a bucket with its credentials, step by step, before they are saved and whenever asked."""

from dataclasses import replace
from secrets import token_hex

from sqlalchemy import Connection

from shared.credentials.kinds import Credential, CredentialKind
from shared.domain.bucket_access import Access
from shared.domain.bucket_steps import (
    ADVICE,
    WAIT_ADVICE,
    BucketRefused,
    Outcome,
    Part,
    Step,
    Trial,
    steps_of,
)
from shared.domain.left_objects import Left, LeftObject, left_name
from shared.domain.members import COMMAND_LINE, Actor, check_at_machine, require
from shared.errors import CustomerFault, InvalidInput, SluiceError, Transient
from shared.jobs.audit import record_audit
from shared.jobs.bucket_credentials import credential_of, destroy_key, keep_credential
from shared.jobs.hindered import may_be_told, proves
from shared.jobs.lookup import account_of, bucket_of
from shared.jobs.probe import check_address, leave, probe
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.jobs.trials import try_at_once
from shared.reasons import (
    CLOCK_WRONG,
    CLOUD_UNAVAILABLE,
    PROBE_TOO_SLOW,
    PROBER_UNAVAILABLE,
    TOO_MANY_REQUESTS,
    of,
)
from shared.state import buckets

# What Google does not answer, or not well, once the credentials are there.
_OF_GOOGLE = frozenset(
    each.code for each in (CLOCK_WRONG, CLOUD_UNAVAILABLE, PROBE_TOO_SLOW, TOO_MANY_REQUESTS)
)
# The prober may have been at work, and still be.
_UNANSWERED = frozenset(each.code for each in (PROBE_TOO_SLOW, PROBER_UNAVAILABLE))


def try_bucket(
    services: Services,
    account_id: int,
    name: str,
    *,
    write: bool = False,
    actor: Actor = COMMAND_LINE,
) -> tuple[Step, ...]:
    """Try a saved bucket as a run would open it; `failed_step` tells whether it lets us in.

    With `write` one small object is left in it, which the last step names. If it lets us in,
    exports that could not deliver to it try again at once. What cannot be told for now is a failed
    step, which nothing is made of. Raises NotFound.
    """
    require(actor, "buckets.test")
    saved = bucket_of(services, account_id, name)
    allow(services, account_id, actor, "test")
    trial = (_left if write else _told)(services, account_id, saved.url)
    steps = steps_of(trial)
    failed, now = failed_step(steps), services.clock()
    reason = None if failed is None else failed.reason

    def store(connection: Connection) -> None:
        if proves(reason):
            buckets.note_probe(connection, account_id, saved.bucket_id, reason, now)
        detail: dict[str, object] = {
            "nickname": saved.nickname,
            "works": failed is None,
            "reason": reason,
        }
        if trial.left is not None:
            detail |= {"test_object": trial.left.name, "left": trial.left.how}
        record_audit(connection, actor, account_id, "buckets.test", saved.url, detail, now=now)

    services.database.run(store)
    if failed is None:
        try_at_once(services, account_id, saved.url, now)
    return steps


def try_credentials(
    services: Services,
    account_id: int,
    url: str,
    *,
    key_file: bytes | None = None,
    impersonate: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> tuple[Step, ...]:
    """Try credentials on a bucket and keep neither; saving them tries them just so.

    Raises InvalidInput for what is no bucket or no credential.
    """
    require(actor, "buckets.try")
    account_of(services, account_id)
    check_at_machine(actor, url)
    check_address(url)
    allow(services, account_id, actor, "credentials")
    access = keep_credential(
        services, account_id, url, credential_of(services, account_id, key_file, impersonate)
    )
    try:
        steps = steps_of(_told(services, account_id, url, access))
    finally:
        destroy_key(services, access.secret)
    failed, now = failed_step(steps), services.clock()
    reason = None if failed is None else failed.reason
    detail = {"kind": access.kind, "works": failed is None, "reason": reason}
    services.database.run(
        lambda c: record_audit(c, actor, account_id, "buckets.try", url, detail, now=now)
    )
    return steps


def try_access(services: Services, account_id: int, url: str, access: Access) -> None:
    """Try credentials that are not saved; raises BucketRefused, with advice and all steps.

    What hinders the trial alone is raised as itself, with what to do about that.
    """
    trial = _told(services, account_id, url, access)
    if trial.fault is None:
        return
    if not isinstance(trial.fault, CustomerFault):
        raise trial.fault
    advice = f" {ADVICE}" if access.kind == CredentialKind.KEY else ""
    raise BucketRefused(
        trial.fault.message + advice, reason=trial.fault.reason, steps=steps_of(trial)
    ) from trial.fault


def try_credential(services: Services, account_id: int, url: str, credential: Credential) -> None:
    """The same for credentials that are not to be kept, whatever they show."""
    access = keep_credential(services, account_id, url, credential)
    try:
        try_access(services, account_id, url, access)
    finally:
        destroy_key(services, access.secret)


def check_target(services: Services, account_id: int, url: str) -> None:
    """Raise InvalidInput when an export could not deliver to this bucket now."""
    trial = probe(services, account_id, url)
    if trial.fault is not None:
        raise InvalidInput(trial.fault.message, reason=trial.fault.reason) from trial.fault


def failed_step(steps: tuple[Step, ...]) -> Step | None:
    """The step that failed; None when the bucket lets us in."""
    return next((step for step in steps if step.outcome is Outcome.FAILED), None)


def _told(services: Services, account_id: int, url: str, access: Access | None = None) -> Trial:
    """What whoever asked is told of, also of what hinders the trial alone."""
    try:
        return probe(services, account_id, url, access)
    except SluiceError as error:
        if not may_be_told(error):
            raise
        return _hindered(error)


def _left(services: Services, account_id: int, url: str) -> Trial:
    """The same when an object is to be left, whose name is known whatever becomes of it."""
    name = left_name(services.clock(), token_hex(4))
    left = LeftObject(name, Left.NONE)
    try:
        trial = leave(services, account_id, url, name)
    except SluiceError as error:
        if not may_be_told(error):
            raise
        if error.reason in _UNANSWERED:
            left = LeftObject(name, Left.DOUBTFUL)
        return replace(_hindered(error), left=left)
    return replace(trial, left=trial.left or left, fault=trial.fault and _worded(trial.fault))


def _hindered(error: SluiceError) -> Trial:
    """The first step of which nothing could be told."""
    part = Part.TOKEN if error.reason in _OF_GOOGLE else Part.CREDENTIALS
    return Trial(failed_at=part, fault=_worded(error))


def _worded(error: SluiceError) -> SluiceError:
    """A delivery is tried again by itself, as a message of what passes says; a test is not."""
    if not isinstance(error, Transient):
        return error
    return Transient(f"{of(error.reason).title} {WAIT_ADVICE}", reason=error.reason)
