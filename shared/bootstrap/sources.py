"""Customers' datasets that imports read."""

from typing import TYPE_CHECKING

from shared.bootstrap.credentials import google_credentials
from shared.config import Config
from shared.credentials.kinds import Credential
from shared.domain.connections import Dataset
from shared.errors import CustomerFault, InvalidInput
from shared.import_ports import Source
from shared.reasons import CONNECTION_NOT_SAVED

if TYPE_CHECKING:
    from shared.adapters.iam import Iam


def open_source(
    config: Config, place: Dataset, credential: Credential, location: str, iam: "Iam | None" = None
) -> Source:
    """A customer's dataset; raises InvalidInput for a folder in the cloud.

    As with buckets, a test server of BigQuery is shown no credentials, but they are proven.
    """
    if place.is_local:
        if config.in_cloud:
            raise InvalidInput("A folder can be imported from on your own machine only.")
        from shared.adapters.local_source import LocalSource

        return LocalSource(place, memory_mb=config.limits.import_memory_mb)
    from shared.credentials.rebuilt import BIGQUERY_SCOPE

    google = google_credentials(credential, iam, BIGQUERY_SCOPE)
    if google is None and not config.bigquery_rest_url:
        raise CustomerFault(
            "Sluice has no credentials for this dataset; give the connection a key, or a service "
            "account to act as.",
            reason=CONNECTION_NOT_SAVED,
        )
    from shared.adapters.bigquery_source import open_bigquery_source

    return open_bigquery_source(
        place, google, location, config.bigquery, rest_url=config.bigquery_rest_url
    )
