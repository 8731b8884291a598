"""How people find an export's files: the exact prefixes to search by, and a listing command."""

import re
import shlex

from shared.domain.specs import ExportSpec

_UNKNOWN = re.compile(r"\{(run_date|event_date|event_name)\}")


def search_prefixes(spec: ExportSpec, account_id: int, request_id: int) -> tuple[str, ...]:
    """What the names of the export's data, manifests and rejects begin with, in this order.

    With a prefix template that holds dates or event names only its fixed beginning is known.
    """
    data = _data_pattern(spec, account_id, request_id).split("*")[0]
    return (data, f"_manifests/{request_id}-", f"_rejects/{request_id}-")


def listing_command(spec: ExportSpec, account_id: int, request_id: int) -> str:
    """One command line that lists all files of the export: data, manifests and rejects."""
    data = _data_pattern(spec, account_id, request_id) + "*"
    # One pattern finds the manifests and the rejects: gcloud complains of one that finds nothing.
    patterns = (data, f"_*/{request_id}-*")
    if spec.bucket.startswith("file://"):
        folder = spec.bucket.removeprefix("file://").rstrip("/")
        return "ls " + " ".join(
            f"{shlex.quote(folder)}/{_for_shell(pattern)}" for pattern in patterns
        )
    bucket = "gs://" + spec.bucket.removeprefix("gs://").rstrip("/")
    return "gcloud storage ls " + " ".join(shlex.quote(f"{bucket}/{each}") for each in patterns)


def _data_pattern(spec: ExportSpec, account_id: int, request_id: int) -> str:
    folder = spec.prefix.replace("{account_id}", str(account_id))
    folder = _UNKNOWN.sub("*", folder.replace("{request_id}", str(request_id)))
    owner = f"{account_id}-" if spec.data_type.is_profiles else ""
    return f"{folder}{owner}{request_id}-"


def _for_shell(pattern: str) -> str:
    """Everything but the stars quoted: the shell itself has to fill those in."""
    return "*".join(shlex.quote(part) if part else "" for part in pattern.split("*"))
