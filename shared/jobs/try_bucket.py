"""Tries a bucket with its credentials, step by step, before they are saved and whenever asked."""

from collections.abc import Callable

from sqlalchemy import Connection

from shared.credentials.kinds import Credential, ServiceAccountKey, kind_of
from shared.domain.bucket_steps import ADVICE, BucketRefused, Outcome, Part, Step, Trial, steps_of
from shared.domain.members import COMMAND_LINE, Actor, check_at_machine, require
from shared.errors import CustomerFault
from shared.jobs.audit import record_audit
from shared.jobs.bucket_credentials import credential_of
from shared.jobs.lookup import account_of, bucket_of
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.ports import Bucket
from shared.state import buckets


def try_bucket(
    services: Services, account_id: int, name: str, *, actor: Actor = COMMAND_LINE
) -> tuple[Step, ...]:
    """Try a saved bucket as a run would open it; `failed_step` tells whether it lets us in.

    Raises NotFound, and Transient when that cannot be told for now.
    """
    require(actor, "buckets.test")
    saved = bucket_of(services, account_id, name)
    allow(services, account_id, actor, "test")
    steps = steps_of(_trial(lambda: services.bucket(account_id, saved.url)))
    failed, now = failed_step(steps), services.clock()

    def store(connection: Connection) -> None:
        if failed is None:
            buckets.set_worked(connection, account_id, saved.bucket_id, now)
        detail = {
            "nickname": saved.nickname,
            "works": failed is None,
            "reason": None if failed is None else failed.reason,
        }
        record_audit(connection, actor, account_id, "buckets.test", saved.url, detail, now=now)

    services.database.run(store)
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

    Raises InvalidInput for what is no bucket or no credential, and Transient as `try_bucket` does.
    """
    require(actor, "buckets.try")
    account_of(services, account_id)
    check_at_machine(actor, url)
    allow(services, account_id, actor, "credentials")
    credential = credential_of(services, account_id, key_file, impersonate)
    steps = steps_of(_trial(lambda: services.open_with(url, credential)))
    failed, now = failed_step(steps), services.clock()
    detail = {
        "kind": str(kind_of(credential)),
        "works": failed is None,
        "reason": None if failed is None else failed.reason,
    }
    services.database.run(
        lambda c: record_audit(c, actor, account_id, "buckets.try", url, detail, now=now)
    )
    return steps


def try_credential(services: Services, url: str, credential: Credential) -> None:
    """Open a bucket that is not saved; raises BucketRefused, with advice and all steps."""
    trial = _trial(lambda: services.open_with(url, credential))
    if trial.fault is None:
        return
    advice = f" {ADVICE}" if isinstance(credential, ServiceAccountKey) else ""
    raise BucketRefused(
        trial.fault.message + advice, reason=trial.fault.reason, steps=steps_of(trial)
    ) from trial.fault


def failed_step(steps: tuple[Step, ...]) -> Step | None:
    """The step that failed; None when the bucket lets us in."""
    return next((step for step in steps if step.outcome is Outcome.FAILED), None)


def _trial(open_it: Callable[[], Bucket]) -> Trial:
    try:
        bucket = open_it()
    except CustomerFault as fault:
        # Whose service account it is could not be told, or it does not let us act for it.
        return Trial(failed_at=Part.CREDENTIALS, fault=fault)
    return bucket.try_out()
