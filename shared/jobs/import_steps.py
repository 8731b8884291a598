"""The steps of an import run: freeze, read and stage, register the publish, publish, close."""

from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event

from sqlalchemy import Connection

from shared.domain.import_mapping import check_columns
from shared.domain.import_states import ImportStatus, RunStatus
from shared.domain.watermarks import check_kind
from shared.errors import Conflict, CustomerFault, OurFault
from shared.import_ports import Landing, Reading, Source
from shared.jobs.import_notices import tell_works
from shared.jobs.import_reading import read_and_stage
from shared.jobs.services import Services
from shared.loading.staged import Publish
from shared.logs import log
from shared.schema import tables
from shared.state import connections, import_rejects, import_runs, imports, publishes
from shared.state.import_runs import ImportRun
from shared.state.imports import Import


class LeaseLost(Exception):
    """The run was stopped, or another importer has it; what this one still does changes nothing."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A run under this importer's lease."""

    run: ImportRun
    attempt: int
    # Set when the lease could not be renewed.
    lost: Event

    def check(self) -> None:
        """Raise LeaseLost when somebody else decides about the run by now."""
        if self.lost.is_set():
            raise LeaseLost


def landing_of(services: Services) -> Landing:
    """Where imported rows go."""
    if services.landing is None:
        raise OurFault("This process imports nothing.", reason="bad-configuration")
    return services.landing


def advance(services: Services, leased: Leased) -> None:
    """Do every step that is missing; each stores its result before the next begins."""
    if leased.run.status is RunStatus.PENDING:
        leased = _freeze(services, leased)
    if leased.run.status is RunStatus.READING:
        leased = _read(services, leased)
    if leased.run.status is RunStatus.LANDED:
        leased = _register(services, leased)
    if leased.run.status is RunStatus.PUBLISHING:
        publish(services, leased)


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
            expected=[RunStatus.PUBLISHING],
            attempt=leased.attempt,
            status=str(RunStatus.DONE),
            rows_new=max(made.rows_new, 0),
            finished_at=now,
            lease_until=None,
        )
        if moved:
            publishes.close(connection, run.account_id, wanted.publish_id, now)
            assert run.spec_version is not None
            imports.set_watermark(
                connection, run.account_id, run.import_id, run.spec_version, run.watermark_to
            )
            _rest(services, connection, run, now)
        return moved

    if not services.database.run(store):
        raise LeaseLost
    log("import_done", run=run.run_id, rows=run.rows_read, rejected=run.rows_rejected)
    landing_of(services).drop(wanted.staging_id)


def _rest(services: Services, connection: Connection, run: ImportRun, now: datetime) -> None:
    """Show the outcome; an import that ran at its one moment is ready to be run by hand."""
    found = imports.hold(connection, run.account_id, run.import_id)
    imports.set_outcome(
        connection,
        run.account_id,
        run.import_id,
        status=RunStatus.DONE,
        rows_read=run.rows_read,
        rows_rejected=run.rows_rejected,
        now=now,
    )
    if found is not None:
        tell_works(connection, found, now, lease=services.limits.lease)
    if found is not None and found.status is ImportStatus.SCHEDULED and found.next_run_at is None:
        imports.set_status(connection, found, ImportStatus.READY, None)


def _freeze(services: Services, leased: Leased) -> Leased:
    """Settings and the watermark are fixed here; edits apply to later runs."""
    run, now = leased.run, services.clock()

    def store(connection: Connection) -> bool:
        found = imports.get(connection, run.account_id, run.import_id)
        if found is None or found.status not in (ImportStatus.READY, ImportStatus.SCHEDULED):
            raise Conflict("The import was stopped or paused before its run began.")
        return import_runs.move(
            connection,
            run,
            expected=[RunStatus.PENDING],
            attempt=leased.attempt,
            status=str(RunStatus.READING),
            spec=_frozen(found),
            watermark_from=None if found.watermark is None else found.watermark.to_dict(),
            started_at=now,
        )

    if not services.database.run(store):
        raise LeaseLost
    return _again(services, leased)


def _frozen(found: Import) -> dict[str, object]:
    return {"version": found.spec_version, "spec": found.spec.to_dict()}


def _read(services: Services, leased: Leased) -> Leased:
    """Stage all rows under a name of this attempt, and then say so: only those count."""
    run, read_at = leased.run, services.clock()
    if run.spec is None or run.spec.mapping is None:
        raise OurFault("A run has no mapping to read by.", reason="bad-import")
    source = services.source(run.account_id, run.spec.connection_id)
    _check_location(services, run, source)
    described = source.describe(run.spec.source)
    check_columns(run.spec.mapping, described.columns)
    by_name = {column.name: column for column in described.columns}
    updated_on = by_name.get(run.spec.mapping.updated_on or "")
    if updated_on is not None:
        check_kind(run.watermark_from, updated_on.kind)
    staging_id = f"{run.account_id}-{run.run_id}-{leased.attempt}"
    reading = Reading(
        query=run.spec.source,
        columns=tuple(by_name[name] for name in run.spec.mapping.columns),
        key=staging_id,
        updated_on=updated_on,
        since=run.watermark_from if updated_on is not None else None,
    )
    taken = (run, leased.attempt)
    try:
        staged = read_and_stage(services, source, reading, run.spec.mapping, taken, leased.check)
    except LeaseLost:
        landing_of(services).drop(staging_id)
        raise
    watermark = staged.watermark(reading, read_at)

    def store(connection: Connection) -> bool:
        moved = import_runs.move(
            connection,
            run,
            expected=[RunStatus.READING],
            attempt=leased.attempt,
            status=str(RunStatus.LANDED),
            staging_id=staging_id,
            rows_read=staged.found.rows,
            rows_rejected=staged.found.rejected,
            rejected_by_reason=staged.found.by_reason,
            watermark_to=None if watermark is None else watermark.to_dict(),
            bytes_processed=described.bytes or 0,
        )
        if moved:
            import_rejects.put(connection, run.account_id, run.run_id, staged.rejects)
        return moved

    if not services.database.run(store):
        landing_of(services).drop(staging_id)
        raise LeaseLost
    log("import_landed", run=run.run_id, rows=staged.found.rows, rejected=staged.found.rejected)
    return _again(services, leased)


def _check_location(services: Services, run: ImportRun, source: Source) -> None:
    assert run.spec is not None
    connection_id = run.spec.connection_id
    saved = services.database.run(lambda c: connections.find(c, run.account_id, connection_id))
    now_at = source.location()
    if saved is not None and saved.location != now_at:
        raise CustomerFault(
            f"The dataset was in {saved.location} when the connection was saved and is in {now_at} "
            "now; if that is meant so, make a new connection and import from it.",
            reason="import-location-moved",
        )


def _register(services: Services, leased: Leased) -> Leased:
    """From here on windows wait for this publish."""
    run = leased.run
    publish_id = publish_of(run, services.clock()).publish_id

    def store(connection: Connection) -> bool:
        moved = import_runs.move(
            connection,
            run,
            expected=[RunStatus.LANDED],
            attempt=leased.attempt,
            status=str(RunStatus.PUBLISHING),
        )
        if moved:
            publishes.begin(connection, run.account_id, publish_id, services.clock())
        return moved

    if not services.database.run(store):
        raise LeaseLost
    return _again(services, leased)


def _registered(services: Services, run: ImportRun) -> Publish:
    """The publish as it was registered, with the moment since when state knows of it."""
    wanted = publish_of(run, services.clock())
    began_at = services.database.run(
        lambda c: publishes.begin(c, run.account_id, wanted.publish_id, wanted.began_at)
    )
    return replace(wanted, began_at=began_at)


def _again(services: Services, leased: Leased) -> Leased:
    run = services.database.run(
        lambda c: import_runs.get(c, leased.run.account_id, leased.run.run_id)
    )
    if run is None or run.attempt != leased.attempt:
        raise LeaseLost
    return replace(leased, run=run)
