"""Reasons of faults: the stable code that state, logs and pages show, and its literal message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One entry of the catalogue; the message holds no value of a customer's and no secret."""

    code: str
    message: str


# Of the customer's bucket or account: a person there has to act.
FORBIDDEN = Reason("403-forbidden", "Credentials are incorrect, GCP account is forbidden.")
RETENTION_POLICY = Reason("403-retention-policy-not-met", "403: retentionPolicyNotMet")
BILLING = Reason(
    "403-billing", "The billing account of the bucket's project is closed or disabled; enable it."
)
BUCKET_NOT_FOUND = Reason(
    "404-bucket-not-found",
    "There is no bucket of this name; check that the name matches exactly.",
)
CREATE_NOT_GRANTED = Reason(
    "403-create-not-granted",
    "The service account may not create objects in this bucket; grant storage.objects.create.",
)
REQUESTER_PAYS = Reason(
    "400-requester-pays", "The bucket makes requesters pay; switch Requester Pays off."
)

# Something lies under the name of a file already.
OBJECT_DIFFERS = "object-differs"  # its message names the object
# Transient: it says nothing against the delivery, and the right may be granted meanwhile.
LOOK_DENIED = Reason(
    "403-look-denied",
    "An object of this name is there already and may not be read to compare it; "
    "grant storage.objects.get.",
)

# Of the cloud or of this machine: the same work is tried again.
TOO_MANY_REQUESTS = Reason("429-too-many-requests", "Cloud Storage asks to slow down.")
CLOUD_UNAVAILABLE = Reason(
    "cloud-unavailable", "Cloud Storage did not answer, or not as it should; it is tried again."
)
DISK_FULL = Reason("disk-full", "The disk of this machine is full.")

# Ours.
CLOUD_REFUSED = Reason(
    "cloud-refused", "Cloud Storage refused a request of ours in a way that is not known."
)

# Of the credentials of a bucket; their messages name the field or the account.
KEY_REFUSED = "key-refused"
BUCKET_NOT_SAVED = "bucket-not-saved"
CONNECTION_NOT_SAVED = "connection-not-saved"
IMPERSONATION_REFUSED = "403-impersonation"
OWNERSHIP_UNPROVEN = "ownership-unproven"

# Of our own store of secrets and our own identity; their messages say what to do.
SECRET_MISSING = "secret-missing"
SECRET_UNREADABLE = "secret-unreadable"
SECRETS_DENIED = "secrets-denied"
SECRETS_EXPOSED = "secrets-exposed"
SECRETS_UNAVAILABLE = "secrets-unavailable"
OWN_IDENTITY_MISSING = "own-identity-missing"
IAM_UNAVAILABLE = "iam-unavailable"
