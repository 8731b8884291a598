"""Warns when exports put some of the same data into one bucket."""

from shared.domain.exports import ExportSpec, overlap
from shared.jobs.services import Services
from shared.state import exports

# Exports of the bucket that are compared, and those that a warning names.
COMPARED_MAX = 200
NAMED_MAX = 3


def overlap_warnings(
    services: Services, account_id: int, spec: ExportSpec, *, but: int | None = None
) -> tuple[str, ...]:
    """One sentence when other exports put some of the same data and dates into the bucket."""
    others = services.database.run(
        lambda c: exports.in_bucket(c, account_id, spec.bucket, limit=COMPARED_MAX)
    )
    same = [
        str(other.export_id)
        for other in others
        if other.export_id != but and overlap(spec, other.spec)
    ]
    if not same:
        return ()
    named = ", ".join(same[:NAMED_MAX])
    more = f" and {len(same) - NAMED_MAX} more" if len(same) > NAMED_MAX else ""
    what = "profiles" if spec.data_type.is_profiles else "events of the same dates"
    those = "export" if len(same) == 1 else "exports"
    return (f"Into this bucket go some of the same {what} by the {those} {named}{more} already.",)
