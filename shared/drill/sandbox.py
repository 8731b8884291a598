"""A whole Sluice in one folder for a drill, with a key, a bucket and a clock of its own."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shared.adapters.duckdb_file import advance_clock, connect
from shared.adapters.inline_queue import InlineQueue
from shared.bootstrap import build
from shared.config import Config, Limits, MailConfig, Watching
from shared.credentials.key_file import TOKEN_URI
from shared.domain.account_settings import AccountSettings
from shared.domain.exports import DataType, Frequency
from shared.domain.local_time import local_date
from shared.domain.members import SYSTEM, Actor, Role, Via
from shared.drill.cloud import DrillCloud
from shared.errors import OurFault, Transient
from shared.jobs.manage_buckets import add_bucket
from shared.jobs.manage_exports import create_export
from shared.jobs.manage_members import put_member
from shared.jobs.monitor import monitor
from shared.jobs.outbox import send_outbox
from shared.jobs.plan import plan
from shared.jobs.schedule import schedule
from shared.jobs.services import Services
from shared.jobs.write_slice import write_slice
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from shared.state import accounts
from shared.state.exports import Export

BUCKET = "gs://drill-bucket"
NAME = "failure-drill"
EVERY = timedelta(hours=4)
# Rows from the day before until long after the end, one each quarter of an hour.
DAYS = 10
_PROJECT = "sluice-failure-drill"
_MEMORY_MB = 300
# Rounds of messages after which a queue that is not empty never will be.
_ROUNDS_MAX = 50
# Messages go round at once, so that what waits for one was lost; and nothing here is large.
_LIMITS = Limits(redeliver_after=timedelta(minutes=1), probes_at_once=1, snapshot_slices_open=20)
# Where nothing is due, the drill's monitor looks each fourth hour only.
_WATCHING = Watching(believed_gap=timedelta(hours=5))
_JOBS: Mapping[str, Callable[..., None]] = {TOPIC_WINDOWS: plan, TOPIC_SLICES: write_slice}


class Sandbox:
    """Services over one folder that reach nothing outside of it; `now` is their clock."""

    def __init__(self, folder: Path, mailing: MailConfig, now: datetime) -> None:
        self.folder = folder
        self.now = now
        self.bucket = folder / "bucket"
        self.mails = folder / "mail"
        self.cloud = DrillCloud(self.bucket)
        self._warehouse = folder / "warehouse.duckdb"
        config = Config(
            home=folder,
            state_url=f"sqlite:///{folder / 'state.sqlite'}",
            warehouse_url=f"duckdb:///{self._warehouse}",
            queue_url="inline:",
            secrets_url=(folder / "secrets").as_uri(),
            secret_manager_server=None,
            staging=folder / "staging",
            duckdb_memory_mb=_MEMORY_MB,
            warehouse_wait_s=10,
            limits=_LIMITS,
            watching=_WATCHING,
            mail=MailConfig(
                self.mails.as_uri(),
                sender=mailing.sender,
                reply_to=mailing.reply_to,
                list_id=mailing.list_id,
                dashboard_url=mailing.dashboard_url,
            ),
        )
        self.services: Services = build(config, clock=lambda: self.now, transport=self.cloud)
        # Kept open, so that each step of the drill opens it in no time.
        self._kept = ExitStack()
        self._kept.enter_context(connect(self._warehouse, wait_s=10, memory_mb=_MEMORY_MB))

    def set_up(self, account: AccountSettings, email: str) -> Export:
        """Tables, rows, the account with one admin, a saved bucket, and the export."""
        services, account_id = self.services, account.account_id
        services.database.migrate()
        plain = AccountSettings(account_id, account.database_id, account.time_zone)
        named = AccountSettings(
            plain.account_id, plain.database_id, plain.time_zone, name=account.name
        )
        services.database.run(lambda c: accounts.put_settings(c, named))
        put_member(services, SYSTEM, account_id, email, Role.ADMIN)
        yesterday = local_date(self.now, account.time_zone) - timedelta(days=1)
        self._load(account_id)
        add_bucket(services, account_id, BUCKET, key_file=_key_file())
        return create_export(
            services,
            account_id,
            actor=Actor(email, Role.ADMIN, Via.COMMAND),
            name=NAME,
            bucket=BUCKET,
            data_type=DataType.ALL_EVENTS,
            frequency=Frequency.RECURRING,
            every=EVERY,
            start_on=yesterday,
        )

    def work(self) -> None:
        """One tick of the scheduler, and all that planner and worker are told by it."""
        schedule(self.services, self.now)
        self._drain()

    def look(self) -> None:
        """One look of the monitor, and all that it lets go."""
        monitor(self.services, self.now)
        self._drain()

    def send(self) -> None:
        """Send the e-mails that are due."""
        send_outbox(self.services, self.now)

    def close(self) -> None:
        """Let go of state and of the warehouse."""
        self._kept.close()
        self.services.database.close()

    def rows_between(self, start: datetime, end: datetime) -> int:
        """How many rows arrived within these times."""
        with connect(self._warehouse, wait_s=10, memory_mb=_MEMORY_MB) as con:
            found = con.execute(
                "SELECT count(*) FROM events WHERE ingested_at >= ? AND ingested_at < ?",
                [start, end],
            ).fetchone()
        return 0 if found is None else int(found[0])

    def _load(self, account_id: int) -> None:
        """Events with an arrival time of their own, most of which lies ahead."""
        with connect(self._warehouse, wait_s=10, memory_mb=_MEMORY_MB) as con:
            told = advance_clock(con, self.now)
            begin = (self.now - timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
            con.execute(
                "INSERT INTO events (account_id, event_id, event_name, ts, ingested_at, object_id,"
                " all_identities, platform, event_props, loaded_at) "
                "SELECT $account, 'drill-' || n, CASE n % 2 WHEN 0 THEN 'Product Viewed' "
                "ELSE 'Charged' END, $begin + n * INTERVAL 15 MINUTE, "
                "$begin + n * INTERVAL 15 MINUTE + INTERVAL 2 SECOND, 'drill-' || n % 50, [], "
                "'Web', '{\"drill\": true}', $told FROM range($rows) AS made(n)",
                {"account": account_id, "begin": begin, "told": told, "rows": DAYS * 96},
            )

    def _drain(self) -> None:
        queue = self.services.queue
        assert isinstance(queue, InlineQueue)
        for _ in range(_ROUNDS_MAX):
            messages = queue.take()
            if not messages:
                return
            for topic, content in messages:
                self._deliver(topic, content)
        raise OurFault("The drill's queue never got empty.")

    def _deliver(self, topic: str, content: Mapping[str, Any]) -> None:
        try:
            _JOBS[topic](self.services, **content)
        except Transient:
            # The next tick publishes it again, as the queue in the cloud would.
            return


def _key_file() -> bytes:
    """The key of a service account that nobody has, made anew for each drill."""
    made = rsa.generate_private_key(65_537, 2_048)
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    fields = {
        "type": "service_account",
        "project_id": _PROJECT,
        "private_key_id": "0" * 40,
        "private_key": pem,
        "client_email": f"drill@{_PROJECT}.iam.gserviceaccount.com",
        "token_uri": TOKEN_URI,
    }
    return json.dumps(fields).encode("ascii")
