"""What goes in and comes out of the operations on buckets; a key goes in only."""

from datetime import datetime

from pydantic import Field, SecretStr

from functions.api.rest.models import ID_MAX, OPTIONAL, AccountPath, Input, Output
from functions.api.rest.reasons import ReasonOut
from shared.credentials.key_file import SIZE_MAX
from shared.domain.bucket_steps import Outcome, Part


class BucketPath(AccountPath):
    """The address of a bucket."""

    bucket_id: int = Field(
        ge=1, le=ID_MAX, description="The bucket's id.", json_schema_extra={"example": 1}
    )


class CredentialsIn(Input):
    """How Sluice gets in: one of the two, or neither in front of a test server."""

    service_account_key: SecretStr | None = Field(
        default=None,
        min_length=2,
        max_length=SIZE_MAX,
        description="*Service Account Key*: the contents of the JSON file, as one text. It is "
        "read strictly, stored apart and never shown again.",
    )
    impersonate: str | None = Field(
        default=None,
        min_length=6,
        max_length=254,
        description="The service account that Sluice shall act as, without a key. Its description "
        "has to hold the account's proof text.",
        examples=["sluice-delivery@my-project.iam.gserviceaccount.com"],
    )


class TryIn(CredentialsIn):
    """A bucket that is not saved, with credentials to try."""

    url: str = Field(
        min_length=5,
        max_length=256,
        description="*Bucket name*, exactly, as gs://NAME. It is never trimmed or changed.",
        examples=["gs://partner-feed"],
    )


class BucketIn(TryIn):
    """A bucket to save."""

    nickname: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="*Bucket nickname*; the bucket's name unless one is given.",
        examples=["Partner feed"],
    )


class TestIn(Input):
    """What a test may do beside looking; may be left out."""

    model_config = OPTIONAL

    write: bool = Field(
        default=False,
        description="*Leave a small test object* in the bucket, below `_tests/`, and read it back: "
        "only this finds a policy, a perimeter, an encryption key or a bill that hinders writing. "
        "The step `object` names it. Sluice never deletes it; you may.",
    )


class BucketOut(Output):
    """A saved bucket, without its credentials."""

    bucket_id: int
    nickname: str = Field(examples=["Partner feed"])
    url: str = Field(examples=["gs://partner-feed"])
    kind: str = Field(
        description="How Sluice gets in: key, impersonation or none.", examples=["key"]
    )
    email: str | None = Field(description="The service account.")
    key_id: str | None = Field(description="The id of the key, as Google lists it.")
    created_at: datetime
    credentials_at: datetime = Field(description="When the credentials were given: their age.")
    worked_at: datetime | None = Field(description="When they last opened the bucket.")
    probed_at: datetime = Field(description="When it was last tried, which is done every hour.")
    failing_since: datetime | None = Field(description="Since when they do not open it.")
    failure: ReasonOut | None = Field(description="Why, and what to do; null while they do.")


class BucketsOut(Output):
    """The buckets of an account."""

    items: list[BucketOut] = Field(description="By nickname.")


class StepOut(Output):
    """One thing that was tried."""

    part: Part
    outcome: Outcome
    words: str = Field(description="The step in words.")
    detail: str = Field(description="What happened; may be empty.")
    reason: str = Field(description="A stable code, of the step that failed; else empty.")


class StepsOut(Output):
    """What became of a trial."""

    works: bool = Field(description="Whether a run could deliver here now.")
    reason: str | None = Field(description="A stable code when it does not work.")
    steps: list[StepOut] = Field(description="What was tried, in order.")


class TriedOut(StepsOut):
    """What became of a test of a saved bucket."""

    bucket: BucketOut


class ProofOut(Output):
    """What proves whose a service account is."""

    proof: str = Field(
        description="Put it into the description of the service account that Sluice shall act as; "
        "only its owner can.",
        examples=["sluice:0123456789abcdef0123456789abcdef"],
    )


def key_of(body: CredentialsIn) -> bytes | None:
    """The text of the key as the parser of keys takes it."""
    if body.service_account_key is None:
        return None
    return body.service_account_key.get_secret_value().encode()
