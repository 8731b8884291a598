"""Which services stand behind the ports of one process, and how it sends e-mails."""

from dataclasses import dataclass, field
from pathlib import Path

from shared.config.cloud import BigQueryLimits
from shared.config.limits import Limits
from shared.config.watching import Watching
from shared.errors import InvalidInput

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TRACES_EXPORTERS = ("otlp", "console")

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
    watching: Watching = field(default_factory=Watching)
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
    bigquery: BigQueryLimits = field(default_factory=BigQueryLimits)
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
