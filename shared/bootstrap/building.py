"""Builds the services of a configuration."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from shared.bootstrap.buckets import open_bucket
from shared.bootstrap.probers import looks_of, prober_of
from shared.bootstrap.sending import mail_of, posts, queue_of
from shared.bootstrap.sources import open_source
from shared.bootstrap.stores import database_of, secrets_of
from shared.bootstrap.warehouses import landing_of, warehouse_of
from shared.config import Config, MailConfig
from shared.jobs.customer_buckets import CustomerBuckets
from shared.jobs.customer_sources import CustomerSources
from shared.jobs.services import Services

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter


def build(
    config: Config,
    *,
    clock: Callable[[], datetime] | None = None,
    transport: "BaseAdapter | None" = None,
) -> Services:
    """Services for a configuration; adapters are loaded, and connect, on first use.

    A `transport` takes the place of the network between customers' buckets and us.
    """
    database, secrets = database_of(config), secrets_of(config)
    buckets = CustomerBuckets(database, secrets, partial(open_bucket, transport=transport))
    mailing = config.mail or MailConfig((config.home / "mail").as_uri())
    told = clock or _clock()

    return Services(
        database=database,
        warehouse=warehouse_of(config),
        queue=queue_of(config.queue_url),
        bucket=buckets,
        secrets=secrets,
        prober=prober_of(
            config.prober_url, buckets, partial(open_bucket, brief=True, transport=transport)
        ),
        mail=mail_of(mailing, secrets, in_cloud=config.in_cloud),
        mailing=mailing,
        posts=posts(),
        clock=told,
        source=CustomerSources(database, secrets, partial(open_source, config)),
        looks=looks_of(config, database, secrets),
        landing=landing_of(config, told),
        limits=config.limits,
        watching=config.watching,
        owner=owner_name(os.getpid()),
        egress_addresses=config.egress_addresses,
        impersonators=config.impersonators,
    )


def owner_name(pid: int) -> str:
    """The name under which a process of this machine holds leases."""
    return f"{socket.gethostname()}:{pid}"


def _clock() -> Callable[[], datetime]:
    """The clock of this process; SLUICE_NOW starts it at another moment, to try things out."""
    begin = os.environ.get("SLUICE_NOW")
    if begin is None:
        return lambda: datetime.now(UTC)
    offset: timedelta = datetime.fromisoformat(begin).astimezone(UTC) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + offset
