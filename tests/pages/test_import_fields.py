"""The fields of an import's form: what is stored comes back from them as it was."""

from datetime import UTC, datetime, time
from typing import Any

import pytest
from flask import Flask, g
from werkzeug.datastructures import MultiDict

from functions.api.pages.import_fields import Wrong, as_before, mapping_fields, read_mapping
from functions.api.pages.import_schedules import (
    next_words,
    read_schedule,
    schedule_fields,
    schedule_words,
)
from functions.api.pages.import_seen import Column, Seen, seen_in
from functions.api.pages.visits import Visit
from shared.domain.account_settings import AccountSettings
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import Kind, Mapping, Property
from shared.domain.import_schedules import MANUAL, Schedule, When

ZONE = "Europe/Berlin"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
NOBODY: Any = None
VISIT = Visit(NOBODY, NOBODY, NOBODY, AccountSettings(1, "db", ZONE), NOW, has_others=False)


def schedule(when: When, **values: Any) -> Schedule:
    return Schedule(when=when, time_zone=ZONE, **values)


@pytest.mark.parametrize(
    ("given", "words", "first"),
    [
        (schedule(When.AT, start_at=AT), "Once, 23 Nov, 09:30", "Monday, 23 Nov, 09:30"),
        (
            schedule(When.MINUTES, every=15, start_at=AT),
            "Every 15 minutes",
            "Monday, 23 Nov, 09:30",
        ),
        (schedule(When.HOURS, every=1, start_at=AT), "Every hour", "Monday, 23 Nov, 09:30"),
        (schedule(When.DAYS, every=2, start_at=AT), "Every 2 days at 09:30", "Monday, 23 Nov"),
        (
            schedule(When.WEEKLY, days=(0, 2, 4), times=(time(9, 30), time(18))),
            "Monday, Wednesday and Friday at 09:30 and 18:00",
            "Friday, 20 Nov, 18:00",
        ),
        (
            schedule(When.MONTHLY, days=(1, 15, -1), times=(time(6),)),
            "Day 1, 15 and last of the month at 06:00",
            "Monday, 30 Nov, 06:00",
        ),
        (schedule(When.MANUAL), "By hand", ""),
    ],
)
def test_a_schedule_comes_back_from_its_fields_and_is_told_in_words(given, words, first):
    form = MultiDict(schedule_fields(given, ZONE))
    with Flask(__name__).test_request_context():
        g.visit = VISIT
        assert read_schedule(form, VISIT) == given
        assert schedule_words(given, ZONE) == words
        upcoming = next_words(given, NOW)
    assert "".join(upcoming[:1]).startswith(first)
    assert len(upcoming) == {When.AT: 1, When.MANUAL: 0}.get(given.when, 3)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"when": "at"}, "at"),
        ({"when": "at", "at": "0001-01-01T00:00"}, "at"),
        ({"when": "at", "at": "9999-12-31T23:59"}, "at"),
        ({"when": "every", "unit": "minutes", "every": "14"}, "every"),
        ({"when": "every", "every": "-1"}, "every"),
        ({"when": "every", "every": "2", "start": "soon"}, "start"),
        ({"when": "weekly", "weekly": "09:00"}, "weekly"),
        ({"when": "weekly", "weekday": "9", "weekly": "09:00"}, "weekly"),
        ({"when": "weekly", "weekday": "1", "weekly": "24:30"}, "weekly"),
        ({"when": "monthly", "days": "32", "monthly": "9:00"}, "monthly"),
    ],
)
def test_a_schedule_that_cannot_be_is_told_beside_its_field(form, field):
    with pytest.raises(Wrong) as refused:
        read_schedule(MultiDict(form), VISIT)
    assert list(refused.value.fields) == [field]


def test_no_field_of_a_schedule_means_by_hand():
    assert read_schedule(MultiDict(), VISIT).when is MANUAL.when


def test_a_mapping_comes_back_from_its_fields():
    properties = (
        Property("b", "B", FieldType.FLOAT),
        Property("a", "first", FieldType.STRING),
        # The same column twice, and one that nobody saw.
        Property("a", "second", FieldType.INTEGER),
        Property("gone", "Gone", FieldType.JSON),
    )
    given = Mapping(
        kind=Kind.EVENTS,
        identity="id",
        updated_on="at",
        created_on="at",
        event_name_column="what",
        extra=(("phone", "tel"), ("email", "mail")),
        properties=properties,
    )
    pairs, seen = mapping_fields(given, Seen("key", 2, (Column("a"), Column("b"))))
    assert seen_in(seen.to_text()) == seen
    read = read_mapping(MultiDict(pairs), seen)
    assert as_before(read, given) is given


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[1, 2, [[1]], true]",
        "[" * 9_000,
        "null",
        "[1, Infinity, [], true]",
        "[1, 2, {}, 3]",
    ],
)
def test_columns_that_somebody_wrote_into_the_form_are_not_believed(text):
    assert seen_in(text) == Seen()
