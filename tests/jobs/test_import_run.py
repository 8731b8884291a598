"""An import run brings what changed, once; what cannot be taken has its reason."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.import_specs import SourceQuery
from shared.domain.import_states import Colour, ImportRunStatus
from shared.state import publishes
from tests.adapters.datasets import EVENTS, PROFILES, START, order
from tests.jobs.importing import (
    again,
    connected,
    counted,
    importing,
    ran,
    rejects,
    stored,
    with_limits,
    write_source,
)
from tests.warehouse_rows import HOUR, MINUTE, NOW

SECOND = timedelta(seconds=1)


def rows(*numbers, **values):
    return [order(number, **values) for number in numbers]


def test_the_first_run_brings_all_and_the_next_one_what_changed(house):
    made = importing(house, connected(house, rows(1, 2)))
    first = ran(house, made)
    assert (first.status, first.rows_read, first.rows_new) == (ImportRunStatus.DONE, 2, 2)
    assert first.watermark_to.shown == "2026-11-01 00:00:02+00:00"
    write_source(house, rows(1, 2, 3, 4))
    second = ran(house, made)
    # The row that equals the watermark is read again, and is there already.
    assert (second.rows_read, second.rows_new) == (3, 2)
    assert second.watermark_from == first.watermark_to
    assert second.watermark_to == again(house, made).watermark
    assert counted(house) == {f"user-{n}": 1 for n in (1, 2, 3, 4)}


def test_rows_that_share_the_watermark_are_all_brought(house):
    made = importing(house, connected(house, rows(1, 2, changed=START)))
    ran(house, made)
    write_source(house, rows(1, 2, 3, changed=START) + rows(4))
    assert ran(house, made).rows_new == 2
    assert len(counted(house)) == 4


def test_imported_rows_arrive_when_they_are_published(house):
    made = importing(house, connected(house, rows(1)))
    house.now = NOW + HOUR
    run = ran(house, made)
    assert stored(house, "ingested_at")[0] >= NOW + HOUR
    assert stored(house, "ts") == [order(1)["happened"]]
    assert run.finished_at >= NOW + HOUR


def test_an_update_is_a_new_version_of_the_profile(house):
    made = importing(house, connected(house, rows(1, 2)), mapping=PROFILES)
    assert ran(house, made).rows_new == 2
    write_source(house, [order(1), order(2), order(3, uid="user-1", mail="new@example.org")])
    assert ran(house, made).rows_new == 1
    found = stored(house, "object_id, email", "profiles")
    assert ("user-1", "new@example.org") in found
    assert len(found) == 3


def test_rejected_rows_have_their_reasons_and_the_health_shows_them(house):
    bad = [order(2, uid="null"), order(3, count="x"), order(4, uid=None), order(5, uid="a" * 2000)]
    made = importing(house, connected(house, rows(1) + bad))
    run = ran(house, made)
    assert (run.rows_read, run.rows_rejected, run.rows_new) == (5, 4, 1)
    found = rejects(house, run)
    assert {each["reason"] for each in found} == set(run.rejected_by_reason)
    assert sum(run.rejected_by_reason.values()) == 4
    assert [each["values"]["mail"] for each in found] == [f"u{n}@example.org" for n in (2, 3, 4, 5)]
    health = again(house, made).health
    assert (health.percent, health.colour) == (20.0, Colour.RED)


def test_only_so_many_rejects_are_kept_and_all_are_counted(house):
    with_limits(house, import_rejects_kept=5, import_piece_bytes=1)
    made = importing(house, connected(house, rows(*range(9), uid="nan")))
    run = ran(house, made)
    assert (run.rows_rejected, len(rejects(house, run))) == (9, 5)


def test_rows_come_in_pieces_and_are_numbered_through(house):
    with_limits(house, import_piece_bytes=1)
    write = [order(n, uid="null" if n == 25_000 else f"u{n}") for n in range(30_000)]
    made = importing(house, connected(house, write))
    run = ran(house, made)
    assert (run.rows_read, run.rows_new) == (30_000, 29_999)
    [rejected] = rejects(house, run)
    assert 1 <= rejected["row"] <= 30_000
    assert set(counted(house).values()) == {1}


def test_a_row_from_the_future_does_not_hide_what_is_changed_until_then(house):
    far = order(1, changed=NOW + timedelta(days=300))
    made = importing(house, connected(house, [far]))
    ran(house, made)
    assert again(house, made).watermark.shown == "2026-11-20 12:00:00+00:00"
    house.now += HOUR
    write_source(house, [far, order(2, changed=NOW + MINUTE)])
    assert ran(house, made).rows_new == 1


def test_rows_without_updated_on_are_told_in_every_run(house):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    write_source(house, [*rows(1), order(2, changed=None)])
    run = ran(house, made)
    assert run.rejected_by_reason == {"*Updated On* is empty": 1}


def test_without_updated_on_every_run_reads_all_and_adds_what_is_new(house):
    mapping = replace(EVENTS, updated_on=None)
    made = importing(house, connected(house, rows(1, 2)), mapping=mapping)
    ran(house, made)
    write_source(house, rows(1, 2, 3))
    run = ran(house, made)
    assert (run.rows_read, run.rows_new, run.watermark_to) == (3, 1, None)


def test_an_empty_table_is_an_import_that_went_well(house):
    made = importing(house, connected(house))
    run = ran(house, made)
    assert (run.status, run.rows_read, run.watermark_to) == (ImportRunStatus.DONE, 0, None)
    assert again(house, made).health.colour is Colour.GREEN


def test_a_select_is_imported_like_a_table(house):
    query = SourceQuery(sql="SELECT * FROM orders WHERE price > 2")
    made = importing(house, connected(house, rows(1, 2, 3)), source=query)
    assert ran(house, made).rows_new == 2


def test_no_publish_is_left_open(house):
    made = importing(house, connected(house, rows(1)))
    ran(house, made)
    assert house.services.database.run(lambda c: publishes.oldest_open(c, [1])) == {}
    assert list((house.folder / "staging").glob("import-*")) == []
