"""Why a customer's bucket does not take files: a person there has to act."""

from shared.reasons.entry import Reason, customer

KEY_REFUSED = "key-refused"
BUCKET_NOT_SAVED = "bucket-not-saved"
IMPERSONATION_REFUSED = "403-impersonation"
OWNERSHIP_UNPROVEN = "ownership-unproven"

_TEST = "Then press Test in the bucket's panel."
_TITLE = "Credentials are incorrect, GCP account is forbidden."

FORBIDDEN = customer(
    "403-forbidden",
    _TITLE,
    "The service account key has expired or is invalid.",
    "Recheck all steps of the guide.",
    "Create the key again, copy and paste it under Rotate key.",
    _TEST,
    guide="/guide#forbidden",
    opens_incident=True,
)
KEY_DISABLED = customer(
    "403-key-disabled",
    _TITLE,
    "The key has expired, or its service account was disabled or deleted.",
    "Open the GCP Console; IAM & Admin > Service Accounts.",
    "Select the service account; when it is disabled, enable it; when it is missing, make it "
    "again as the guide says.",
    "Tab Keys: when the key is missing, disabled or has expired, create a key, copy and paste it "
    "under Rotate key.",
    _TEST,
    guide="/guide#key",
    opens_incident=True,
    advice="The key has expired, or its service account is disabled or deleted.",
)
RETENTION_POLICY = customer(
    "403-retention-policy-not-met",
    "403: retentionPolicyNotMet",
    "A retention policy of the bucket keeps an object that lies under a file's name already. "
    "Sluice itself never overwrites or deletes.",
    "Open the GCP Console.",
    "Menu > Cloud Storage > Buckets.",
    "Select the bucket.",
    "Tab Protection.",
    "Section Retention policy (for compliance): when a policy is active, Edit, Delete and Lock "
    "are enabled.",
    "Delete it.",
    "If Delete is not enabled the policy is locked, and another bucket must be used.",
    guide="/guide#retention",
    opens_incident=True,
)
BILLING = customer(
    "403-billing",
    "The billing account of the bucket's project is closed or disabled.",
    "Google refuses requests to projects that nobody pays for.",
    "Open the GCP Console; Billing; select the bucket's project.",
    "Link an open billing account, or have the closed one opened again.",
    _TEST,
    guide="/guide#billing",
    opens_incident=True,
    advice="Enable it.",
)
BUCKET_NOT_FOUND = customer(
    "404-bucket-not-found",
    "There is no bucket of this name.",
    "The name was written differently, or the bucket was deleted.",
    "Check that the bucket name matches exactly: capitals, dots and hyphens count.",
    "When the bucket was deleted, make one of the same name and grant the role on it again.",
    _TEST,
    guide="/guide#bucket",
    opens_incident=True,
    advice="Check that the name matches exactly.",
)
CREATE_NOT_GRANTED = customer(
    "403-create-not-granted",
    "The service account may not create objects in this bucket.",
    "The role on the bucket is missing, was withdrawn, or lacks storage.objects.create.",
    "Open the bucket in the GCP Console; tab Permissions; Grant access.",
    "Grant the service account a role with storage.objects.create and storage.objects.get.",
    "Wait two minutes, until Google knows it everywhere.",
    _TEST,
    guide="/guide#role",
    opens_incident=True,
    advice="Grant storage.objects.create.",
)
REQUESTER_PAYS = customer(
    "400-requester-pays",
    "The bucket makes requesters pay.",
    "Requester Pays is switched on, and Sluice has no project that pays for it.",
    "Open the bucket in the GCP Console; tab Configuration; switch Requester Pays off.",
    _TEST,
    guide="/guide#billing",
    opens_incident=True,
    advice="Switch Requester Pays off.",
)
IP_NOT_ALLOWED = customer(
    "403-ip-not-allowed",
    "The bucket does not let requests from Sluice's addresses in.",
    "A perimeter of VPC Service Controls or the bucket's IP filter allows other addresses only.",
    "Copy Sluice's IP addresses from the guide.",
    "With VPC Service Controls: add an ingress rule or an access level for them to the perimeter.",
    "With an IP filter of the bucket: add them to its public network source.",
    _TEST,
    guide="/guide#addresses",
    opens_incident=True,
    advice="Allow the IP addresses that the guide shows.",
)
ORGANISATION_POLICY = customer(
    "403-organisation-policy",
    "A policy of the bucket's organisation forbids it.",
    "A constraint of the organisation, such as one on keys of service accounts or on encryption, "
    "stands in the way of an otherwise good request.",
    "Open the GCP Console; IAM & Admin > Organization Policies; select the bucket's project.",
    "Ask whoever administers the organisation for an exception for this project, or choose a "
    "bucket that the policy allows.",
    _TEST,
    guide="/guide#organisation",
    opens_incident=True,
    advice="Ask the organisation's administrator for an exception.",
)

ENTRIES: tuple[Reason, ...] = (
    FORBIDDEN,
    KEY_DISABLED,
    RETENTION_POLICY,
    BILLING,
    BUCKET_NOT_FOUND,
    CREATE_NOT_GRANTED,
    REQUESTER_PAYS,
    IP_NOT_ALLOWED,
    ORGANISATION_POLICY,
    customer(
        "bucket-forbidden",
        "The folder of the bucket may not be written to.",
        "The folder on this machine belongs to somebody else, or is read-only.",
        "Give whoever runs Sluice the right to write into the folder.",
        opens_incident=True,
    ),
    customer(
        "bucket-not-found",
        "The folder of the bucket does not exist.",
        "It was moved or removed, or its disk is not there.",
        "Make the folder again, or mount its disk.",
        opens_incident=True,
    ),
    customer(
        BUCKET_NOT_SAVED,
        "The account has no credentials for this bucket.",
        "The bucket was never saved, or was deleted while an export used it.",
        "Save the bucket under Partners > Google Cloud with its key, or a service account to act "
        "as.",
        guide="/guide#key",
        opens_incident=True,
    ),
    customer(
        KEY_REFUSED,
        "This is no key of a service account.",
        "The text is not exactly what Google writes into a JSON key file.",
        "Create the key again: service account, tab Keys, Add key > Create new key > JSON.",
        "Copy the whole content of the file and paste it into Service Account Key.",
        guide="/guide#key",
    ),
    customer(
        IMPERSONATION_REFUSED,
        "Sluice may not act as the service account.",
        "The grant on the service account is missing or was withdrawn, or its address is wrong.",
        "Check the address of the service account.",
        "Grant Sluice's own service accounts, which the guide shows, the role Service Account "
        "Token Creator on it.",
        _TEST,
        guide="/guide#keyless",
        opens_incident=True,
    ),
    customer(
        OWNERSHIP_UNPROVEN,
        "The service account does not show that it belongs to this account.",
        "The text that proves it is missing from the service account's description.",
        "Open the service account in the GCP Console; edit its description.",
        "Add the text that the message names, as a word of its own.",
        _TEST,
        guide="/guide#keyless",
        opens_incident=True,
    ),
    customer(
        "customer-fault",
        "The customer's side refuses.",
        "Google refused a request with the customer's credentials.",
        "Recheck all steps of the guide.",
        _TEST,
        guide="/guide#forbidden",
        opens_incident=True,
    ),
)
