"""Bounds of one run, of an export or of an import, each with its reason."""

from dataclasses import dataclass
from datetime import timedelta

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run; tests make them small to reach the edges with little data."""

    # The promise to the reader of a file: payload before gzip for text, stored bytes for Parquet.
    file_bytes_max: int = 100 * MB
    # Planned size of a part: 20 % below the limit, so that a wrong estimate rarely overflows.
    slice_bytes: int = 80 * MB
    # Files of one slice: keeps a slice's work well under a lease and its state row small.
    slice_files: int = 200
    # One process keeps one open file per slice while it freezes a window locally; usual shells
    # allow 1,024 open files.
    snapshot_slices_open: int = 400
    # A lease is longer than the longest slice; a worker that renews it was not killed.
    lease: timedelta = timedelta(minutes=10)
    # A message that was published and not acted on for so long is published again by the tick.
    redeliver_after: timedelta = timedelta(minutes=15)
    # Attempts of one slice or plan on transient faults before the run fails.
    attempts_max: int = 20
    # A snapshot lives a day longer than the warehouse's own time travel of 7 days.
    snapshot_ttl: timedelta = timedelta(days=8)
    # What a run's bytes cost, for the estimate on it: BigQuery's price on demand in US and EU.
    warehouse_usd_per_tib: float = 6.25
    # BigQuery shows its past for 7 days; a plan takes hours at most.
    time_travel: timedelta = timedelta(days=6, hours=12)
    # Windows recorded by one tick for one export; the rest follow with the next ticks.
    windows_per_tick: int = 500
    # Exports looked at by one tick; the rest follow with the next tick.
    exports_per_tick: int = 5_000
    # Buckets that were not tried for so long are; below the hour between two rounds.
    probe_every: timedelta = timedelta(minutes=50)
    # Trials at a time, and how long a round goes on beginning others: its request has 600 s.
    probes_at_once: int = 8
    probing_time: timedelta = timedelta(minutes=4)
    # The same of connections, after the buckets; eight a second or two are hundreds.
    connections_probing_time: timedelta = timedelta(minutes=1)
    # Days recounted by one run of the monitor, a query of some seconds each; the rest follow with
    # the next run.
    recounts_at_once: int = 400
    # A replay that delivered more than this is compared by its files alone: row by row, both
    # deliveries are read in full once more, and 100 GB are over a dollar.
    compare_bytes: int = 100_000 * MB
    # A preview looks at so many rows, and gives up counting before a browser gives up waiting.
    preview_rows: int = 200
    preview_time: timedelta = timedelta(seconds=10)
    # Imports looked at by one tick; the rest follow with the next tick.
    imports_per_tick: int = 1_000
    # Rows of an import are checked and staged in pieces of so many bytes: several pieces are a
    # few load jobs, and one of them fits into memory with all that is made of it.
    import_piece_bytes: int = 128 * MB
    # Memory that DuckDB may use while rows are checked, in megabytes.
    import_memory_mb: int = 250
    # Rejected rows that are kept with their reasons; all are counted.
    import_rejects_kept: int = 10_000
    # Rows of a dry run, and of a preview of a source.
    import_sample_rows: int = 100
    # A preview may cost no more than this: 20 GB are about 12 cents.
    preview_bytes_billed: int = 20_000 * MB
    # Names of events that a form offers; whoever opens it does not wait long for them.
    event_names: int = 1_000
    event_names_time: timedelta = timedelta(seconds=3)
