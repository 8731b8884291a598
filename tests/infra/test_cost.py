"""The cost sheet is what the model gives, and the model behaves as a bill does."""

from dataclasses import replace
from pathlib import Path

import pytest

from infra.tools.cost import BEGIN, END, LOADS, PAGE, Load, Prices, estimate, table, write


def all_of(load):
    return sum(estimate(load).values())


def test_the_page_holds_what_the_script_computes():
    inside = PAGE.read_text("utf-8").split(BEGIN)[1].split(END)[0]
    assert inside.strip().splitlines() == list(table(LOADS))


def test_writing_the_page_leaves_the_rest_of_it_alone(tmp_path):
    page = Path(tmp_path / "cost.md")
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write(page)
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n| US dollars a month |")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text


def test_nothing_delivered_costs_what_stands_there_anyway():
    idle = estimate(Load(0))
    assert idle["BigQuery queries"] == idle["BigQuery Read API"] == 0
    assert idle["Cloud SQL"] == pytest.approx(730 * (0.0413 + 3.75 * 0.007) + 20 * 0.17)


def test_ten_times_the_data_costs_at_most_ten_times_as_much():
    assert all_of(Load(100)) < all_of(Load(1_000)) < 10 * all_of(Load(100))


@pytest.mark.parametrize(
    ("change", "line", "more"),
    [
        ({"gzip": True}, "Cloud NAT", False),
        ({"typed": True}, "BigQuery queries", True),
        ({"windows_a_day": 24}, "BigQuery queries", True),
        ({"elsewhere": True}, "Way to buckets elsewhere", True),
        ({"kept_days": 365}, "BigQuery storage", True),
    ],
)
def test_a_choice_shows_in_its_line(change, line, more):
    before, after = estimate(Load(100)), estimate(replace(Load(100), **change))
    assert (after[line] > before[line]) is more
    assert after[line] != before[line]


def test_a_price_shows_in_its_line_alone():
    before = estimate(Load(100))
    after = estimate(Load(100), replace(Prices(), nat_gib=0.0))
    assert [line for line in before if before[line] != after[line]] == ["Cloud NAT"]
