"""The ways in which a drill breaks its bucket, each with what Google says then."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.errors import InvalidInput


class Spot(StrEnum):
    """Which requests are refused."""

    TOKEN = "token"
    BUCKET = "bucket"
    # The right to create objects is gone, and whoever asks for it is told so.
    RIGHT = "right"
    # All looks well until an object is created.
    UPLOAD = "upload"


@dataclass(frozen=True, slots=True)
class Breakage:
    """One way; `status`, `code` and `message` are those of Google's answer."""

    name: str
    # What has happened, as a sentence of the timeline.
    what: str
    spot: Spot
    status: int
    code: str
    message: str


_ALL = (
    Breakage(
        "key",
        "The key is not valid any more",
        Spot.TOKEN,
        400,
        "invalid_grant",
        "Invalid JWT Signature.",
    ),
    Breakage(
        "disabled",
        "The service account was deleted",
        Spot.TOKEN,
        400,
        "invalid_grant",
        "Invalid grant: account not found",
    ),
    Breakage(
        "permission",
        "The role on the bucket was withdrawn",
        Spot.RIGHT,
        403,
        "forbidden",
        "The caller does not have storage.objects.create access to the Google Cloud Storage "
        "object. Permission 'storage.objects.create' denied on resource (or it may not exist).",
    ),
    Breakage(
        "bucket",
        "The bucket was deleted",
        Spot.BUCKET,
        404,
        "notFound",
        "The specified bucket does not exist.",
    ),
    Breakage(
        "retention",
        "A retention policy refuses the files",
        Spot.UPLOAD,
        403,
        "retentionPolicyNotMet",
        "Object is subject to bucket's retention policy and cannot be deleted or overwritten.",
    ),
    Breakage(
        "billing",
        "The billing account was closed",
        Spot.BUCKET,
        403,
        "accountDisabled",
        "The billing account for the owning project is disabled in state absent",
    ),
    Breakage(
        "address",
        "A perimeter shuts Sluice's addresses out",
        Spot.BUCKET,
        403,
        "vpcServiceControls",
        "Request is prohibited by organization's policy.",
    ),
    Breakage(
        "organisation",
        "A policy of the organisation forbids the upload",
        Spot.BUCKET,
        403,
        "orgPolicyConstraintFailed",
        "The request violates constraint constraints/storage.restrictAuthTypes.",
    ),
)
BREAKAGES: Mapping[str, Breakage] = MappingProxyType({each.name: each for each in _ALL})
# The notices after which a bucket can be mended.
MENDABLE_AFTER = (1, 2)


def breakage_of(name: str) -> Breakage:
    """The breakage of this name; raises InvalidInput for a name that none has."""
    if name not in BREAKAGES:
        raise InvalidInput(f"Choose what breaks: {', '.join(BREAKAGES)}.")
    return BREAKAGES[name]


def checked_mending(after: int | None) -> int | None:
    """After which notice the bucket is mended, None is never; raises InvalidInput for others."""
    if after is not None and after not in MENDABLE_AFTER:
        raise InvalidInput("Mend after notice 1 or 2, or not at all.")
    return after
