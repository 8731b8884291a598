"""Picks the adapter behind each port by its address; the only place that names adapters."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from shared.config import Config, from_environment
from shared.errors import InvalidInput
from shared.jobs.services import Services
from shared.ports import Bucket, Queue, Warehouse
from shared.state.database import Database

if TYPE_CHECKING:
    from shared.adapters.bigquery_load import BigQueryLoader
    from shared.adapters.bigquery_names import Place


@cache
def services() -> Services:
    """The services of this process, built from the environment on the first call."""
    return build(from_environment())


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


def _queue(url: str) -> Queue:
    if url != "inline:":
        raise InvalidInput("QUEUE_URL must be inline: on this machine.")
    from shared.adapters.inline_queue import InlineQueue

    return InlineQueue()


def _clock() -> Callable[[], datetime]:
    """The clock of this process; SLUICE_NOW starts it at another moment, to try things out."""
    begin = os.environ.get("SLUICE_NOW")
    if begin is None:
        return lambda: datetime.now(UTC)
    offset: timedelta = datetime.fromisoformat(begin).astimezone(UTC) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + offset
