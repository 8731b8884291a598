"""The steps of an import run: freeze, read and stage, register the publish, publish, close."""

from sqlalchemy import Connection

from shared.domain.import_mapping import check_columns
from shared.domain.import_states import ImportRunStatus, ImportStatus
from shared.domain.watermarks import check_kind
from shared.errors import Conflict, CustomerFault, OurFault
from shared.import_ports import Reading, Source
from shared.jobs.import_lease import Leased, LeaseLost, again
from shared.jobs.import_publishing import publish, register
from shared.jobs.import_reading import landing_of, read_and_stage, staging_of
from shared.jobs.services import Services
from shared.logs import log
from shared.state import connections, import_rejects, import_runs, imports
from shared.state.import_runs import ImportRun
from shared.state.imports import Import


def advance(services: Services, leased: Leased) -> None:
    """Do every step that is missing; each stores its result before the next begins."""
    if leased.run.status is ImportRunStatus.PENDING:
        leased = _freeze(services, leased)
    if leased.run.status is ImportRunStatus.READING:
        leased = _read(services, leased)
    if leased.run.status is ImportRunStatus.LANDED:
        leased = register(services, leased)
    if leased.run.status is ImportRunStatus.PUBLISHING:
        publish(services, leased)


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
            expected=[ImportRunStatus.PENDING],
            attempt=leased.attempt,
            status=str(ImportRunStatus.READING),
            spec=_frozen(found),
            watermark_from=None if found.watermark is None else found.watermark.to_dict(),
            started_at=now,
        )

    if not services.database.run(store):
        raise LeaseLost
    return again(services, leased)


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
    staging_id = staging_of(run, leased.attempt)
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
            expected=[ImportRunStatus.READING],
            attempt=leased.attempt,
            status=str(ImportRunStatus.LANDED),
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
    return again(services, leased)


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
