"""Profiles are versions: what is new is added, what says nothing new is not."""

from typing import Any

import pytest

from tests.local.warehouse import Shop, rejects

A: dict[str, Any] = {"object_id": "1", "name": "A", "Gender": "F"}
B: dict[str, Any] = {"object_id": "1", "name": "B"}


def counts(shop: Shop, *rows: dict[str, Any], **choices: Any) -> tuple[int, int]:
    report = shop.load(shop.lines("p.jsonl", *rows), kind="profiles", **choices)
    return report.rows_loaded, report.rows_already_there


def test_the_columns_of_a_profile_arrive_and_others_become_properties(shop: Shop):
    row = {
        **A, "comm_prefs": {"MSG-push": True}, "subscription_groups": {"N": False},
        "device": {"make": "x"}, "all_identities": ["u"], "deleted": "true", "props": {"z": 1},
    }  # fmt: skip
    counts(shop, row)
    found = shop.rows(
        "object_id, name, all_identities, device, comm_prefs, subscription_groups, props, deleted,"
        " updated_at::VARCHAR",
        "profiles",
        "object_id",
    )
    assert found == [
        (
            "1", "A", ["u"], '{"make":"x"}', '{"MSG-push":true}', '{"N":false}',
            '{"z":1,"Gender":"F"}', True, "2026-11-22 06:00:00+00",
        )
    ]  # fmt: skip


def test_a_version_equal_to_the_newest_is_not_added_again(shop: Shop):
    assert counts(shop, A) == (1, 0)
    assert counts(shop, A) == (0, 1)
    assert counts(shop, B) == (1, 0)
    assert counts(shop, A) == (1, 0)
    assert counts(shop, A, account_id=2) == (1, 0)
    assert shop.rows("name", "profiles", "account_id, updated_at") == ["A", "B", "A", "A"]


def test_of_several_rows_of_a_profile_without_a_time_the_last_one_counts(shop: Shop):
    assert counts(shop, A, B) == (1, 1)
    assert counts(shop, A, B) == (0, 2)
    assert shop.rows("name", "profiles", "name") == ["B"]


@pytest.mark.parametrize("column", [None, "changed"])
def test_versions_with_their_own_times_are_loaded_once_in_any_order(shop: Shop, column: str | None):
    key = column or "updated_at"
    days = {"01": A, "02": A, "03": B, "04": A}
    rows = [{**row, key: f"2026-11-{day}"} for day, row in days.items()]
    assert counts(shop, *rows, arrived=column) == (3, 1)
    assert counts(shop, *rows, arrived=column) == (0, 4)
    assert counts(shop, *reversed(rows), arrived=column) == (0, 4)
    assert shop.rows("name, (updated_at::VARCHAR)[:10]", "profiles", "updated_at") == [
        ("A", "2026-11-01"), ("B", "2026-11-03"), ("A", "2026-11-04")
    ]  # fmt: skip


def test_profiles_that_cannot_be_loaded_are_told(shop: Shop):
    file = shop.lines(
        "p.jsonl",
        {"name": "x"},
        {**A, "deleted": "perhaps"},
        {**A, "updated_at": "x"},
        {**A, "props": 1},
    )
    report = shop.load(file, kind="profiles")
    assert [r["reason"] for r in rejects(report)] == [
        "no object_id",
        "deleted is neither true nor false",
        "unreadable time in updated_at",
        "props is not a JSON object",
    ]
