"""Runs one import run under its lease, to its end or to the fault that ends it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from shared.domain.import_states import (
    STOPPABLE_RUN,
    ImportRunStatus,
    ImportStatus,
    unpublished_words,
)
from shared.errors import OurFault, SluiceError, Transient
from shared.import_ports import StagingGone
from shared.jobs.import_lease import Leased, LeaseLost, current, renewed, take
from shared.jobs.import_notices import tell_failed
from shared.jobs.import_publishing import publish, publish_of, rest
from shared.jobs.import_reading import drop_attempts, landing_of
from shared.jobs.import_steps import advance
from shared.jobs.services import Services
from shared.logs import log
from shared.redaction import redacted
from shared.state import import_changes, import_leases, import_runs, imports, publishes
from shared.state.import_runs import ImportRun


def import_run(services: Services, account_id: int, run_id: int) -> None:
    """Bring the run as far as it goes; does nothing while another importer holds it.

    It also does nothing while an earlier run of the import is open; the tick comes again. Raises
    Transient faults for the queue; other faults end the run and are recorded.
    """
    leased = take(services, account_id, run_id)
    if leased is None:
        return
    failed = True
    try:
        _check_failures(services, leased.run)
        with renewed(services, leased):
            advance(services, leased)
        failed = False
    except LeaseLost:
        log("import_lease_lost", run=run_id, attempt=leased.attempt)
    except StagingGone:
        _read_again(services, leased)
    except Transient as error:
        if leased.run.failures + 1 < services.limits.attempts_max:
            raise
        _fail(services, leased, error)
    except SluiceError as error:
        _fail(services, leased, error)
    finally:
        services.database.run(
            lambda c: import_leases.release_lease(c, leased.run, leased.attempt, failed=failed)
        )


def give_up(services: Services, account_id: int, run_id: int) -> bool:
    """End a run whose importers do not come back; False while one works on it.

    Its publish is closed: it will never be made, or was made after all and is noted.
    """
    leased = take(services, account_id, run_id)
    if leased is None:
        return False
    try:
        _fail(
            services,
            leased,
            OurFault(
                "No importer has brought the run to its end for hours; the next run reads what it "
                "has not brought.",
                reason="import-keeps-failing",
            ),
        )
    finally:
        services.database.run(
            lambda c: import_leases.release_lease(c, leased.run, leased.attempt, failed=True)
        )
    return True


def _check_failures(services: Services, run: ImportRun) -> None:
    """An importer that dies says nothing itself; the one after too many of them does."""
    if run.failures >= services.limits.attempts_max:
        raise OurFault(
            f"The import did not come to its end {run.failures} times in a row.",
            reason="import-keeps-failing",
        )


def _read_again(services: Services, leased: Leased) -> None:
    """What was staged has expired: the run goes back to reading, with the settings it has.

    Where the import was stopped or paused meanwhile, the run ends so, as it did before it landed.
    """
    run = current(services, leased)
    if run is None:
        return
    if run.status is ImportRunStatus.PUBLISHING and not _cancelled(services, leased, run):
        return

    def store(connection: Connection) -> bool:
        now = services.clock()
        moved = import_runs.move(
            connection,
            run,
            expected=[ImportRunStatus.LANDED, ImportRunStatus.PUBLISHING],
            attempt=leased.attempt,
            staging_id=None,
            **_next(connection, run, now),
        )
        if moved and run.staging_id is not None:
            publishes.close(connection, run.account_id, f"import-{run.staging_id}", now)
        return moved

    if services.database.run(store) and run.staging_id is not None:
        # There still where its publish was cancelled, and an import that stopped has no next run.
        landing_of(services).drop(run.staging_id)


def _next(connection: Connection, run: ImportRun, now: datetime) -> dict[str, Any]:
    """What a run becomes whose rows would have to be read again."""
    found = imports.hold(connection, run.account_id, run.import_id)
    if found is not None and found.status in (ImportStatus.PAUSED, ImportStatus.STOPPED):
        return import_runs.stopped(unpublished_words(found.status), now)
    return {"status": str(ImportRunStatus.READING)}


def _fail(services: Services, leased: Leased, error: SluiceError) -> None:
    """End the run; a publish that was registered is first seen to be never made."""
    run = current(services, leased)
    if run is None:
        return
    if run.status is ImportRunStatus.PUBLISHING and not _cancelled(services, leased, run):
        return
    now = services.clock()

    def store(connection: Connection) -> bool:
        moved = import_runs.move(
            connection,
            run,
            expected=[*STOPPABLE_RUN, ImportRunStatus.PUBLISHING],
            attempt=leased.attempt,
            status=str(ImportRunStatus.FAILED),
            error_reason=error.reason,
            # It may quote what another side has answered.
            error_message=redacted(error.message),
            finished_at=now,
            lease_until=None,
        )
        if moved:
            if run.staging_id is not None:
                publishes.close(connection, run.account_id, f"import-{run.staging_id}", now)
            _show(connection, run, error, now)
        return moved

    if services.database.run(store):
        log("import_failed", run=run.run_id, reason=error.reason)
        if run.staging_id is not None:
            landing_of(services).drop(run.staging_id)
        elif run.started_at is not None:
            drop_attempts(services, run, leased.attempt)


def _show(connection: Connection, run: ImportRun, error: SluiceError, now: datetime) -> None:
    """Show that it failed, and tell those whom it concerns."""
    import_changes.set_outcome(
        connection,
        run.account_id,
        run.import_id,
        status=ImportRunStatus.FAILED,
        rows_read=0,
        rows_rejected=0,
        now=now,
        failure=error.reason,
    )
    tell_failed(connection, run.account_id, run.import_id, redacted(error.message), now)
    rest(connection, run)


def _cancelled(services: Services, leased: Leased, run: ImportRun) -> bool:
    """Whether the publish will never be made; when it was made after all, the run is finished."""
    wanted = publish_of(run, services.clock())
    if landing_of(services).cancel(wanted) is None:
        return True
    publish(services, Leased(run, leased.attempt, leased.lost))
    return False
