"""What a job works with: the ports, state, limits and the clock of this process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from shared.config import Limits, Rates
from shared.ports import Bucket, Prober, Queue, Secrets, Warehouse
from shared.state.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """Built by bootstrap, once a process; every part connects on first use."""

    database: Database
    warehouse: Warehouse
    queue: Queue
    # (account id, address) -> a bucket of that account.
    bucket: Callable[[int, str], Bucket]
    secrets: Secrets
    # Tries buckets for those who may not read their credentials.
    prober: Prober
    clock: Callable[[], datetime]
    limits: Limits
    # Names this process as the holder of leases.
    owner: str
    # How often one member may ask for what costs something.
    rates: Rates = field(default_factory=Rates)
    # Where our requests to customers come from.
    egress_addresses: tuple[str, ...] = ()
