"""A look into BigQuery: what a run would read, first rows, counts and names where it is cheap."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import uuid4

import pyarrow as pa
from google.cloud import bigquery
from google.cloud.bigquery import ScalarQueryParameter

from shared.adapters.bigquery_errors import faults
from shared.adapters.bigquery_jobs import Jobs
from shared.adapters.bigquery_names import Place
from shared.adapters.bigquery_query import Query
from shared.adapters.bigquery_sql import groups_query, identity_sql, parameters, selected
from shared.adapters.row_columns import EVENT_COLUMNS, PROFILE_COLUMNS
from shared.domain.selection import Selection
from shared.errors import Transient
from shared.ports import EventNames, Sample, SampleBounds


def take_sample(jobs: Jobs, selection: Selection, bounds: SampleBounds) -> Sample:
    """The earliest rows and the counts of all, unless they would cost more than the bounds."""
    rows = _rows_query(jobs.place, selection, bounds.rows)
    counts = groups_query(jobs.place, selection)
    needed = {name: dry_bytes(jobs, query) for name, query in (("g", counts), ("r", rows))}
    # A run counts once and copies the rows once.
    processed = sum(needed.values())
    found: Mapping[str, pa.Table] = {}
    if max(needed.values()) <= bounds.bytes:
        found = _answers(_bounded(jobs, bounds), rows=rows, groups=counts)
    return Sample(found.get("rows", pa.table({})), found.get("groups"), processed)


def take_names(jobs: Jobs, account_id: int, prefix: str, bounds: SampleBounds) -> EventNames:
    """The first names of events with this beginning; of one day where all would cost too much."""
    for days in (None, 1):
        query = _names_query(jobs.place, account_id, prefix, bounds.rows + 1, days=days)
        if dry_bytes(jobs, query) > bounds.bytes:
            continue
        found = _answers(_bounded(jobs, bounds), names=query)
        names = found["names"]["event_name"].to_pylist() if found else []
        complete = bool(found) and days is None and len(names) <= bounds.rows
        return EventNames(tuple(names[: bounds.rows]), complete)
    return EventNames((), complete=False)


def dry_bytes(jobs: Jobs, query: Query) -> int:
    """How many bytes the query would be billed for, told without running it."""
    config = bigquery.QueryJobConfig(
        query_parameters=list(query.parameters), dry_run=True, use_query_cache=False
    )
    with faults("tell what a query would read"):
        job = jobs.client.query(
            query.sql,
            job_config=config,
            job_retry=None,
            location=jobs.place.location,
            **jobs.options,
        )
    return int(job.total_bytes_processed or 0)


def _bounded(jobs: Jobs, bounds: SampleBounds) -> Jobs:
    limits = replace(jobs.limits, query_s=bounds.seconds, bytes_billed_max=bounds.bytes)
    return Jobs(jobs.client, jobs.place, limits)


def _answers(jobs: Jobs, **queries: Query) -> dict[str, pa.Table]:
    """The answers of those queries that come in time."""
    begun = {
        name: jobs.start(f"sluice-preview-{uuid4().hex}", query) for name, query in queries.items()
    }
    found = {}
    for name, job in begun.items():
        try:
            found[name] = jobs.table_of(job)
        except Transient:
            # Too slow, or busy: a preview does without it.
            continue
    return found


def _rows_query(place: Place, selection: Selection, count: int) -> Query:
    columns = PROFILE_COLUMNS if selection.profiles else (*EVENT_COLUMNS, "event_name")
    listed = ", ".join(f"s.{column} AS {column}" for column in columns)
    order = "object_id" if selection.profiles else "ts, event_id"
    sql = (
        f"WITH {selected(place, selection)} "
        f"SELECT {listed}, {identity_sql(selection)} AS identity FROM selected AS s "
        f"ORDER BY {order} LIMIT {int(count)}"
    )
    return Query(sql, parameters(selection))


def _names_query(
    place: Place, account_id: int, prefix: str, count: int, *, days: int | None
) -> Query:
    values = [
        ScalarQueryParameter("account_id", "INT64", account_id),
        ScalarQueryParameter("prefix", "STRING", prefix),
    ]
    recent = ""
    if days is not None:
        recent = "AND ingested_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY) "
        values.append(ScalarQueryParameter("days", "INT64", days))
    sql = (
        f"SELECT event_name FROM {place.table('events')} "
        f"WHERE account_id = @account_id AND STARTS_WITH(event_name, @prefix) {recent}"
        f"GROUP BY event_name ORDER BY event_name LIMIT {int(count)}"
    )
    return Query(sql, tuple(values))
