"""Picks the adapter behind each port by its address; the only place that names adapters."""

import os
import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from shared.config import Config, from_environment
from shared.errors import InvalidInput
from shared.jobs.services import Services
from shared.logs import write_log
from shared.ports import Bucket, Callers, Queue, Warehouse
from shared.state.database import Database


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
    if not config.push_audience:
        return None
    from shared.adapters.push_tokens import PushTokens

    return PushTokens(config.push_audience, config.push_service_account)


def build(config: Config, *, clock: Callable[[], datetime] | None = None) -> Services:
    """Services for a configuration; adapters are loaded, and connect, on first use."""
    return Services(
        database=Database(config.state_url),
        warehouse=_warehouse(config),
        queue=_queue(config.queue_url),
        bucket=open_bucket,
        clock=clock or _clock(),
        limits=config.limits,
        owner=owner_name(os.getpid()),
    )


def owner_name(pid: int) -> str:
    """The name under which a process of this machine holds leases."""
    return f"{socket.gethostname()}:{pid}"


def open_bucket(url: str) -> Bucket:
    """The bucket at an address; raises InvalidInput for an address of no known kind."""
    from shared.adapters.folder import FolderBucket, path_of

    return FolderBucket(path_of(url))


def _warehouse(config: Config) -> Warehouse:
    scheme, _, rest = config.warehouse_url.partition(":///")
    if scheme != "duckdb":
        raise InvalidInput("WAREHOUSE_URL must be duckdb:///path/to/file.duckdb.")
    from shared.adapters.duckdb_warehouse import DuckDBWarehouse

    return DuckDBWarehouse(
        Path(rest),
        config.staging,
        memory_mb=config.duckdb_memory_mb,
        wait_s=config.warehouse_wait_s,
    )


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
