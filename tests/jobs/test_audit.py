"""The audit log is read page by page, by who did what, within one account."""

import pytest

from shared.domain.members import SYSTEM, Actor, Role, Via
from shared.errors import InvalidInput
from shared.jobs.audit import DETAIL_BYTES_MAX, list_audit, record_audit
from tests.domain.makers import NOW

ANN = Actor("ann@example.com", Role.ADMIN, Via.IAP)


def record(house, number, actor=ANN, account_id=1, **detail):
    house.services.database.run(
        lambda c: record_audit(
            c, actor, account_id, "exports.stop", str(number), detail, now=house.now
        )
    )


def test_pages_follow_one_another_without_a_gap_or_a_repetition(house):
    for number in range(7):
        record(house, number)
    seen, token = [], None
    while True:
        page = list_audit(house.services, 1, page_size=3, page_token=token)
        seen.append([entry.target for entry in page.items])
        # What comes in between shows on no later page.
        record(house, "new")
        token = page.next_page_token
        if token is None:
            break
    assert seen == [["6", "5", "4"], ["3", "2", "1"], ["0"]]


def test_a_full_last_page_leads_nowhere(house):
    for number in range(2):
        record(house, number)
    assert list_audit(house.services, 1, page_size=2).next_page_token is None


def test_entries_are_found_by_who_did_what(house):
    record(house, 1)
    record(house, 2, actor=SYSTEM)
    assert [e.target for e in list_audit(house.services, 1, actor="system").items] == ["2"]
    assert list_audit(house.services, 1, action="exports.run").items == ()


def test_another_account_sees_nothing_and_its_tokens_lead_nowhere(house):
    for number in range(3):
        record(house, number)
    token = list_audit(house.services, 1, page_size=1).next_page_token
    assert list_audit(house.services, 2).items == ()
    for other in ({"account_id": 2}, {"actor": ANN.email}, {"action": "exports.stop"}):
        with pytest.raises(InvalidInput) as caught:
            list_audit(house.services, **{"account_id": 1} | other, page_token=token)
        assert caught.value.reason == "bad-page-token"


@pytest.mark.parametrize("size", [-1, 0, 201, 10**9])
def test_a_page_of_another_size_is_refused(house, size):
    with pytest.raises(InvalidInput, match="1 to 200"):
        list_audit(house.services, 1, page_size=size)


def test_an_entry_that_is_too_long_is_kept_without_its_detail(house):
    record(house, 1, text="x" * DETAIL_BYTES_MAX)
    [entry] = list_audit(house.services, 1).items
    assert entry.detail == {"dropped": "too long to be kept"}


def test_times_and_the_like_are_kept_as_text(house):
    record(house, 1, at=NOW, role=Role.ADMIN)
    [entry] = list_audit(house.services, 1).items
    assert entry.detail == {"at": str(NOW), "role": "admin"}


def test_an_entry_stands_with_its_change_or_not_at_all(house):
    def change_that_fails(connection):
        record_audit(connection, ANN, 1, "exports.stop", "1", {}, now=house.now)
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        house.services.database.run(change_that_fails)
    assert list_audit(house.services, 1).items == ()
