"""What an export needs of its account before it is made or changed: events, bucket, features."""

from sqlalchemy import Connection

from shared.domain.account_settings import check_features
from shared.domain.exports import ExportSpec
from shared.errors import InvalidInput
from shared.jobs.services import Services
from shared.jobs.try_bucket import check_target
from shared.state import accounts, buckets


def check_source(services: Services, account_id: int, spec: ExportSpec) -> None:
    """Raise InvalidInput when an event was never seen."""
    unknown = [name for name in spec.events if not services.warehouse.has_event(account_id, name)]
    if unknown:
        raise InvalidInput(
            f"No event named {unknown[0]!r} was ever loaded into account {account_id}; "
            "check its spelling, capital letters included."
        )


def check_source_and_target(services: Services, account_id: int, spec: ExportSpec) -> None:
    """Raise InvalidInput when an event was never seen or the bucket cannot be delivered to."""
    check_source(services, account_id, spec)
    check_target(services, account_id, spec.bucket)


def check_flags(connection: Connection, account_id: int, spec: ExportSpec) -> None:
    """Raise NotAllowed when the account's features do not have such exports."""
    settings = accounts.get_settings(connection, account_id)
    if settings is not None:
        check_features(settings.flags, spec.data_type, spec.frequency)


def is_saved(services: Services, account_id: int, spec: ExportSpec) -> bool:
    """Whether the account has saved the bucket; folders and buckets of test servers are not."""
    return services.database.run(lambda c: buckets.find(c, account_id, spec.bucket)) is not None


def keep_bucket(connection: Connection, account_id: int, spec: ExportSpec, *, saved: bool) -> None:
    """Whoever removes the bucket at this moment waits and sees the export, or was first."""
    if saved and not buckets.hold(connection, account_id, spec.bucket):
        raise InvalidInput(
            f"The bucket {spec.bucket} was removed meanwhile; save it again, or choose another."
        )
