"""What the filters of the list of exports mean."""

from datetime import date, timedelta

import pytest

from shared.domain.filters import ExportFilter, Partner
from shared.errors import InvalidInput
from tests.domain.makers import utc


def test_exported_on_takes_whole_local_dates_first_and_last_included():
    chosen = ExportFilter(exported_from=date(2026, 3, 29), exported_to=date(2026, 3, 29))
    span = chosen.ran_within("Europe/Berlin")
    assert (span.start_at, span.end_at) == (utc("2026-03-28T23:00"), utc("2026-03-29T22:00"))


@pytest.mark.parametrize("given", [{"exported_from": date(2026, 3, 1)}, {}])
def test_a_range_may_be_open(given):
    span = ExportFilter(**given).ran_within("UTC")
    if not given:
        assert span is None
        return
    assert span.start_at == utc("2026-03-01T00:00")
    assert span.end_at.year == 9998


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Adak"])
def test_dates_at_the_ends_of_the_calendar_give_a_span_too(day, zone):
    span = ExportFilter(exported_from=day, exported_to=day).ran_within(zone)
    assert span.end_at > span.start_at


def test_a_date_that_a_zone_skipped_holds_next_to_nothing():
    skipped = date(2011, 12, 30)
    span = ExportFilter(exported_from=skipped, exported_to=skipped).ran_within("Pacific/Apia")
    assert span.end_at - span.start_at == timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("1763640000", (1763640000, 1763640001)),
        (" 17636 ", (1763600000, 1763700000)),
        ("9" * 30, (2**63 - 1, 2**63 - 1)),
        ("", None),
        ("12a", None),
        ("١٢", None),
        ("-5", None),
    ],
)
def test_digits_are_the_beginning_of_a_request_id(text, ids):
    assert ExportFilter(text=text).ids() == ids


def test_what_cannot_be_searched_for_is_refused_with_a_sentence():
    with pytest.raises(InvalidInput, match="200 characters"):
        ExportFilter(text="x" * 201)
    with pytest.raises(InvalidInput, match="the other way round"):
        ExportFilter(exported_from=date(2026, 3, 2), exported_to=date(2026, 3, 1))


def test_all_exports_go_to_google_cloud():
    assert ExportFilter().shows_partner()
    assert ExportFilter(partner=Partner.GOOGLE_CLOUD).shows_partner()
    assert not ExportFilter(partner=Partner.BIGQUERY).shows_partner()
