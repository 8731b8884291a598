"""Why the warehouse did not give its rows; it is run by whoever runs Sluice."""

from shared.reasons.entry import Reason, ours, transient

_WAIT = "Nothing: it is tried again by itself, and no window is skipped."
_JOBS = "Look at the job in the project's history in the GCP Console: BigQuery > Job history."

ENTRIES: tuple[Reason, ...] = (
    transient(
        "warehouse-unavailable",
        "The warehouse did not answer, or not as it should.",
        "BigQuery or the way to it was disturbed.",
        _WAIT,
    ),
    transient(
        "warehouse-busy",
        "The warehouse asks to wait.",
        "Another process holds the local warehouse's file, or a quota of BigQuery is used up.",
        _WAIT,
    ),
    transient(
        "warehouse-slow",
        "A job of the warehouse takes longer than a step may wait.",
        "BigQuery has much to do; the job goes on meanwhile.",
        _WAIT,
    ),
    transient(
        "warehouse-session-ended",
        "The warehouse ended a session in which rows were read.",
        "BigQuery's read sessions live for a few hours only.",
        _WAIT,
    ),
    ours(
        "warehouse-denied",
        "The warehouse does not let Sluice in.",
        "Sluice's own service account lacks a role in the warehouse's project.",
        "Grant the service account the roles that the README lists.",
        "Retry plans the window afresh.",
    ),
    ours(
        "warehouse-not-found",
        "The warehouse's project, dataset or table is not there.",
        "A name or location in WAREHOUSE_URL is wrong, or the dataset was deleted.",
        "Check the project, the datasets and their location.",
    ),
    ours(
        "warehouse-billing",
        "The warehouse's project is not billed.",
        "Its billing account is closed, or a billing tier is used up.",
        "Enable billing for the project, or raise its billing tier.",
    ),
    ours(
        "warehouse-too-large",
        "A query would read or hold more than is allowed.",
        "The window is larger than the limit of bytes, or than BigQuery gives to one query.",
        "Raise the limit of bytes if so much was meant to be read.",
        "Else choose fewer events or a shorter window.",
    ),
    ours(
        "warehouse-refused",
        "The warehouse refused a query of ours.",
        "The statement or the tables are not as Sluice expects them.",
        "Run check to compare the tables with the schema that Sluice reads.",
        _JOBS,
    ),
    ours(
        "warehouse-job-keeps-failing",
        "A job of the warehouse failed again and again.",
        "Each repetition ended with an error of BigQuery.",
        _JOBS,
        "Retry plans the window afresh.",
    ),
    transient(
        "out-of-memory",
        "There is not enough memory for this work.",
        "DuckDB needs more than DUCKDB_MEMORY_MB or, for imports, LIMIT_IMPORT_MEMORY_MB allows.",
        "Raise DUCKDB_MEMORY_MB, or load fewer files at once.",
        "For an import raise LIMIT_IMPORT_MEMORY_MB, or ask for fewer columns.",
    ),
)
