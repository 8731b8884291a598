"""Settings from the environment, and every limit of the system with its reason."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from shared.errors import InvalidInput

MB = 1_000_000
T = TypeVar("T", "Limits", "Watching")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TRACES_EXPORTERS = ("otlp", "console")
_SERVICE_ACCOUNT = re.compile(r"[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com")


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


@dataclass(frozen=True, slots=True)
class Watching:
    """Bounds of one look of the monitor, and how long what proves nothing is kept."""

    # Rows of state read at a time, and incidents that one transaction warns of or closes: as many
    # as an e-mail can list.
    rows_at_once: int = 1_000
    incidents_at_once: int = 200
    # Buckets tried at a time, and time for all of them; the rest is told by the next look. The
    # call of the function ends after 540 s.
    probes_at_once: int = 8
    probes_time: timedelta = timedelta(minutes=4)
    # Data reaches back 60 days, and windows that failed before that are an operator's work.
    failures_reach: timedelta = timedelta(days=60)
    # The monitor looks every hour. When it has not looked for longer than this, it was down or the
    # clock was set forward, and nobody can tell which: that time is not held against a customer.
    believed_gap: timedelta = timedelta(hours=3)
    # A window that failed again is planned again later each time, up to 16 times this: a little
    # less than an hour, so that no look comes a moment too early.
    retry_after: timedelta = timedelta(minutes=50)
    # A probe may be wrong: once a day a run tries what the probe says is closed.
    trial_against_probe_after: timedelta = timedelta(hours=20)
    # Retries of a run that failed by a fault of ours; then it is an operator's work.
    our_retries_max: int = 3
    # A run of a window of a day is written in an hour or two.
    stuck_after: timedelta = timedelta(hours=6)
    stuck_shown: int = 20
    # Answers to repeated requests are promised for a day, and rates forget within a minute.
    keep_requests: timedelta = timedelta(days=2)
    keep_rates: timedelta = timedelta(days=2)
    # Who changed what is asked within a year; dead letters, while their cause is looked for.
    keep_audit: timedelta = timedelta(days=400)
    keep_dead_letters: timedelta = timedelta(days=30)
    # A webhook gets a message within a day or never; its page shows the newest few.
    keep_webhook_messages: timedelta = timedelta(days=30)
    # Rejected rows hold customers' values, and may be many at each run; their counts by reason
    # stay with the run for good.
    keep_import_rejects: timedelta = timedelta(days=90)
    # Rows that one look removes from one table, and by one statement.
    purge_max: int = 100_000
    purge_at_once: int = 5_000


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


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and as many in this time for good."""

    count: int
    every: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often one member may ask for what costs others something; tests make them small."""

    # A test logs in to the customer's cloud, and tells whether guessed credentials are right.
    test: Rate = Rate(10)
    # A preview reads the warehouse, which bills for it.
    preview: Rate = Rate(20)
    # A change of credentials tries them, and makes a secret.
    credentials: Rate = Rate(10)
    # A run by hand, a retry or a replay delivers a window.
    run: Rate = Rate(30)
    # A drill keeps one processor busy for seconds.
    drill: Rate = Rate(3)


# Below SLUICE_HOME: the bucket of a first export on one's own machine.
TRIAL_BUCKET = "bucket"


@dataclass(frozen=True, slots=True)
class MailConfig:
    """How notices leave: through which server, from whom, and where their links lead."""

    # smtp://user@host:587 (STARTTLS), smtps://user@host:465, or a folder.
    url: str
    # The password itself, or where it lies in the store of secrets; neither is in the address.
    password: str = field(default="", repr=False)
    password_secret: str = ""
    # `Name <address>`, or an address.
    sender: str = "Sluice <sluice@localhost>"
    reply_to: str = ""
    # The name of the list for filters of mail programs, such as notices.sluice.example.com.
    list_id: str = ""
    # Where people reach the dashboard.
    dashboard_url: str = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Config:
    """Which services stand behind the ports; addresses may hold secrets and have no repr."""

    home: Path
    state_url: str
    warehouse_url: str
    queue_url: str
    secrets_url: str
    # The address of a test server on this machine, reached without credentials.
    secret_manager_server: str | None
    staging: Path
    # Memory DuckDB may use for a plan or a load, in megabytes, before it spills to disk.
    duckdb_memory_mb: int
    # Seconds to wait for another process of this laptop that holds the warehouse file.
    warehouse_wait_s: float
    limits: Limits
    watching: Watching = Watching()
    # Who may push: the audience and, with commas between them, the service accounts of the
    # pushes' tokens, both or neither.
    push_audience: str = ""
    push_service_account: str = ""
    # Events of this level and above go to standard output; none do when it is empty.
    log_level: str = ""
    # Where OpenTelemetry takes spans to; nothing of it is loaded when it is empty.
    traces_exporter: str = ""
    # Where a test server stands in for the Cloud SQL Admin API.
    sqladmin_url: str | None = None
    bigquery: BigQueryLimits = BigQueryLimits()
    # Where an emulator of BigQuery listens that asks for no credentials: the address of its REST
    # interface, and host:port of its Storage Read API, for which the library has no variable.
    bigquery_rest_url: str = ""
    bigquery_read_host: str = ""
    # Whom the api function believes: IAP's header for this audience, Google's tokens of service
    # accounts for that one, or, on this machine only, whoever asks to be this member.
    iap_audience: str = ""
    api_audience: str = ""
    local_member: str = ""
    # Cloud Run names the service in every container of it.
    in_cloud: bool = False
    # Who tries customers' buckets: this process, or the function prober at this address.
    prober_url: str = "inline:"
    # Where our requests to customers come from, for their lists of allowed addresses.
    egress_addresses: tuple[str, ...] = ()
    # The accounts that customers without a key allow to act as a service account of theirs.
    impersonators: tuple[str, ...] = ()
    # None: a folder below `home`.
    mail: MailConfig | None = None

    def __post_init__(self) -> None:
        if self.local_member and self.in_cloud:
            raise InvalidInput(
                "LOCAL_MEMBER lets everybody in who reaches this machine, so it cannot be set in "
                "the cloud; set IAP_AUDIENCE there.",
                reason="bad-configuration",
            )
        if bool(self.push_audience) != bool(self.push_service_account):
            raise InvalidInput(
                "PUSH_AUDIENCE and PUSH_SERVICE_ACCOUNT belong together: set both, or neither "
                "where no push has to be verified.",
                reason="bad-configuration",
            )
        if self.log_level not in ("", *LOG_LEVELS):
            raise InvalidInput(
                f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.", reason="bad-configuration"
            )

        if self.traces_exporter not in ("", *TRACES_EXPORTERS):
            raise InvalidInput(
                f"OTEL_TRACES_EXPORTER must be none or one of {', '.join(TRACES_EXPORTERS)}.",
                reason="bad-configuration",
            )

    def __repr__(self) -> str:
        return f"Config(home={str(self.home)!r})"


def from_environment(environ: Mapping[str, str] | None = None) -> Config:
    """Read the configuration; everything has a local default below SLUICE_HOME (`.sluice`)."""
    env = os.environ if environ is None else environ
    home = Path(env.get("SLUICE_HOME", ".sluice")).absolute()
    return Config(
        home=home,
        state_url=env.get("STATE_URL", f"sqlite:///{home / 'state.sqlite'}"),
        warehouse_url=env.get("WAREHOUSE_URL", f"duckdb:///{home / 'warehouse.duckdb'}"),
        queue_url=env.get("QUEUE_URL", "inline:"),
        secrets_url=env.get("SECRETS_URL", (home / "secrets").as_uri()),
        secret_manager_server=env.get("SECRET_MANAGER_SERVER"),
        staging=Path(env.get("STAGING_DIR", str(home / "staging"))),
        duckdb_memory_mb=int(env.get("DUCKDB_MEMORY_MB", "1500")),
        warehouse_wait_s=float(env.get("WAREHOUSE_WAIT_S", "120")),
        limits=_numbers(Limits, "LIMIT", env),
        watching=_numbers(Watching, "WATCH", env),
        push_audience=env.get("PUSH_AUDIENCE", ""),
        push_service_account=env.get("PUSH_SERVICE_ACCOUNT", ""),
        log_level=env.get("LOG_LEVEL", ""),
        traces_exporter=env.get("OTEL_TRACES_EXPORTER", "none").replace("none", ""),
        sqladmin_url=env.get("SQLADMIN_URL"),
        bigquery_rest_url=env.get("BIGQUERY_EMULATOR_HOST", ""),
        bigquery_read_host=env.get("BIGQUERY_READ_EMULATOR_HOST", ""),
        iap_audience=env.get("IAP_AUDIENCE", ""),
        api_audience=env.get("API_AUDIENCE", ""),
        local_member=env.get("LOCAL_MEMBER", ""),
        in_cloud="K_SERVICE" in env,
        prober_url=env.get("PROBER_URL", "inline:"),
        egress_addresses=_addresses(env.get("EGRESS_ADDRESSES", "")),
        impersonators=_service_accounts(env.get("IMPERSONATORS", "")),
        mail=_mail(env, home),
    )


def _mail(env: Mapping[str, str], home: Path) -> MailConfig:
    given = {
        "password": env.get("MAIL_PASSWORD"),
        "password_secret": env.get("MAIL_PASSWORD_SECRET"),
        "sender": env.get("MAIL_FROM"),
        "reply_to": env.get("MAIL_REPLY_TO"),
        "list_id": env.get("MAIL_LIST_ID"),
        "dashboard_url": env.get("DASHBOARD_URL"),
    }
    if not re.fullmatch(r"(https?://[!-~]+)?", given["dashboard_url"] or ""):
        raise InvalidInput(
            "DASHBOARD_URL must be the address of the dashboard, such as "
            "https://sluice.example.com.",
            reason="bad-configuration",
        )
    url = env.get("MAIL_URL", (home / "mail").as_uri())
    if not url.startswith("file:") and not given["sender"]:
        raise InvalidInput(
            "Set MAIL_FROM to the address that notices come from.", reason="bad-configuration"
        )
    return MailConfig(url, **{name: text for name, text in given.items() if text})


def _addresses(text: str) -> tuple[str, ...]:
    """The IP addresses of a comma-separated list; customers copy them into their firewalls."""
    try:
        return tuple(str(ip_address(piece)) for piece in _pieces(text))
    except ValueError:
        raise InvalidInput(
            "EGRESS_ADDRESSES must be IP addresses with commas between them.",
            reason="bad-configuration",
        ) from None


def _service_accounts(text: str) -> tuple[str, ...]:
    """The service accounts of a comma-separated list; customers copy them into grants."""
    found = _pieces(text)
    if not all(_SERVICE_ACCOUNT.fullmatch(piece) for piece in found):
        raise InvalidInput(
            "IMPERSONATORS must be addresses of service accounts with commas between them.",
            reason="bad-configuration",
        )
    return found


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in text.split(",") if piece.strip())


def _numbers(kind: type[T], prefix: str, env: Mapping[str, str]) -> T:
    """Limits, of which LIMIT_SLICE_BYTES and the like set others; times are in seconds."""
    chosen: dict[str, Any] = {}
    for limit in fields(kind):
        name = f"{prefix}_{limit.name.upper()}"
        if name not in env:
            continue
        if not re.fullmatch(r"[1-9][0-9]{0,14}", env[name]):
            raise InvalidInput(f"{name} must be a whole number above 0.")
        number = int(env[name])
        is_time = isinstance(limit.default, timedelta)
        chosen[limit.name] = timedelta(seconds=number) if is_time else number
    return kind(**chosen)
