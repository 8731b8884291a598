"""What hinders Sluice itself: its settings, its own rights, its state and its promises."""

from shared.reasons.entry import Reason, ours, transient

SECRET_MISSING = "secret-missing"
SECRET_UNREADABLE = "secret-unreadable"
SECRETS_DENIED = "secrets-denied"
SECRETS_EXPOSED = "secrets-exposed"
SECRETS_UNAVAILABLE = "secrets-unavailable"
IAM_UNAVAILABLE = "iam-unavailable"

_WAIT = "Nothing: it is tried again by itself."
OWN_IDENTITY_MISSING = ours(
    "own-identity-missing",
    "This process has no identity of its own at Google Cloud.",
    "It runs without a service account, or nobody has logged in.",
    "On your own machine log in with gcloud auth application-default login; Sluice need not be "
    "started again.",
    "Elsewhere run Sluice as a service account.",
    "Or, to reach a bucket or dataset, give a service account's key, which needs no such identity.",
    advice="Log in with gcloud auth application-default login on the machine that runs Sluice, or "
    "run it as a service account.",
)
CLOCK_WRONG = ours(
    "clock-wrong",
    "The clock of this machine is wrong.",
    "Google does not believe requests that were signed at another time than now.",
    "Set the clock of the machine, and keep it right by NTP.",
    advice="Set it, and keep it right by NTP.",
)
# Not defects: whoever runs Sluice has to set something on its machine, and is told what.
SETUP = frozenset({OWN_IDENTITY_MISSING.code, CLOCK_WRONG.code})

_AGAIN = "Give the bucket's credentials again under Rotate key."
_LOOK = "Look at the log around that time; its lines name the run."
_REPORT = "Report it with the time; the log holds its trace."

UNKNOWN = ours(
    "unknown",
    "A fault that is not known.",
    "Nobody foresaw it, so it counts as a fault of Sluice and of nobody else.",
    _LOOK,
    _REPORT,
)


def _promise(code: str, title: str) -> Reason:
    return ours(code, title, "A promise between two parts of Sluice does not hold.", _REPORT)


PROBER_UNAVAILABLE = transient(
    "prober-unavailable",
    "The prober cannot be reached for now.",
    "The function that tries buckets was disturbed, or the way to it.",
    _WAIT,
    advice="Try again in a minute.",
)
PROBER_DENIED = ours(
    "prober-denied",
    "The prober refuses this function.",
    "Its address is wrong, or it does not know this function's service account.",
    "Set PROBER_URL to the prober's address, and PUSH_AUDIENCE of the prober to the same.",
    "Name this function's service account in the prober's PUSH_SERVICE_ACCOUNT, and grant it the "
    "role Cloud Run Invoker.",
)

ENTRIES: tuple[Reason, ...] = (
    UNKNOWN,
    OWN_IDENTITY_MISSING,
    CLOCK_WRONG,
    ours(
        "not-set-up",
        "Sluice is not set up for this.",
        "The machine that runs it lacks what the message names.",
        "Do what the message says on that machine, or tell whoever runs this Sluice; then ask "
        "again.",
    ),
    PROBER_UNAVAILABLE,
    PROBER_DENIED,
    ours(
        "our-fault",
        "A fault of Sluice.",
        "A promise of Sluice does not hold; nobody else is to blame.",
        "Tell whoever runs this Sluice the time of the request; it stands in the log.",
    ),
    transient(
        "transient",
        "It does not work for now.",
        "Something that Sluice needs did not answer.",
        _WAIT,
    ),
    ours(
        SECRET_MISSING,
        "A stored key is missing.",
        "Its version was destroyed or disabled in the store of secrets.",
        _AGAIN,
    ),
    ours(
        SECRET_UNREADABLE,
        "A stored key cannot be read.",
        "It arrived damaged, or was put where another one belongs.",
        _AGAIN,
    ),
    ours(
        SECRETS_DENIED,
        "The store of secrets refuses this function.",
        "The function's service account lacks a role in Secret Manager.",
        "Grant it the role that the architecture names for this function.",
    ),
    ours(
        SECRETS_EXPOSED,
        "The folder of secrets may be read by others.",
        "Its rights on this machine are too wide.",
        "Take the rights of others away: chmod 700 for the folder, 600 for its files.",
        _AGAIN,
    ),
    transient(
        SECRETS_UNAVAILABLE,
        "The store of secrets cannot be reached for now.",
        "Secret Manager or the way to it was disturbed.",
        _WAIT,
    ),
    transient(
        IAM_UNAVAILABLE,
        "Google's IAM cannot be reached for now.",
        "IAM or the way to it was disturbed.",
        _WAIT,
    ),
    transient(
        "certs-unavailable",
        "Google's certificates cannot be fetched for now.",
        "Without them nobody can tell whether a token is right.",
        _WAIT,
    ),
    transient(
        "queue-unavailable",
        "The queue did not accept a message.",
        "Pub/Sub or the way to it was disturbed.",
        _WAIT,
    ),
    transient(
        "state-unreachable",
        "The database cannot be reached for now.",
        "PostgreSQL is being restarted, or the way to it is disturbed.",
        _WAIT,
    ),
    transient(
        "commit-unknown",
        "Nobody knows whether a change took place.",
        "The database was lost in the middle of a commit.",
        "Look whether the change is there before you ask for it again.",
    ),
    ours(
        "state-misconfigured",
        "The database is not set up as it should be.",
        "The instance of Cloud SQL lacks a setting that Sluice needs.",
        "Do what the message says, in the instance's settings.",
    ),
    ours(
        "state-refused",
        "The database refuses this function.",
        "Its service account may not connect, or is no user of the database.",
        "Grant it the role Cloud SQL Client and make it an IAM user of the database.",
    ),
    ours(
        "bad-configuration",
        "A setting of this process is wrong.",
        "An environment variable holds something that it may not.",
        "Set the variable that the message names; the architecture page lists them all.",
    ),
    ours(
        "bad-message",
        "A message is not one of ours.",
        "Something other than Sluice publishes to its topics, or a version is too old.",
        "Look who may publish to the topic.",
    ),
    _promise("bad-selection", "Rows were to be selected by a column that is not for that."),
    _promise("bad-name", "A name would not be safe in a statement."),
    _promise("bad-spec", "A stored export cannot be read."),
    _promise("bad-limits", "A limit leaves no room for any work."),
    _promise("many-slices", "A run would have more slices than can be numbered."),
    _promise("bad-inventory", "The counts of a window do not fit together."),
    _promise("bad-window", "A window ends before it begins."),
    _promise("no-windows", "A one-time export was asked for its windows."),
    _promise("no-bounds", "A recurring export was asked for its bounds."),
    _promise("naive-time", "A time without a zone was handed on."),
)
