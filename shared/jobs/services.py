"""What a job works with: the ports, state, limits and the clock of this process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.config import Limits
from shared.ports import Bucket, Queue, Warehouse
from shared.state.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """Built by bootstrap, once a process; every part connects on first use."""

    database: Database
    warehouse: Warehouse
    queue: Queue
    bucket: Callable[[str], Bucket]
    clock: Callable[[], datetime]
    limits: Limits
    # Names this process as the holder of leases.
    owner: str
