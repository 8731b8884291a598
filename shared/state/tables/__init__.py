"""The tables of state, written once for PostgreSQL and SQLite: a module an area, one MetaData."""

from shared.state.tables.access import accounts, api_keys, members, signing_secrets
from shared.state.tables.asking import audit_log, idempotency_keys, rates
from shared.state.tables.base import metadata
from shared.state.tables.checking import comparisons, recounts
from shared.state.tables.delivery import event_names, exports, files, runs, slices
from shared.state.tables.importing import import_rejects, import_runs, imports, publishes
from shared.state.tables.places import buckets, connections, proofs
from shared.state.tables.telling import (
    notice_incidents,
    notice_mails,
    notice_recipients,
    notices,
    webhook_messages,
    webhooks,
)
from shared.state.tables.watching import dead_letters, incidents, looks

__all__ = [
    "accounts",
    "api_keys",
    "audit_log",
    "buckets",
    "comparisons",
    "connections",
    "dead_letters",
    "event_names",
    "exports",
    "files",
    "idempotency_keys",
    "import_rejects",
    "import_runs",
    "imports",
    "incidents",
    "looks",
    "members",
    "metadata",
    "notice_incidents",
    "notice_mails",
    "notice_recipients",
    "notices",
    "proofs",
    "publishes",
    "rates",
    "recounts",
    "runs",
    "signing_secrets",
    "slices",
    "webhook_messages",
    "webhooks",
]
