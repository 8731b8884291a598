"""The catalogue of reasons: what each code of state, logs and pages means, and what to do."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.reasons import (
    access,
    asking,
    delivery,
    imports,
    rows,
    running,
    telling,
    warehouse,
)
from shared.reasons.access import (
    BILLING,
    BUCKET_NOT_FOUND,
    BUCKET_NOT_SAVED,
    CREATE_NOT_GRANTED,
    FORBIDDEN,
    IMPERSONATION_REFUSED,
    IP_NOT_ALLOWED,
    KEY_DISABLED,
    KEY_REFUSED,
    ORGANISATION_POLICY,
    OWNERSHIP_UNPROVEN,
    REQUESTER_PAYS,
    RETENTION_POLICY,
)
from shared.reasons.delivery import (
    CLOUD_REFUSED,
    CLOUD_UNAVAILABLE,
    DISK_FULL,
    GOES_ON,
    LOOK_DENIED,
    OBJECT_DIFFERS,
    PROBE_TOO_SLOW,
    TOO_MANY_REQUESTS,
)
from shared.reasons.entry import Blame, Reason
from shared.reasons.imports import CONNECTION_NOT_SAVED
from shared.reasons.running import (
    CLOCK_WRONG,
    IAM_UNAVAILABLE,
    OWN_IDENTITY_MISSING,
    PROBER_DENIED,
    PROBER_UNAVAILABLE,
    SECRET_MISSING,
    SECRET_UNREADABLE,
    SECRETS_DENIED,
    SECRETS_EXPOSED,
    SECRETS_UNAVAILABLE,
    SETUP,
    UNKNOWN,
)
from shared.reasons.telling import (
    MAIL_ALL_REFUSED,
    MAIL_FOLDER,
    MAIL_LINE_LOST,
    MAIL_LOGIN_REFUSED,
    MAIL_NO_RECIPIENT,
    MAIL_NOT_SET_UP,
    MAIL_REFUSES_US,
    MAIL_UNAVAILABLE,
    MAIL_UNTRUSTED,
    NOTICE_EMPTY,
    WEBHOOK_ADDRESS,
    WEBHOOK_GIVEN_UP,
    WEBHOOK_GONE,
    WEBHOOK_OFF,
    WEBHOOK_REFUSED,
    WEBHOOK_UNREACHABLE,
    WEBHOOK_UNRESOLVED,
    WEBHOOK_UNTRUSTED,
)

__all__ = [
    "BILLING",
    "BUCKET_NOT_FOUND",
    "BUCKET_NOT_SAVED",
    "CATALOGUE",
    "CLOCK_WRONG",
    "CLOUD_REFUSED",
    "CLOUD_UNAVAILABLE",
    "CONNECTION_NOT_SAVED",
    "CREATE_NOT_GRANTED",
    "DISK_FULL",
    "FORBIDDEN",
    "GOES_ON",
    "GROUPS",
    "IAM_UNAVAILABLE",
    "IMPERSONATION_REFUSED",
    "IP_NOT_ALLOWED",
    "KEY_DISABLED",
    "KEY_REFUSED",
    "LOOK_DENIED",
    "MAIL_ALL_REFUSED",
    "MAIL_FOLDER",
    "MAIL_LINE_LOST",
    "MAIL_LOGIN_REFUSED",
    "MAIL_NOT_SET_UP",
    "MAIL_NO_RECIPIENT",
    "MAIL_REFUSES_US",
    "MAIL_UNAVAILABLE",
    "MAIL_UNTRUSTED",
    "NOTICE_EMPTY",
    "OBJECT_DIFFERS",
    "ORGANISATION_POLICY",
    "OWNERSHIP_UNPROVEN",
    "OWN_IDENTITY_MISSING",
    "PROBER_DENIED",
    "PROBER_UNAVAILABLE",
    "PROBE_TOO_SLOW",
    "REQUESTER_PAYS",
    "RETENTION_POLICY",
    "SECRETS_DENIED",
    "SECRETS_EXPOSED",
    "SECRETS_UNAVAILABLE",
    "SECRET_MISSING",
    "SECRET_UNREADABLE",
    "SETUP",
    "TOO_MANY_REQUESTS",
    "UNKNOWN",
    "WEBHOOK_ADDRESS",
    "WEBHOOK_GIVEN_UP",
    "WEBHOOK_GONE",
    "WEBHOOK_OFF",
    "WEBHOOK_REFUSED",
    "WEBHOOK_UNREACHABLE",
    "WEBHOOK_UNRESOLVED",
    "WEBHOOK_UNTRUSTED",
    "Blame",
    "Reason",
    "of",
]

# As the documentation shows them.
GROUPS: Mapping[str, tuple[Reason, ...]] = MappingProxyType(
    {
        "Access to the bucket": access.ENTRIES,
        "Delivery": delivery.ENTRIES,
        "Warehouse": warehouse.ENTRIES,
        "Rows": rows.ENTRIES,
        "Imports": imports.ENTRIES,
        "Requests": asking.ENTRIES,
        "Notices and webhooks": telling.ENTRIES,
        "Sluice itself": running.ENTRIES,
    }
)
CATALOGUE: Mapping[str, Reason] = MappingProxyType(
    {reason.code: reason for entries in GROUPS.values() for reason in entries}
)


def of(code: str | None) -> Reason:
    """The entry of this code; what is not in the catalogue is a fault of ours."""
    return CATALOGUE.get(code or "", UNKNOWN)
