"""The warehouse, and what brings rows into it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from shared.bootstrap.first_use import OnFirstUse
from shared.config import Config
from shared.errors import InvalidInput
from shared.import_ports import Landing
from shared.ports import Warehouse

if TYPE_CHECKING:
    from shared.adapters.bigquery_jobs import Jobs
    from shared.adapters.bigquery_load import BigQueryLoader
    from shared.adapters.bigquery_names import Place


def warehouse_of(config: Config) -> Warehouse:
    """Where exports read; raises InvalidInput for an unknown address."""
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

    return BigQueryLoader(_bigquery_jobs(config), ttl=config.bigquery.load_ttl)


def landing_of(config: Config, clock: Callable[[], datetime]) -> Landing:
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

    return BigQueryLanding(_bigquery_jobs(config), ttl=config.bigquery.load_ttl)


def _bigquery_jobs(config: Config) -> "Jobs":
    from shared.adapters.bigquery_names import place_of
    from shared.adapters.bigquery_warehouse import connect

    place = place_of(config.warehouse_url)
    return connect(place, config.bigquery, rest_url=config.bigquery_rest_url)
