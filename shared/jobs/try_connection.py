"""*Test Connection*: tries a customer's dataset, before it is saved and whenever asked."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from shared.credentials.kinds import Credential
from shared.domain.connections import (
    Access,
    ConnectionPart,
    ConnectionRefused,
    Dataset,
    Result,
    Trial,
    failed_result,
    results_of,
)
from shared.domain.members import COMMAND_LINE, Actor, at_machine, require
from shared.errors import CustomerFault, InvalidInput, NotFound, SluiceError
from shared.import_ports import Source
from shared.jobs.audit import record_audit
from shared.jobs.bucket_credentials import credential_of, destroy_key, keep_credential
from shared.jobs.hindered import fault_of, may_be_told, proves
from shared.jobs.lookup import account_of
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.state import connections
from shared.state.connections import SavedConnection

# Keys of connections lie in secrets that are named so.
WHAT = "connection"


def try_new(
    services: Services,
    account_id: int,
    place: Dataset,
    *,
    access: Access = Access.READ_WRITE,
    key_file: bytes | None = None,
    impersonate: str | None = None,
    actor: Actor = COMMAND_LINE,
) -> tuple[Result, ...]:
    """*Test Connection* before it is saved; nothing is kept."""
    require(actor, "connections.create")
    account_of(services, account_id)
    check_place(actor, place)
    allow(services, account_id, actor, "credentials")
    credential = credential_of(services, account_id, key_file, impersonate)
    kept = keep_credential(services, account_id, place.url, credential, WHAT)
    try:
        trial = told_trial(lambda: services.looks.given(account_id, place, kept, ""), access)
    finally:
        destroy_key(services, kept.secret)
    return results_of(trial, access)


def try_connection(
    services: Services, account_id: int, connection_id: int, *, actor: Actor = COMMAND_LINE
) -> tuple[Result, ...]:
    """*Test Connection* with what is saved, as a run would open it."""
    require(actor, "connections.test")
    saved = connection_of(services, account_id, connection_id)
    allow(services, account_id, actor, "test")
    trial = told_trial(lambda: services.looks.saved(account_id, connection_id), saved.access)
    results = results_of(unless_moved(trial, saved), saved.access)
    failed, now = failed_result(results), services.clock()
    reason = None if failed is None else failed.reason

    def store(connection: Connection) -> None:
        if proves(reason):
            connections.note_probe(connection, account_id, connection_id, reason, now)
        detail = {"works": failed is None, "reason": reason}
        target = str(connection_id)
        record_audit(connection, actor, account_id, "connections.test", target, detail, now=now)

    services.database.run(store)
    return results


def check_place(actor: Actor, place: Dataset) -> None:
    """A folder of the machine that runs this is for the person who sits at it: InvalidInput."""
    if place.is_local and not at_machine(actor):
        raise InvalidInput("Name a project of Google Cloud, for example my-project-1.")
    if place.is_local and place.dataset:
        raise InvalidInput("A folder is a dataset by itself; leave the dataset id empty.")


def check_keyless(place: Dataset, credential: Credential) -> None:
    """Files of this machine are opened without credentials; raises InvalidInput for any."""
    if place.is_local and credential is not None:
        raise InvalidInput("A folder is read without a key or service account; leave them out.")


def connection_of(services: Services, account_id: int, connection_id: int) -> SavedConnection:
    """The connection; raises NotFound when the account has none of this id."""
    saved = services.database.run(lambda c: connections.find(c, account_id, connection_id))
    if saved is None:
        raise missing_connection(account_id, connection_id)
    return saved


def missing_connection(account_id: int, connection_id: int) -> NotFound:
    """The account has no such connection."""
    return NotFound(
        f"The account {account_id} has no connection {connection_id}; look at the list of its "
        "connections."
    )


def trial_of(open_it: Callable[[], Source], access: Access) -> Trial:
    """What is found; a credential that does not let us in is the project's result."""
    try:
        return open_it().try_out(access)
    except CustomerFault as fault:
        # Whose service account it is could not be told, or it does not let us act for it.
        return Trial(failed_at=ConnectionPart.PROJECT, fault=fault)


def told_trial(open_it: Callable[[], Source], access: Access) -> Trial:
    """The same for whoever asked, who is told of what hinders the trial alone as well."""
    try:
        return trial_of(open_it, access)
    except SluiceError as error:
        if not may_be_told(error):
            raise
        return Trial(failed_at=ConnectionPart.PROJECT, fault=error)


def unless_moved(trial: Trial, saved: SavedConnection) -> Trial:
    """The trial, failed when the dataset is elsewhere than it was when it was saved."""
    if trial.failed_at is not None or trial.location in (None, saved.location):
        return trial
    fault = CustomerFault(
        f"The dataset was in {saved.location} when the connection was saved and is in "
        f"{trial.location} now.",
        reason="import-location-moved",
    )
    return replace(trial, failed_at=ConnectionPart.DATASET, fault=fault)


def refuse(trial: Trial, access: Access) -> None:
    """Raise ConnectionRefused, with advice and all results, when the trial failed.

    What hinders the trial alone is raised as itself, with what to do about that.
    """
    results = results_of(trial, access)
    failed = failed_result(results)
    if failed is None:
        return
    if not isinstance(trial.fault, CustomerFault):
        raise fault_of(failed.reason, f"{failed.detail} {failed.advice}") from trial.fault
    raise ConnectionRefused(
        f"{failed.detail} {failed.advice}", reason=failed.reason, results=results
    ) from trial.fault
