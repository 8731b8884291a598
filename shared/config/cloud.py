"""Bounds of the work in Google's services."""

from dataclasses import dataclass
from datetime import timedelta

from shared.config.limits import MB


@dataclass(frozen=True, slots=True)
class Publishing:
    """How messages are sent to the queue in the cloud; a message has about 150 bytes."""

    # Pub/Sub takes at most 1,000 messages and 10 MB in one request.
    batch_messages: int = 1_000
    batch_bytes: int = 1 * MB
    # A tick waits so long for the rest of its last batch, which never comes.
    batch_wait_s: float = 0.01
    # Messages held in memory until the server has them: about 40 MB, however large a run is.
    messages_at_once: int = 10_000
    # One request, and all tries together; a push has 600 s for the whole of its work.
    call_s: float = 10
    deadline_s: float = 30


@dataclass(frozen=True, slots=True)
class BigQueryLimits:
    """Bounds of the work in BigQuery; tests make them small."""

    # One call with all its repetitions. The planner's push ends after 600 s and makes a few dozen.
    call_s: float = 60
    # The planner waits so long for a count, twice at most, and its push ends after 600 s; then the
    # message comes again and finds the same jobs.
    query_s: float = 240
    # One attempt at the rows of a slice, 100 MB at the least speed that is still of use.
    read_s: float = 300
    # Attempts in a row at a stream that give no row, and sessions opened for one slice.
    read_attempts: int = 5
    sessions: int = 2
    # Jobs of one step; a job that failed is never run again under its own id.
    jobs_per_step: int = 5
    # BigQuery lets one job write 4,000 partitions; rows without a slice go to one of their own.
    slices_per_table: int = 3_999
    # A mistake must not cost more than this: 20 TiB are about 125 USD. A 10 TB day stays below.
    bytes_billed_max: int = 20 * 2**40
    # What one query on a customer's dataset may cost there: 1 TiB is about 6 USD.
    source_bytes_billed_max: int = 2**40
    # A query of a customer's may take so long; its importer's lease is renewed meanwhile.
    source_query_s: float = 3_000
    # Tables of a load live a day, whatever becomes of the load.
    load_ttl: timedelta = timedelta(days=1)
