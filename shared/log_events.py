"""The closed table of log events: each with its severity and what it means to an operator.

Names and fields are read by the metrics and alerts of the cloud: a name that goes, goes there too.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of line."""

    meaning: str
    # Unless whoever writes it knows better.
    severity: str = "INFO"


def _warning(meaning: str) -> Event:
    return Event(meaning, "WARNING")


def _error(meaning: str) -> Event:
    return Event(meaning, "ERROR")


EVENTS: Mapping[str, Event] = {
    # Planning and writing.
    "tick": Event("A tick recorded the windows that were due and published what waits."),
    "run_resumed": Event("A run goes on that had failed after its manifest was put."),
    "run_frozen": Event("A plan fixed the specification and the moment of a run."),
    "run_snapshot": Event("The rows of a run were frozen in the warehouse."),
    "run_sliced": Event("A run was cut into slices."),
    "run_published": Event("The slices of a run were handed to the queue."),
    "run_replanned": Event("A window that could not be delivered was planned again."),
    "slice_written": Event("All files of a slice are in the bucket."),
    "slice_skipped": Event("A message came for a slice that needs no work any more."),
    "slice_lease_lost": Event("Another worker has taken a slice over; this one let go."),
    "file_written": Event("A file was written."),
    "file_found": Event("A file lay there already, with the very same bytes."),
    "delivery_found": _warning("A window was delivered already, which state does not know."),
    "manifest_found": Event("A manifest lay there already, with the very same bytes."),
    "manifest_written": Event("A window is delivered; `late_s` is how long after it was due."),
    "run_done": Event("A run has ended, with so many rows."),
    "run_failed": _error("A run ended without a manifest; `reason` is of the catalogue."),
    "worker_died": _error("A process of this machine ended in the middle of its work."),
    # Imports.
    "import_landed": Event("The rows of an import run are in the warehouse."),
    "import_done": Event("An import run has ended, with so many rows read, good and rejected."),
    "import_failed": _error("An import run failed; `reason` is of the catalogue."),
    "import_lease_lost": Event("Another importer has taken a run over; this one let go."),
    "import_stuck": _error("An import run should have ended hours ago, and nobody works on it."),
    "import_given_up": _error("A publish that nobody ended was closed, so that exports go on."),
    "import_unreadable": _error("An import in state cannot be read by this version."),
    # Counting again.
    "run_compared": Event("A replay was compared with what had been delivered before."),
    "comparison_failed": _warning("A replay could not be compared; it is tried again."),
    "day_recounted": Event("A delivered day was counted again."),
    "recount_failed": _warning("A day could not be counted again; an error once it is given up."),
    # Calls and messages.
    "caller_refused": _error("Somebody called who may not; a warning where people sign in."),
    "message_refused": _error("A message that no job can read."),
    "message_failed": _error("A job failed; a warning when the queue's next delivery may do it."),
    "dead_letter_recorded": _error("The queue gave a message up; it is kept in state."),
    "request_failed": _error("A request of the API or dashboard met a fault of ours."),
    "export_unreadable": _error("An export in state cannot be read by this version."),
    # Incidents and notices.
    "monitor_looked": Event("A look of the monitor came to its end, and this is what it did."),
    "monitor_gap": _warning("The monitor was away, or the clock was set; nobody is blamed for it."),
    "monitor_skipped": _error("The monitor could not look after one thing, and went on."),
    "incident_opened": Event("An export cannot be delivered until its customer acts."),
    "incident_closed": Event("An incident ended; `ending` says how."),
    "export_stopped": _warning("An export was stopped after two accepted warnings."),
    "trial_started": Event("A run tries whether access works again."),
    "probe_failed": _warning("A bucket could not be tried."),
    "windows_planned_again": Event("Windows that had failed were planned again."),
    "run_left": _error("A run fails by a fault of ours and is not tried again by itself."),
    "run_stuck": _warning("A run should have ended long ago; it was driven again."),
    "purged": Event("Rows that nobody needs were removed from state."),
    "notice_queued": Event("An e-mail was queued."),
    "notice_sent": Event("A mail server took an e-mail."),
    "notice_postponed": _warning("An e-mail could not be sent; an error once that lasts."),
    "notice_refused": _error("No address takes an e-mail, for good."),
    "nobody_to_warn": _error("An export fails and nobody can be told, so that it goes on failing."),
    "notice_withdrawn": Event("An e-mail was taken back before anybody had it."),
    "webhook_failed": _error("A message to a webhook was given up."),
    "webhook_disabled": _warning("A webhook was switched off, since it takes nothing."),
    "secret_left": _warning("A secret that nobody needs could not be removed."),
    # Figures.
    "metrics": Event("How deliveries stand: the numbers behind dashboards and alerts."),
    "export_late": _warning("An export has windows that should be delivered; `lag_s` is how late."),
}

# Whoever is woken by an event, or because it does not come, finds what to do in docs/runbooks.md
# under this heading: each alert has the name of its page.
RUNBOOKS: Mapping[str, str] = {
    "tick": "no-tick",
    "monitor_looked": "no-monitor",
    "manifest_written": "freshness",
    "export_late": "freshness",
    "run_failed": "completeness",
    "import_failed": "imports",
    "notice_postponed": "mail",
    "dead_letter_recorded": "dead-letters",
    "message_failed": "error-rate",
    "request_failed": "error-rate",
    "caller_refused": "callers-refused",
    "nobody_to_warn": "nobody-to-warn",
}
