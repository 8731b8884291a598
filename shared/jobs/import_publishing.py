"""Makes staged rows visible once: the publish is registered, made, and closed with the run."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from shared.domain.import_states import ImportRunStatus, ImportStatus
from shared.errors import OurFault
from shared.jobs.import_lease import Leased, LeaseLost, again
from shared.jobs.import_notices import tell_works
from shared.jobs.import_reading import landing_of
from shared.jobs.services import Services
from shared.loading.staged import Publish
from shared.logs import log
from shared.schema import tables
from shared.state import import_changes, import_runs, imports, publishes
from shared.state.import_runs import ImportRun


def register(services: Services, leased: Leased) -> Leased:
    """From here on windows wait for this publish."""
    run = leased.run
    publish_id = publish_of(run, services.clock()).publish_id

    def store(connection: Connection) -> bool:
        moved = import_runs.move(
            connection,
            run,
            expected=[ImportRunStatus.LANDED],
            attempt=leased.attempt,
            status=str(ImportRunStatus.PUBLISHING),
        )
        if moved:
            publishes.begin(connection, run.account_id, publish_id, services.clock())
        return moved

    if not services.database.run(store):
        raise LeaseLost
    return again(services, leased)


def publish_of(run: ImportRun, began_at: datetime) -> Publish:
    """What publishes the staged rows of a run; another staging would be another publish."""
    if run.spec is None or run.spec.mapping is None or run.staging_id is None:
        raise OurFault("A run without staged rows cannot be published.", reason="nothing-staged")
    return Publish(
        publish_id=f"import-{run.staging_id}",
        staging_id=run.staging_id,
        table=tables()[str(run.spec.mapping.kind)],
        account_id=run.account_id,
        began_at=began_at,
    )


def publish(services: Services, leased: Leased) -> None:
    """Publish once, and only then store the watermark; state learns of both at once."""
    run = leased.run
    wanted = _registered(services, run)
    made = landing_of(services).publish(wanted)
    now = services.clock()

    def store(connection: Connection) -> bool:
        moved = import_runs.move(
            connection,
            run,
            expected=[ImportRunStatus.PUBLISHING],
            attempt=leased.attempt,
            status=str(ImportRunStatus.DONE),
            rows_new=made.rows_new,
            finished_at=now,
            lease_until=None,
        )
        if moved:
            publishes.close(connection, run.account_id, wanted.publish_id, now)
            assert run.spec_version is not None
            import_changes.set_watermark(
                connection, run.account_id, run.import_id, run.spec_version, run.watermark_to
            )
            _show(services, connection, run, now)
        return moved

    if not services.database.run(store):
        raise LeaseLost
    log("import_done", run=run.run_id, rows=run.rows_read, rejected=run.rows_rejected)
    landing_of(services).drop(wanted.staging_id)


def _show(services: Services, connection: Connection, run: ImportRun, now: datetime) -> None:
    """Show the outcome, and tell whoever was told that the import fails."""
    found = imports.hold(connection, run.account_id, run.import_id)
    import_changes.set_outcome(
        connection,
        run.account_id,
        run.import_id,
        status=ImportRunStatus.DONE,
        rows_read=run.rows_read,
        rows_rejected=run.rows_rejected,
        now=now,
    )
    if found is not None:
        tell_works(connection, found, now, lease=services.limits.lease)
    rest(connection, run)


def rest(connection: Connection, run: ImportRun) -> None:
    """An import that ran at its one moment is ready to be run by hand, however that went."""
    found = imports.hold(connection, run.account_id, run.import_id)
    if found is not None and found.status is ImportStatus.SCHEDULED and found.next_run_at is None:
        import_changes.set_status(connection, found, ImportStatus.READY, None)


def _registered(services: Services, run: ImportRun) -> Publish:
    """The publish as it was registered, with the moment since when state knows of it."""
    wanted = publish_of(run, services.clock())
    began_at = services.database.run(
        lambda c: publishes.begin(c, run.account_id, wanted.publish_id, wanted.began_at)
    )
    return replace(wanted, began_at=began_at)
