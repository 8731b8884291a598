"""The lease under which one importer has a run: taken, renewed while the work lasts, or lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from threading import Event, Thread

from sqlalchemy import Connection

from shared.errors import Transient
from shared.jobs.services import Services
from shared.state import import_leases, import_runs
from shared.state.import_runs import ImportRun


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


def take(services: Services, account_id: int, run_id: int) -> Leased | None:
    """The run under a lease; None while another importer, or an earlier run, is at it."""
    now = services.clock()

    def lease(connection: Connection) -> Leased | None:
        run = import_runs.get(connection, account_id, run_id)
        if run is None:
            return None
        until = now + services.limits.lease
        attempt = import_leases.take_lease(
            connection, run, owner=services.owner, now=now, until=until
        )
        return None if attempt is None else Leased(run, attempt, Event())

    return services.database.run(lease)


@contextmanager
def renewed(services: Services, leased: Leased) -> Iterator[None]:
    """Hold the lease for as long as the work takes: reading and publishing may take an hour."""
    ended = Event()
    pause_s = services.limits.lease.total_seconds() / 3

    def renew() -> None:
        while not ended.wait(pause_s):
            until = services.clock() + services.limits.lease
            hold = partial(
                import_leases.renew_lease, run=leased.run, attempt=leased.attempt, until=until
            )
            try:
                held = services.database.run(hold)
            except Transient:
                # The database is asked again before the lease has run out.
                continue
            if not held:
                leased.lost.set()
                return

    thread = Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def again(services: Services, leased: Leased) -> Leased:
    """The same lease with the run as it is now; raises LeaseLost when it is another's."""
    run = services.database.run(
        lambda c: import_runs.get(c, leased.run.account_id, leased.run.run_id)
    )
    if run is None or run.attempt != leased.attempt:
        raise LeaseLost
    return replace(leased, run=run)


def current(services: Services, leased: Leased) -> ImportRun | None:
    """The run as it is now, if it still is this attempt's."""
    run = services.database.run(
        lambda c: import_runs.get(c, leased.run.account_id, leased.run.run_id)
    )
    return run if run is not None and run.attempt == leased.attempt else None
