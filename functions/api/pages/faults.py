"""Why a run failed, in the catalogue's words, with what to do about it."""

from functions.api.pages.bucket_steps import ADVICE
from functions.api.pages.frame import Told
from functions.api.pages.visits import url
from shared import reasons
from shared.domain.runs import RunStatus
from shared.state.run_lists import RunSummary

_RETENTION = (
    "Open the GCP Console; Menu > Cloud Storage > Buckets; select the bucket; tab Protection.",
    "Section Retention policy (for compliance): when a policy is active, Edit, Delete and Lock "
    "are enabled; Delete it.",
    "If Delete is not enabled the policy is locked, and another bucket must be used.",
)
_ADVICE = {
    reasons.FORBIDDEN.code: (
        "The service account key has expired or is invalid.",
        "Recheck all steps of the guide.",
    ),
    reasons.RETENTION_POLICY.code: _RETENTION,
    reasons.BUCKET_NOT_FOUND.code: ADVICE,
}
_USUAL = ("When the cause is mended, Retry plans the window afresh; no window is skipped.",)


def fault_of(run: RunSummary) -> Told | None:
    """What went wrong and how to fix it; None for a run that did not fail."""
    if run.status is not RunStatus.FAILED or not run.error_reason:
        return None
    title = run.error_message or run.error_reason
    if run.error_reason == reasons.FORBIDDEN.code:
        title = reasons.FORBIDDEN.message
    return Told(
        f"{title}",
        f"Reason {run.error_reason}",
        (*_ADVICE.get(run.error_reason, ()), *_USUAL),
        url("guide") + "#errors",
        "Guide: when access is refused",
    )
