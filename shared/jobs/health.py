"""How Sluice is: whether its parts run, and how the deliveries of an account or of all stand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from shared.domain.figures import Figures, LateExport
from shared.domain.health import (
    REACHED,
    UNREACHABLE,
    Finding,
    Health,
    HealthState,
    monitor_found,
    tables_found,
    tick_found,
)
from shared.domain.incidents import Incident
from shared.domain.members import Actor, require
from shared.errors import Transient
from shared.jobs.figures import figures_of
from shared.jobs.lookup import existing_account
from shared.jobs.services import Services
from shared.state import imports, incidents, looks, versions
from shared.state.imports import Import

# Rows are counted of windows that were due within so long.
ROWS_WITHIN = timedelta(days=1)
IMPORTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Trouble:
    """An export that is not fine."""

    account_id: int
    export_id: int
    health: Health
    # Windows that should have been delivered, and how late the earliest of them is.
    windows: int = 0
    lag: timedelta = timedelta(0)
    # Why nobody could be warned of it, a code of the catalogue; empty where somebody was.
    unwarned: str = ""


@dataclass(frozen=True, slots=True)
class FailingImport:
    """An import that may run again and whose last run failed."""

    account_id: int
    import_id: int
    nickname: str
    since: datetime
    # A code of the catalogue.
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the deliveries of an account or of all stand, and the parts that drive them."""

    at: datetime
    parts: tuple[Finding, ...]
    figures: Figures
    # The failing ones first, each kind with the oldest first.
    troubles: tuple[Trouble, ...]
    # Some of the imports that fail, the newest first; the figures count all of them.
    imports: tuple[FailingImport, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.troubles and not self.imports and all(part.fine for part in self.parts)


def parts_of(services: Services) -> tuple[Finding, ...]:
    """What has to run so that anything is delivered; tells nothing of any account."""
    try:
        return services.database.run(lambda c: _parts(c, services.clock()))
    except Transient:
        return (UNREACHABLE,)


def account_health(services: Services, actor: Actor, account_id: int) -> Standing:
    """How the account's deliveries stand. Raises NotFound, and Transient without a database."""
    require(actor, "health.get")

    def read(connection: Connection) -> Standing:
        existing_account(connection, account_id)
        return _standing(services, connection, account_id)

    return services.database.run(read)


def whole_health(services: Services) -> Standing:
    """How the deliveries of all accounts stand: for whoever runs Sluice, and nobody else."""
    return services.database.run(lambda c: _standing(services, c, None))


def _standing(services: Services, connection: Connection, account_id: int | None) -> Standing:
    now = services.clock()
    found = figures_of(services, connection, now, account_id, rows_within=ROWS_WITHIN)
    open_ones = incidents.list_open(connection, account_id)
    troubles = _troubles(found, open_ones, now)
    failing = imports.failing(connection, account_id, limit=IMPORTS_SHOWN)
    return Standing(now, _parts(connection, now), found, troubles, tuple(map(_failing, failing)))


def _failing(found: Import) -> FailingImport:
    assert found.failing_since is not None
    assert found.failure is not None
    return FailingImport(
        account_id=found.account_id,
        import_id=found.import_id,
        nickname=found.spec.nickname,
        since=found.failing_since,
        reason=found.failure,
    )


def _parts(connection: Connection, now: datetime) -> tuple[Finding, ...]:
    tables = tables_found(versions.current(connection), versions.newest())
    if not tables.fine:
        # Whatever else there is to see stands in tables that may not be there.
        return REACHED, tables
    seen = looks.seen(connection)
    tick, look = seen.get(looks.TICK), seen.get(looks.MONITOR)
    return REACHED, tables, tick_found(tick, now), monitor_found(look, now)


def _troubles(
    figures: Figures, open_ones: Iterable[Incident], now: datetime
) -> tuple[Trouble, ...]:
    """What is late, and what fails although nothing is late yet."""
    of_export = {each.export_id: each for each in figures.late}
    unwarned = {each.export_id: each.reason for each in figures.unwarned}
    found = []
    for incident in open_ones:
        health = Health(HealthState.FAILING, incident.opened_at, incident.reason)
        trouble = _trouble(
            incident.account_id,
            incident.export_id,
            health,
            of_export.pop(incident.export_id, None),
            now,
        )
        found.append(replace(trouble, unwarned=unwarned.get(incident.export_id, "")))
    for each in of_export.values():
        state = HealthState.FAILING if each.reason else HealthState.LATE
        health = Health(state, each.due_at, each.reason)
        found.append(_trouble(each.account_id, each.export_id, health, each, now))
    return tuple(sorted(found, key=_order))


def _trouble(
    account_id: int, export_id: int, health: Health, late: LateExport | None, now: datetime
) -> Trouble:
    if late is None:
        return Trouble(account_id, export_id, health)
    return Trouble(account_id, export_id, health, late.windows, late.lag(now))


def _order(trouble: Trouble) -> tuple[bool, datetime | None, int]:
    health = trouble.health
    return health.state is not HealthState.FAILING, health.since, trouble.export_id
