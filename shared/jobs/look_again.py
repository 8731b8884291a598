"""What is looked at once more after a delivery: its day by the recount, a replay by comparison."""

from datetime import datetime

from sqlalchemy import Connection

from shared.domain.recounts import arrival_day, is_recounted, recount_at
from shared.domain.runs import RunKind
from shared.errors import Transient
from shared.jobs.frozen import frozen_spec
from shared.jobs.messages import publish_runs
from shared.jobs.services import Services
from shared.state import comparisons, recounts
from shared.state.runs import Run


def look_again_later(connection: Connection, run: Run, now: datetime) -> None:
    """Have what was delivered counted again tomorrow, and a replay compared at once."""
    spec = frozen_spec(run)
    if is_recounted(spec, run.kind):
        day = arrival_day(run.window, spec.time_zone)
        due_at = recount_at(day, spec.time_zone, run.finished_at or now)
        recounts.expect(connection, run.account_id, run.export_id, day, due_at)
    if run.kind is RunKind.REPLAY:
        comparisons.expect(connection, run.account_id, run.run_id, now)


def have_compared(services: Services, run: Run) -> None:
    """Tell the planner, who may read the warehouse and has the time; else the monitor does it."""
    try:
        publish_runs(services, [(run.account_id, run.run_id)], services.clock())
    except Transient:
        return
