"""Plans one run under a lease: freeze, count, cut into slices, snapshot, publish."""

from sqlalchemy import Connection

from shared.domain.runs import RunStatus
from shared.errors import OurFault, SluiceError, Transient
from shared.jobs.adopt import manifest_lies_there
from shared.jobs.compare_replay import compare_replay
from shared.jobs.frozen import frozen_spec
from shared.jobs.give_up import fail_run, replan
from shared.jobs.plan_steps import Leased, LeaseLost, advance
from shared.jobs.services import Services
from shared.state import exports, runs
from shared.state.runs import Run


def plan(services: Services, account_id: int, run_id: int) -> None:
    """Bring the run as far as it goes now; does nothing while another planner holds it.

    A run whose snapshot is still being made is left to the next tick; a replay that is delivered
    is compared with what it delivers again. Raises Transient faults for the queue; other faults
    end the run and are recorded.
    """
    leased = _take(services, account_id, run_id)
    if leased is None:
        compare_replay(services, account_id, run_id)
        return
    failed = True
    try:
        _check_failures(services, leased.run)
        if _is_too_late(services, leased.run):
            message = "The window could not be frozen for days; it was planned afresh."
            replan(services, leased.run, message=message)
        elif not _may_go_on(services, leased.run):
            # Why it failed stays.
            reason, message = str(leased.run.error_reason), str(leased.run.error_message)
            replan(services, leased.run, reason, message)
        else:
            advance(services, leased)
        failed = False
    except LeaseLost:
        return
    except Transient as error:
        if leased.run.failures + 1 < services.limits.attempts_max:
            raise
        fail_run(services, leased.run, error)
    except SluiceError as error:
        fail_run(services, leased.run, error)
    finally:
        services.database.run(
            lambda c: runs.release_lease(c, account_id, run_id, leased.attempt, failed=failed)
        )


def _is_too_late(services: Services, run: Run) -> bool:
    """A warehouse shows its past for some days only; a snapshot that stands is not concerned."""
    if run.status not in (RunStatus.PLANNING, RunStatus.SNAPSHOT) or run.freeze_at is None:
        return False
    return run.freeze_at + services.limits.time_travel < services.clock()


def _may_go_on(services: Services, run: Run) -> bool:
    """False for a run that failed with all delivered but its manifest.

    Whether its files still lie there nobody knows then. An export that delivers to another bucket
    now needs the window there.
    """
    if run.status is not RunStatus.PENDING or run.manifest is None:
        return True
    export = services.database.run(lambda c: exports.get(c, run.account_id, run.export_id))
    if export is None or export.spec.bucket != frozen_spec(run).bucket:
        return False
    return manifest_lies_there(services, run)


def _check_failures(services: Services, run: Run) -> None:
    """A planner that dies says nothing itself; the one after too many of them does."""
    if run.failures >= services.limits.attempts_max:
        raise OurFault(
            f"Planning did not come to its end {run.failures} times in a row.",
            reason="plan-keeps-failing",
        )


def _take(services: Services, account_id: int, run_id: int) -> Leased | None:
    now = services.clock()

    def take(connection: Connection) -> Leased | None:
        run = runs.get(connection, account_id, run_id)
        if run is None:
            return None
        until = now + services.limits.lease
        attempt = runs.take_lease(connection, run, owner=services.owner, now=now, until=until)
        return None if attempt is None else Leased(run, attempt)

    return services.database.run(take)
