"""What every request asks about its sender is led by an index, however many members there are."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from shared.domain.members import SYSTEM, Role
from shared.state import accounts, api_keys, audit, idempotency, members, rates, signing_secrets
from shared.state.idempotency import RequestKey
from tests.domain.makers import NOW
from tests.state.makers import ACCOUNT
from tests.state.test_query_plans import scans, statements

ANN = "ann@example.com"
KEY = RequestKey(ACCOUNT, ANN, "request-1")


def entries(before_id=10**9, **filters):
    return lambda c: audit.list_newest(c, ACCOUNT, before_id=before_id, limit=21, **filters)


QUERIES = {
    "member": lambda c: members.get(c, ACCOUNT, ANN),
    "members": lambda c: members.list_all(c, ACCOUNT),
    "admins": lambda c: members.count_admins(c, ACCOUNT),
    "role": lambda c: members.set_role(c, ACCOUNT, ANN, Role.ADMIN),
    "goodbye": lambda c: members.remove(c, ACCOUNT, ANN),
    "accounts of a member": lambda c: members.accounts_of(c, ANN),
    "settings": lambda c: accounts.get_settings(c, ACCOUNT),
    "key": lambda c: api_keys.find(c, "abcdefABCDEF"),
    "keys": lambda c: api_keys.list_all(c, ACCOUNT),
    "keys in use": lambda c: api_keys.count_living(c, ACCOUNT),
    "keys of a member": lambda c: api_keys.living_ids_of(c, ACCOUNT, ANN),
    "use of a key": lambda c: api_keys.set_used(c, ACCOUNT, "abcdefABCDEF", NOW),
    "end of a key": lambda c: api_keys.revoke(c, ACCOUNT, ["abcdefABCDEF"], NOW),
    "audit log": entries(),
    "newest of the audit log": entries(before_id=None),
    "audit log by action": entries(action="exports.stop"),
    "audit log by actor": entries(actor=ANN),
    "audit log by both": entries(action="exports.stop", actor=ANN),
    "audit entry": lambda c: audit.add(c, SYSTEM, ACCOUNT, "exports.stop", "1", {}, now=NOW),
    "request": lambda c: idempotency.get(c, KEY),
    "claim": lambda c: idempotency.claim(c, KEY, "print", NOW),
    "result": lambda c: idempotency.set_result(c, KEY, {}),
    "old requests": lambda c: idempotency.forget_before(c, ACCOUNT, NOW),
    "rate": lambda c: rates.take(
        c, ACCOUNT, ANN, "test", now=NOW, count=3, every=timedelta(minutes=1)
    ),
    "signing secret": lambda c: signing_secrets.of(c, "pages"),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_about_who_asks_is_led_by_an_index(database, name):
    with database.transaction() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        with statements(connection) as sent:
            QUERIES[name](connection)
        assert sent != []
        assert scans(connection, sent) == []
