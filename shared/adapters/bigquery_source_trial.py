"""Tries a customer's dataset: the project, the dataset, and what the service account may do."""

from typing import Any

from google.api_core.exceptions import GoogleAPIError
from google.cloud import bigquery

from shared.adapters.bigquery_source_errors import their_faults
from shared.domain.connections import Access, ConnectionPart, Dataset, Trial
from shared.errors import CustomerFault

_READ = ("bigquery.tables.get", "bigquery.tables.getData")
_WRITE = ("bigquery.tables.updateData",)


def try_out(
    client: bigquery.Client, place: Dataset, access: Access, options: dict[str, Any]
) -> Trial:
    """What is found; raises Transient when that cannot be told for now."""
    part = ConnectionPart.PROJECT
    location = None
    try:
        with their_faults("open the project"):
            list(client.list_datasets(project=place.project, max_results=1, **options))
        part = ConnectionPart.DATASET
        with their_faults("find the dataset"):
            reference = bigquery.DatasetReference(place.project, place.dataset)
            location = str(client.get_dataset(reference, **options).location)
        part = ConnectionPart.PERMISSIONS
        with their_faults("try a query without running it (BigQuery Job User)"):
            config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
            client.query(
                "SELECT 1", job_config=config, location=location, job_retry=None, **options
            )
        with their_faults("list the tables of the dataset"):
            tables = list(client.list_tables(reference, max_results=1, **options))
    except CustomerFault as fault:
        return Trial(failed_at=part, fault=fault, location=location)
    missing = _missing(client, tables[0].reference, access, options) if tables else None
    if missing:
        lacking = CustomerFault(
            f"The service account lacks {', '.join(missing)}.", reason="import-roles-missing"
        )
        return Trial(failed_at=part, fault=lacking, location=location, missing=missing)
    return Trial(location=location, missing=missing)


def _missing(
    client: bigquery.Client, table: Any, access: Access, options: dict[str, Any]
) -> tuple[str, ...] | None:
    """The rights that are not granted; None when the server does not tell."""
    wanted = (*_READ, *(_WRITE if access is Access.READ_WRITE else ()))
    try:
        answer = client.test_iam_permissions(table, list(wanted), **options)
    except GoogleAPIError:
        return None
    granted = set(answer.get("permissions", ()))
    return tuple(right for right in wanted if right not in granted)
