"""What a job works with: the ports, state, limits and the clock of this process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from shared.config import Limits, MailConfig, Rates, Watching
from shared.errors import OurFault
from shared.import_ports import Landing, Looks, Source
from shared.jobs.recent import Recent
from shared.ports import Bucket, EventNames, Mail, Posts, Prober, Queue, Secrets, Warehouse
from shared.state.database import Database


def _no_source(*_: object) -> Source:
    raise OurFault("This process imports nothing.", reason="bad-configuration")


class _NoLooks:
    saved = given = staticmethod(_no_source)


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
    mail: Mail
    # From whom e-mails come, and where their links lead.
    mailing: MailConfig
    posts: Posts
    clock: Callable[[], datetime]
    limits: Limits
    # Names this process as the holder of leases.
    owner: str
    # (account id, connection id) -> the customer's dataset.
    source: Callable[[int, int], Source] = _no_source
    # The same for those who only look and may not read credentials.
    looks: Looks = field(default_factory=_NoLooks)
    # Where imported rows go.
    landing: Landing | None = None
    # How often one member may ask for what costs something.
    rates: Rates = field(default_factory=Rates)
    # Bounds of the monitor, and how long things are kept.
    watching: Watching = field(default_factory=Watching)
    # Where our requests to customers come from.
    egress_addresses: tuple[str, ...] = ()
    # Which accounts of ours act as a customer's service account, where he gives no key.
    impersonators: tuple[str, ...] = ()
    # (account id, beginning) -> names of events, as the warehouse gave them a while ago.
    event_names: Recent[tuple[int, str], EventNames] = field(
        default_factory=Recent, repr=False, compare=False
    )
