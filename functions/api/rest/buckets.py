"""Buckets: where exports deliver to, and the credentials that open them."""

from functions.api.rest.bucket_models import (
    BucketIn,
    BucketOut,
    BucketPath,
    BucketsOut,
    CredentialsIn,
    ProofOut,
    StepOut,
    StepsOut,
    TestIn,
    TriedOut,
    TryIn,
    key_of,
)
from functions.api.rest.models import AccountPath, RepeatQuery
from functions.api.rest.reasons import reason_out
from functions.api.rest.routes import Call, Resource
from shared.domain.bucket_steps import Step
from shared.errors import NotFound
from shared.jobs import manage_buckets, try_bucket
from shared.jobs.bucket_credentials import ownership_proof
from shared.state.buckets import SavedBucket

buckets = Resource(
    "Buckets",
    "A customer's Cloud Storage bucket. Its credentials are tried before they are saved, are "
    "never shown again, and can be rotated at any time.",
)


@buckets.get("/accounts/<id:account_id>/buckets", "buckets.list")
def list_buckets(call: Call, path: AccountPath) -> BucketsOut:
    """List the buckets of an account."""
    found = manage_buckets.list_buckets(call.services, path.account_id)
    return BucketsOut(items=[_shown(saved) for saved in found])


@buckets.post("/accounts/<id:account_id>/buckets", "buckets.create", 201)
def create_bucket(call: Call, path: AccountPath, query: RepeatQuery, body: BucketIn) -> BucketOut:
    """Save a bucket, once its credentials open it.

    Give the contents of a service account's JSON key, or the address of a service account that
    Sluice may act as. When it does not open, check that the bucket name matches exactly; create
    the key again, copy and paste it.
    """
    saved = manage_buckets.add_bucket(
        call.services,
        path.account_id,
        body.url,
        nickname=body.nickname,
        key_file=key_of(body),
        impersonate=body.impersonate,
        actor=call.actor,
    )
    return _shown(saved)


@buckets.post("/accounts/<id:account_id>/buckets:try", "buckets.try")
def try_credentials(call: Call, path: AccountPath, body: TryIn) -> StepsOut:
    """Try credentials on a bucket and keep neither.

    The answer is 200 whether they open it or not; each step is shown.
    """
    steps = try_bucket.try_credentials(
        call.services,
        path.account_id,
        body.url,
        key_file=key_of(body),
        impersonate=body.impersonate,
        actor=call.actor,
    )
    return _told(steps)


@buckets.get("/accounts/<id:account_id>/ownership-proof", "buckets.list")
def get_ownership_proof(call: Call, path: AccountPath) -> ProofOut:
    """Show the account's proof text.

    For buckets without a key: it has to stand in the description of the service account that
    Sluice acts as, so that nobody can name another's.
    """
    return ProofOut(proof=ownership_proof(call.services, path.account_id))


@buckets.get("/accounts/<id:account_id>/buckets/<id:bucket_id>", "buckets.get")
def get_bucket(call: Call, path: BucketPath) -> BucketOut:
    """Show a bucket, never its key."""
    return _shown(_existing(call, path))


@buckets.delete("/accounts/<id:account_id>/buckets/<id:bucket_id>", "buckets.remove")
def remove_bucket(call: Call, path: BucketPath) -> None:
    """Forget a bucket and destroy its key.

    Refused while an export that may still deliver uses it; what lies in the bucket stays.
    """
    url = _existing(call, path).url
    manage_buckets.remove_bucket(call.services, path.account_id, url, actor=call.actor)


@buckets.post("/accounts/<id:account_id>/buckets/<id:bucket_id>:test", "buckets.test")
def test_bucket(call: Call, path: BucketPath, body: TestIn) -> TriedOut:
    """Open a bucket with what is saved, as a run would.

    The answer is 200 whether it opens or not: the test itself was made. It leaves nothing in the
    bucket unless `write` asks for it.
    """
    url = _existing(call, path).url
    steps = try_bucket.try_bucket(
        call.services, path.account_id, url, write=body.write, actor=call.actor
    )
    return TriedOut(**_told(steps).model_dump(), bucket=_shown(_existing(call, path)))


@buckets.post("/accounts/<id:account_id>/buckets/<id:bucket_id>:rotate", "buckets.rotate")
def rotate_bucket(call: Call, path: BucketPath, body: CredentialsIn) -> BucketOut:
    """Give a bucket new credentials, once they open it.

    The old key is destroyed here; revoke it at Google, too.
    """
    saved = manage_buckets.rotate_bucket(
        call.services,
        path.account_id,
        _existing(call, path).url,
        key_file=key_of(body),
        impersonate=body.impersonate,
        actor=call.actor,
    )
    return _shown(saved)


def _told(steps: tuple[Step, ...]) -> StepsOut:
    failed = try_bucket.failed_step(steps)
    return StepsOut(
        works=failed is None,
        reason=None if failed is None else failed.reason,
        steps=[StepOut.model_validate(step) for step in steps],
    )


def _existing(call: Call, path: BucketPath) -> SavedBucket:
    for saved in manage_buckets.list_buckets(call.services, path.account_id):
        if saved.bucket_id == path.bucket_id:
            return saved
    raise NotFound(f"The account {path.account_id} has no bucket {path.bucket_id}.")


def _shown(saved: SavedBucket) -> BucketOut:
    return BucketOut(
        bucket_id=saved.bucket_id,
        nickname=saved.nickname,
        url=saved.url,
        kind=saved.access.kind,
        email=saved.access.email,
        key_id=saved.access.key_id,
        created_at=saved.created_at,
        credentials_at=saved.credentials_at,
        worked_at=saved.worked_at,
        probed_at=saved.probed_at,
        failing_since=saved.failing_since,
        failure=None if saved.failure is None else reason_out(saved.failure),
    )
