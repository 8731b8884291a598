"""Imports in state: each of one account, moved by one tick, changed as they were seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.import_specs import SourceQuery
from shared.domain.import_states import BLOCKING, Colour, ImportRunStatus, ImportStatus
from shared.errors import Conflict
from shared.state import (
    import_changes,
    imports,
)
from tests.domain.makers import NOW
from tests.state.import_makers import (
    MAPPING,
    SINCE,
    make_import,
)
from tests.state.makers import ACCOUNT, at_once

LATER = NOW + timedelta(days=1)
DAY = timedelta(days=1)


def again(database, of):
    return database.run(lambda c: imports.get(c, ACCOUNT, of.import_id))


def test_an_import_comes_back_as_it_was_made_and_its_nickname_is_taken(database):
    made = make_import(database)
    assert made == again(database, made)
    assert (made.status, made.watermark, made.health.colour) == (
        ImportStatus.READY, None, Colour.NONE,
    )  # fmt: skip
    with pytest.raises(Conflict, match="Orders"):
        make_import(database)
    assert make_import(database, account_id=8).account_id == 8
    assert database.run(lambda c: imports.get(c, 8, made.import_id)) is None


def test_every_status_but_draft_and_stopped_keeps_the_connection(database):
    for status in ImportStatus:
        make_import(database, str(status), status=status)
    make_import(database, "elsewhere", connection_id=2)
    found = database.run(lambda c: imports.blocking(c, ACCOUNT, 1))
    assert {each.status for each in found} == set(BLOCKING)


def test_an_edit_is_refused_when_the_import_changed_or_the_nickname_is_taken(database):
    made, other = make_import(database), make_import(database, "Other")

    def edit(before, nickname):
        spec = replace(before.spec, nickname=nickname, source=SourceQuery("new"))
        database.run(
            lambda c: import_changes.set_spec(
                c, before, spec, status=before.status, next_run_at=LATER, watermark=SINCE
            )
        )

    edit(made, "New")
    found = again(database, made)
    assert (found.spec.nickname, found.spec_version, found.watermark) == ("New", 2, SINCE)
    with pytest.raises(Conflict, match="changed"):
        edit(made, "Newer")
    with pytest.raises(Conflict, match="Other"):
        edit(found, other.spec.nickname)


def test_of_two_ticks_one_moves_an_import_on(database):
    made = make_import(database, status=ImportStatus.SCHEDULED, next_run_at=NOW)
    make_import(database, "later", status=ImportStatus.SCHEDULED, next_run_at=LATER)
    assert database.run(lambda c: imports.due(c, NOW, limit=9)) == [made]
    moved = at_once(*[lambda: database.run(lambda c: import_changes.advance(c, made, LATER))] * 2)
    assert sorted(moved) == [False, True]
    assert database.run(lambda c: imports.due(c, NOW, limit=9)) == []


def test_a_paused_import_is_moved_by_no_tick(database):
    made = make_import(database, status=ImportStatus.SCHEDULED, next_run_at=NOW)
    assert database.run(lambda c: import_changes.set_status(c, made, ImportStatus.PAUSED, None))
    assert not database.run(
        lambda c: import_changes.set_status(c, made, ImportStatus.STOPPED, None)
    )
    assert not database.run(lambda c: import_changes.advance(c, made, LATER))
    assert database.run(lambda c: imports.due(c, LATER, limit=9)) == []


def test_a_watermark_of_settings_from_before_an_edit_is_left(database):
    made = make_import(database)
    for version, expected in ((2, None), (1, SINCE)):
        database.run(
            lambda c, v=version: import_changes.set_watermark(c, ACCOUNT, made.import_id, v, SINCE)
        )
        assert again(database, made).watermark == expected


def test_the_outcome_of_the_last_run_is_the_health(database):
    made = make_import(database)
    database.run(
        lambda c: import_changes.set_outcome(
            c,
            ACCOUNT,
            made.import_id,
            status=ImportRunStatus.DONE,
            rows_read=3,
            rows_rejected=1,
            now=NOW,
        )
    )
    assert again(database, made).health.percent == 66.66


def test_a_mapping_is_stored_with_the_import(database):
    assert again(database, make_import(database)).spec.mapping == MAPPING
