"""Finds what people name, an account, export or bucket, and says so when there is none."""

from sqlalchemy import Connection

from shared.domain.exports import Account, ExportStatus
from shared.errors import Conflict, NotFound
from shared.jobs.services import Services
from shared.state import accounts, buckets, exports
from shared.state.buckets import SavedBucket
from shared.state.exports import Export


def account_of(services: Services, account_id: int) -> Account:
    """The account; raises NotFound when there is none."""
    return services.database.run(lambda c: existing_account(c, account_id))


def existing_account(connection: Connection, account_id: int) -> Account:
    """The account; raises NotFound when there is none."""
    account = accounts.get(connection, account_id)
    if account is None:
        raise NotFound(f"There is no account {account_id}; set it up first.")
    return account


def export_of(services: Services, account_id: int, export_id: int) -> Export:
    """The export; raises NotFound when the account has none of this id."""
    return services.database.run(lambda c: existing_export(c, account_id, export_id))


def existing_export(connection: Connection, account_id: int, export_id: int) -> Export:
    """The export; raises NotFound when the account has none of this id."""
    export = exports.get(connection, account_id, export_id)
    if export is None:
        raise NotFound(
            f"The account {account_id} has no export {export_id}; look at the list of its exports."
        )
    return export


def bucket_of(services: Services, account_id: int, name: str) -> SavedBucket:
    """The bucket with this address or nickname; raises NotFound when there is none."""
    return services.database.run(lambda c: existing_bucket(c, account_id, name))


def existing_bucket(connection: Connection, account_id: int, name: str) -> SavedBucket:
    """The bucket with this address or nickname; raises NotFound when there is none."""
    saved = buckets.find_named(connection, account_id, name)
    if saved is None:
        raise NotFound(
            f"The account {account_id} has no such bucket; look at the list of its buckets."
        )
    return saved


def refuse_stopped(export: Export) -> None:
    """Raise Conflict when the export was stopped: nothing of it is ever delivered again."""
    if export.status is ExportStatus.STOPPED:
        raise Conflict(f"The export {export.export_id} is STOPPED: create it again.")


def refuse_ended(export: Export) -> None:
    """Raise Conflict when no window of the export is to come."""
    refuse_stopped(export)
    if export.status is ExportStatus.DONE:
        raise Conflict(
            f"The export {export.export_id} is DONE: replay its run, or create it again."
        )
