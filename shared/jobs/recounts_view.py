"""What people see of recounts and comparisons: how complete an export is, what a replay changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from shared.domain.recounts import Completeness
from shared.domain.runs import RunKind
from shared.domain.windows import local_date
from shared.jobs.lookup import existing_export
from shared.jobs.runs_view import existing_run
from shared.jobs.services import Services
from shared.state import comparisons, recounts
from shared.state.recounts import Recount

# How far completeness looks back, and how many days a list shows.
DAYS = 30


class Comparing(StrEnum):
    """Whether a run is compared with what had been delivered before it."""

    NO_REPLAY = "no_replay"
    WAITING = "waiting"
    COMPARED = "compared"


@dataclass(frozen=True, slots=True)
class Recounts:
    """The newest recounted days of an export, and how complete it is by them."""

    days: Sequence[Recount]
    # None before the first recount.
    completeness: Completeness | None


@dataclass(frozen=True, slots=True)
class ReplayDifference:
    """What a replay delivered else than before."""

    state: Comparing
    # As `domain.comparisons.compare` gives it; None until it is COMPARED.
    result: Mapping[str, Any] | None


def recounts_of(services: Services, account_id: int, export_id: int) -> Recounts:
    """The recounts of an export; raises NotFound when there is no such export."""

    def read(connection: Connection) -> Recounts:
        zone = existing_export(connection, account_id, export_id).spec.time_zone
        since = local_date(services.clock(), zone) - timedelta(days=DAYS)
        found = recounts.completeness(connection, account_id, [export_id], since=since)
        days = recounts.list_for_export(connection, account_id, export_id, limit=DAYS)
        return Recounts(days, found.get(export_id))

    return services.database.run(read)


def difference_of(services: Services, account_id: int, run_id: int) -> ReplayDifference:
    """What the run delivered else than before; raises NotFound when there is no such run."""

    def read(connection: Connection) -> ReplayDifference:
        run = existing_run(connection, account_id, run_id)
        if run.kind is not RunKind.REPLAY:
            return ReplayDifference(Comparing.NO_REPLAY, None)
        stored = comparisons.get(connection, account_id, run_id)
        if stored is None or stored.result is None:
            return ReplayDifference(Comparing.WAITING, None)
        return ReplayDifference(Comparing.COMPARED, stored.result)

    return services.database.run(read)
