"""Picks the adapter behind each port by its address; the only place that names adapters."""

import os
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

from shared.config import Config, MailConfig, from_environment
from shared.credentials.kinds import Credential, ServiceAccountKey
from shared.domain.cloud_names import BUCKET_SCHEME, bucket_name, is_project_id
from shared.domain.connections import Dataset
from shared.errors import CustomerFault, InvalidInput
from shared.import_ports import Landing, Looks, Source
from shared.jobs.customer_buckets import CustomerBuckets
from shared.jobs.customer_sources import CustomerSources
from shared.jobs.services import Services
from shared.logs import write_log
from shared.ports import (
    Bucket,
    Callers,
    Mail,
    OpenBucket,
    Posts,
    Prober,
    Queue,
    Secrets,
    SignIn,
    Warehouse,
)
from shared.reasons import BUCKET_NOT_SAVED, CONNECTION_NOT_SAVED
from shared.state.database import Database
from shared.tracing import make_spans

# Somebody waits for what is found in a customer's dataset: seconds of a call, and of a query.
LOOK_CALL_S, LOOK_QUERY_S = 10, 40

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from requests.adapters import BaseAdapter

    from shared.adapters.bigquery_load import BigQueryLoader
    from shared.adapters.bigquery_names import Place
    from shared.adapters.iam import Iam


@cache
def services() -> Services:
    """The services of this process, built from the environment on the first call."""
    return build(from_environment())


@cache
def start() -> Callers | None:
    """What a function does before its first request: checks its environment and opens its log.

    Gives who may call it; None when the environment does not ask for tokens. Connects nowhere,
    since the server forks after it. Raises InvalidInput, which ends the start.
    """
    config = from_environment()
    if config.log_level:
        write_log(config.log_level)
    if config.traces_exporter:
        from shared.adapters.open_telemetry import open_spans

        make_spans(open_spans(config.traces_exporter))
    if not config.push_audience:
        return None
    from shared.adapters.push_tokens import PushTokens

    accounts = [each.strip() for each in config.push_service_account.split(",")]
    return PushTokens(config.push_audience, *accounts)


@cache
def sign_in() -> SignIn:
    """What proves to the api function who calls; connects nowhere."""
    return sign_in_of(from_environment())


def sign_in_of(config: Config) -> SignIn:
    """The same for a configuration; without one, as in the cloud by mistake, nobody gets in."""
    from shared.adapters.identity_tokens import IapTokens, MachineTokens

    return SignIn(
        iap=IapTokens(config.iap_audience) if config.iap_audience else None,
        machines=MachineTokens(config.api_audience) if config.api_audience else None,
        local_member=config.local_member,
    )


def build(
    config: Config,
    *,
    clock: Callable[[], datetime] | None = None,
    transport: "BaseAdapter | None" = None,
) -> Services:
    """Services for a configuration; adapters are loaded, and connect, on first use.

    A `transport` takes the place of the network between customers' buckets and us.
    """
    database, secrets = _database(config), _secrets(config)
    buckets = CustomerBuckets(database, secrets, partial(open_bucket, transport=transport))
    mailing = config.mail or MailConfig((config.home / "mail").as_uri())
    told = clock or _clock()

    return Services(
        database=database,
        warehouse=_warehouse(config),
        queue=_queue(config.queue_url),
        bucket=buckets,
        secrets=secrets,
        prober=_prober(
            config.prober_url, buckets, partial(open_bucket, brief=True, transport=transport)
        ),
        mail=_mail(mailing, secrets, in_cloud=config.in_cloud),
        mailing=mailing,
        posts=cast(Posts, OnFirstUse(_posts)),
        clock=told,
        source=CustomerSources(database, secrets, partial(open_source, config)),
        looks=_looks(config, database, secrets),
        landing=_landing(config, told),
        limits=config.limits,
        watching=config.watching,
        owner=owner_name(os.getpid()),
        egress_addresses=config.egress_addresses,
        impersonators=config.impersonators,
    )


def owner_name(pid: int) -> str:
    """The name under which a process of this machine holds leases."""
    return f"{socket.gethostname()}:{pid}"


def open_bucket(
    url: str,
    credential: Credential = None,
    *,
    iam: "Iam | None" = None,
    brief: bool = False,
    transport: "BaseAdapter | None" = None,
) -> Bucket:
    """The bucket at an address; raises InvalidInput for an address of no known kind.

    `brief` is for whoever only tries it while somebody waits for the answer. Credentials are put
    together, and ownership is proven, in front of a test server of Cloud Storage too, which is
    then shown neither.
    """
    if not url.startswith(BUCKET_SCHEME):
        from shared.adapters.folder import FolderBucket, path_of

        return FolderBucket(path_of(url))
    name = bucket_name(url)
    emulated = transport is None and bool(os.environ.get("STORAGE_EMULATOR_HOST"))
    google = _google_credentials(credential, iam)
    if google is None and not emulated:
        # Our own credentials, which the client would find by itself, must never stand in.
        raise CustomerFault(
            f"Sluice has no credentials for {url}; save the bucket with the key of a service "
            "account, or with a service account to act as.",
            reason=BUCKET_NOT_SAVED,
        )
    from shared.adapters.gcs import open_gcs
    from shared.adapters.gcs_patience import BRIEF, PATIENCE

    patience = BRIEF if brief else PATIENCE
    return open_gcs(name, None if emulated else google, patience=patience, transport=transport)


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

    google = _google_credentials(credential, iam, BIGQUERY_SCOPE)
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


def _landing(config: Config, clock: Callable[[], datetime]) -> Landing:
    """What brings imported rows into the warehouse; loaded on first use like the warehouse."""
    scheme, _, rest = config.warehouse_url.partition("://")
    if scheme == "bigquery":
        return cast(Landing, OnFirstUse(lambda: _bigquery_landing(config)))
    from shared.adapters.duckdb_landing import DuckDBLanding

    return DuckDBLanding(
        Path(rest.removeprefix("/")),
        config.staging,
        memory_mb=config.limits.import_memory_mb,
        wait_s=config.warehouse_wait_s,
        clock=clock,
    )


def _bigquery_landing(config: Config) -> Landing:
    from shared.adapters.bigquery_landing import BigQueryLanding
    from shared.adapters.bigquery_names import place_of
    from shared.adapters.bigquery_warehouse import connect

    place = place_of(config.warehouse_url)
    jobs = connect(place, config.bigquery, rest_url=config.bigquery_rest_url)
    return BigQueryLanding(jobs, ttl=config.bigquery.load_ttl)


def _google_credentials(
    credential: Credential, iam: "Iam | None", scope: str | None = None
) -> "Credentials | None":
    if credential is None:
        return None
    from shared.credentials.rebuilt import STORAGE_SCOPE, credentials_of

    wanted = scope or STORAGE_SCOPE
    if isinstance(credential, ServiceAccountKey):
        return credentials_of(credential, wanted)
    return (iam or _iam()).credentials_of(credential, wanted)


@cache
def _iam() -> "Iam":
    """Finds out who we are once a process, not once a slice; what others show is read each time."""
    from shared.adapters.iam import Iam

    return Iam()


def _database(config: Config) -> Database:
    if not config.state_url.startswith("cloudsql:"):
        return Database(config.state_url)
    from shared.adapters.cloud_sql import CloudSQL

    return Database(config.state_url, CloudSQL(config.state_url, admin_url=config.sqladmin_url))


def _warehouse(config: Config) -> Warehouse:
    scheme, _, rest = config.warehouse_url.partition("://")
    if scheme == "bigquery":
        from shared.adapters.bigquery_names import place_of

        place = place_of(config.warehouse_url)
        return cast(Warehouse, OnFirstUse(lambda: _bigquery(place, config)))
    if scheme != "duckdb" or not rest.startswith("/"):
        raise InvalidInput(
            "WAREHOUSE_URL must be duckdb:///path/to/file.duckdb or bigquery://project/dataset."
        )
    from shared.adapters.duckdb_warehouse import DuckDBWarehouse

    return DuckDBWarehouse(
        Path(rest.removeprefix("/")),
        config.staging,
        memory_mb=config.duckdb_memory_mb,
        wait_s=config.warehouse_wait_s,
    )


def _bigquery(place: "Place", config: Config) -> Warehouse:
    from shared.adapters.bigquery_warehouse import open_warehouse

    return open_warehouse(
        place,
        config.bigquery,
        snapshot_ttl=config.limits.snapshot_ttl,
        rest_url=config.bigquery_rest_url,
        read_host=config.bigquery_read_host,
    )


def open_loader(config: Config) -> "BigQueryLoader | None":
    """What brings rows into the warehouse; None where whoever loads opens its file himself."""
    if not config.warehouse_url.startswith("bigquery:"):
        return None
    from shared.adapters.bigquery_load import BigQueryLoader
    from shared.adapters.bigquery_names import place_of
    from shared.adapters.bigquery_warehouse import connect

    place = place_of(config.warehouse_url)
    jobs = connect(place, config.bigquery, rest_url=config.bigquery_rest_url)
    return BigQueryLoader(jobs, ttl=config.bigquery.load_ttl)


class OnFirstUse:
    """Stands for an adapter that is slow to load, until somebody asks it for something."""

    def __init__(self, open_adapter: Callable[[], object]) -> None:
        self._open = cache(open_adapter)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._open(), name)


def _secrets(config: Config) -> Secrets:
    scheme, _, rest = config.secrets_url.partition("://")
    if scheme == "file" and rest.startswith("/"):
        from shared.adapters.encrypted_folder import EncryptedFolder

        return EncryptedFolder(Path(unquote(rest)))
    if scheme == "secretmanager" and is_project_id(rest):
        from shared.adapters.secret_manager import SecretManager

        server = config.secret_manager_server
        if server is not None and urlsplit(server).hostname not in ("127.0.0.1", "localhost"):
            raise InvalidInput("SECRET_MANAGER_SERVER must be a test server on this machine.")
        return SecretManager(rest, test_server=server)
    raise InvalidInput("SECRETS_URL must be file:///path/to/folder or secretmanager://project.")


def _prober(url: str, buckets: CustomerBuckets, open_briefly: OpenBucket) -> Prober:
    if url == "inline:":
        from shared.adapters.inline_prober import InlineProber

        brief = replace(buckets, open_with=open_briefly)
        return InlineProber(brief, brief.given)
    parts = urlsplit(url)
    here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    if (
        (parts.scheme != "https" and not here)
        or not parts.hostname
        or parts.query
        or parts.fragment
    ):
        raise InvalidInput(
            "PROBER_URL must be inline: or the https address of the function prober.",
            reason="bad-configuration",
        )
    return cast(Prober, OnFirstUse(lambda: _http_prober(url)))


def _http_prober(url: str) -> Prober:
    from shared.adapters.http_prober import HttpProber

    return HttpProber(url)


def _looks(config: Config, database: Database, secrets: Secrets) -> Looks:
    """Who looks into datasets; where the prober does it, this process reads no key of theirs."""
    if config.prober_url != "inline:":
        return cast(Looks, OnFirstUse(lambda: _http_sources(config.prober_url)))
    limits = replace(config.bigquery, call_s=LOOK_CALL_S, source_query_s=LOOK_QUERY_S)
    brief = replace(config, bigquery=limits)
    from shared.adapters.inline_sources import InlineSources

    return InlineSources(CustomerSources(database, secrets, partial(open_source, brief)))


def _http_sources(url: str) -> Looks:
    from shared.adapters.http_prober import HttpProber
    from shared.adapters.http_sources import HttpSources

    return HttpSources(HttpProber(url))


def _mail(mailing: MailConfig, secrets: Secrets, *, in_cloud: bool) -> Mail:
    scheme, _, rest = mailing.url.partition("://")
    if scheme == "file" and in_cloud:
        from shared.adapters.no_mail import NoMail

        return NoMail()
    if scheme == "file" and rest.startswith("/"):
        from shared.adapters.mail_folder import MailFolder

        return MailFolder(Path(unquote(rest)))
    from shared.adapters.smtp import SmtpMail, server_of
    from shared.mail.message import From

    # A sender that cannot be ends the start, not the first notice.
    From(mailing.sender, mailing.reply_to, mailing.list_id)

    def password() -> str:
        reference = mailing.password_secret
        return secrets.get(reference).decode() if reference else mailing.password

    return SmtpMail(server_of(mailing.url, password))


def _posts() -> Posts:
    from shared.adapters.webhook_posts import WebhookPosts

    return WebhookPosts()


def _queue(url: str) -> Queue:
    if url == "inline:":
        from shared.adapters.inline_queue import InlineQueue

        return InlineQueue()
    project = re.fullmatch(r"pubsub://([a-z0-9.:-]{1,100})", url)
    if project is None:
        raise InvalidInput("QUEUE_URL must be inline: or pubsub://project.")
    from shared.adapters.pubsub import PubSubQueue

    return PubSubQueue(project[1])


def _clock() -> Callable[[], datetime]:
    """The clock of this process; SLUICE_NOW starts it at another moment, to try things out."""
    begin = os.environ.get("SLUICE_NOW")
    if begin is None:
        return lambda: datetime.now(UTC)
    offset: timedelta = datetime.fromisoformat(begin).astimezone(UTC) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + offset
