"""Counts in words: one of a thing is told in the singular."""

import pytest

from shared.domain.counted import counted


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (2_000, "2,000 rows")]
)
def test_one_of_a_thing_is_told_in_the_singular(count, told):
    assert counted(count, "row") == told


def test_another_plural_and_a_sign_are_told_when_they_are_given():
    assert counted(1, "row was", "rows were") == "1 row was"
    assert counted(3, "row was", "rows were") == "3 rows were"
    assert [counted(n, "row", sign=True) for n in (-1, 0, 1200)] == [
        "-1 row",
        "+0 rows",
        "+1,200 rows",
    ]
