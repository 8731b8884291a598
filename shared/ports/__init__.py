"""What the jobs need from the outside world, as small protocols; adapters stand behind them."""

from shared.ports.buckets import Bucket, Created, OpenBucket, Prober, Repacked
from shared.ports.callers import Callers, Identities, SignIn
from shared.ports.messages import TOPIC_SLICES, TOPIC_WINDOWS, Queue
from shared.ports.samples import EventNames, Sample, SampleBounds
from shared.ports.secret_store import Secrets
from shared.ports.snapshots import Frozen, RowChanges, Snapshot, SnapshotGone, SnapshotStatus
from shared.ports.telling import Mail, Mailed, Posts, Verdict
from shared.ports.warehouse import Inventory, Schema, SchemaDetail, Warehouse

__all__ = [
    "TOPIC_SLICES",
    "TOPIC_WINDOWS",
    "Bucket",
    "Callers",
    "Created",
    "EventNames",
    "Frozen",
    "Identities",
    "Inventory",
    "Mail",
    "Mailed",
    "OpenBucket",
    "Posts",
    "Prober",
    "Queue",
    "Repacked",
    "RowChanges",
    "Sample",
    "SampleBounds",
    "Schema",
    "SchemaDetail",
    "Secrets",
    "SignIn",
    "Snapshot",
    "SnapshotGone",
    "SnapshotStatus",
    "Verdict",
    "Warehouse",
]
