"""Why a window is not delivered yet, or not at all: the cloud's moments and our own faults."""

from shared.reasons.entry import Blame, Reason, customer, ours, transient

OBJECT_DIFFERS = "object-differs"

GOES_ON = "It is tried again."
_WAIT = "Nothing: it is tried again by itself, and no window is skipped."
_LOOK = "Look at the log around the time of the run; its lines name the run."
_REPORT = "Report it with the run's number; Retry plans the window afresh meanwhile."

LOOK_DENIED = Reason(
    "403-look-denied",
    Blame.TRANSIENT,
    "An object of this name is there already and may not be read to compare it.",
    "After a lost answer Sluice reads back what lies in the bucket; that right is not granted.",
    (
        "Open the bucket in the GCP Console; tab Permissions; Grant access.",
        "Grant the service account a role with storage.objects.get, too.",
    ),
    "/guide#role",
    advice="Grant storage.objects.get.",
)
TOO_MANY_REQUESTS = transient(
    "429-too-many-requests",
    "Cloud Storage asks to slow down.",
    "More requests came than the bucket or its project takes at a time.",
    _WAIT,
)
CLOUD_UNAVAILABLE = transient(
    "cloud-unavailable",
    "Cloud Storage did not answer, or not as it should.",
    "Google or the way to it was disturbed.",
    _WAIT,
    advice=GOES_ON,
)
PROBE_TOO_SLOW = transient(
    "probe-too-slow",
    "The bucket or dataset could not be tried in time.",
    "Google or the way to it answered too slowly to tell anything.",
    "Test it again in a minute.",
    advice="Test it again in a minute.",
)
DISK_FULL = transient(
    "disk-full",
    "The disk of this machine is full.",
    "A file or a load needs more room than is left.",
    "Make room on the disk; then it goes on by itself.",
)
CLOUD_REFUSED = ours(
    "cloud-refused",
    "Cloud Storage refused a request of ours in a way that is not known.",
    "The request was not as Google wants it; no setting of the bucket explains that.",
    _LOOK,
    _REPORT,
)

ENTRIES: tuple[Reason, ...] = (
    LOOK_DENIED,
    TOO_MANY_REQUESTS,
    CLOUD_UNAVAILABLE,
    PROBE_TOO_SLOW,
    DISK_FULL,
    CLOUD_REFUSED,
    ours(
        OBJECT_DIFFERS,
        "Another object lies under the name of a file.",
        "Something put an object with other content where a file belongs; it was not touched.",
        "Look at the object that the message names, and who wrote it.",
        "Move it away, then Retry: the window is planned afresh under a new stamp.",
    ),
    transient(
        "worker-died",
        "A worker ended before its work did.",
        "The machine ran out of memory or was switched off.",
        _WAIT,
    ),
    transient(
        "snapshot-gone",
        "The snapshot expired before the run was delivered.",
        "The delivery was held up for longer than a snapshot lives.",
        "Nothing: the window was planned afresh under a new stamp.",
    ),
    transient(
        "delivered-later",
        "A later delivery of the window lies in the bucket.",
        "State was restored from a backup that does not know of it.",
        "Nothing: it is compared and taken over.",
    ),
    transient(
        "snapshot-failed",
        "The snapshot of the window failed.",
        "The warehouse could not freeze the rows of the window this time.",
        _WAIT,
    ),
    customer(
        "stopped",
        "The export was stopped before this run was delivered.",
        "Somebody stopped it, or it was stopped after three notices.",
        "Create again continues where the last delivered window ended.",
    ),
    ours(
        "delivery-unknown",
        "What was delivered of the window is not known any more.",
        "Missed rows are told by the delivery's snapshot, which has expired meanwhile.",
        "Replay the window: it is delivered whole, with the rows that were missed.",
    ),
    ours(
        "rows-differ",
        "The rows that were written are not those that were counted.",
        "The sum that each run has to keep does not hold, so its manifest was not written.",
        _LOOK,
        _REPORT,
    ),
    ours(
        "rows-unplaced",
        "Rows of the window belong to no slice.",
        "The warehouse holds groups of rows that the plan did not count.",
        _LOOK,
        _REPORT,
    ),
    ours(
        "too-many-rejects",
        "More rows were rejected than a run may leave out.",
        "More than 100 rows, and more than 0.1 % of all, cannot be written as files.",
        "Look into the reject files of the run: they name each row and its reason.",
        "Mend the rows in the warehouse, then Retry.",
    ),
    ours(
        "plan-keeps-failing",
        "The plan of the run did not come to its end.",
        "The planner ended each time before its work did, mostly for want of memory.",
        "Give the planner more memory, then Retry.",
        _LOOK,
    ),
    ours(
        "slice-keeps-failing",
        "A slice of the run did not come to its end.",
        "The worker ended each time before its work did, mostly for want of memory.",
        "Give the worker more memory, then Retry.",
        _LOOK,
    ),
    ours(
        "schema-incomplete",
        "A row has a property that the run's schema misses.",
        "The warehouse changed under the run, or a promise of the plan does not hold.",
        "Retry plans the window afresh.",
        _REPORT,
    ),
    ours(
        "run-not-frozen",
        "The run has not been frozen yet.",
        "A step came before the one that it follows from.",
        _REPORT,
    ),
    ours(
        "export-gone",
        "The run's export or account is gone.",
        "State was changed by something other than Sluice.",
        _LOOK,
        _REPORT,
    ),
    ours(
        "file-twice",
        "Two slices of the run made a file of the same name.",
        "A promise of the plan does not hold; nothing was overwritten.",
        _REPORT,
    ),
)
