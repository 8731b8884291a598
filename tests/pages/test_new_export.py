"""Export to Google Cloud: every frequency and data type, defaults, presets, and what is refused."""

from datetime import date, timedelta
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from shared.domain.choices import Compression, DataType, Format, Frequency, Identifier
from tests.jobs.house import ACCOUNT
from tests.pages.forms import choose, newest, open_form, send
from tests.pages.site import Site, shoot

pytestmark = pytest.mark.long

INITIATED = "Google export has initiated"


def test_each_frequency_and_data_type_can_be_made(site: Site, data, page: Page):
    every = {
        Frequency.ONE_TIME: None,
        Frequency.RECURRING: timedelta(hours=8),
        Frequency.LIVE: timedelta(minutes=10),
    }
    # A one-time export of profiles is refused once there is a recurring one.
    for frequency, data_type in product(Frequency, DataType):
        open_form(site, page)
        choose(page, "data_type", data_type)
        choose(page, "frequency", frequency)
        selected = data_type is DataType.SELECT_EVENTS
        if selected:
            page.get_by_label("Buy", exact=True).check()
            page.get_by_label("Other events").fill("Page View")
        if frequency is Frequency.RECURRING:
            page.get_by_label("Every", exact=True).select_option("8")
        send(page)
        expect(page.get_by_role("status")).to_have_text(INITIATED)
        made = newest(site)
        assert (made.data_type, made.frequency) == (data_type, frequency)
        assert made.every == every[frequency]
        assert made.events == (("Buy", "Page View") if selected else ())
        site.house.now += timedelta(seconds=1)


def test_names_of_events_are_found_by_how_they_begin_and_ticks_stay(site: Site, data, page: Page):
    open_form(site, page)
    choose(page, "data_type", "select_events")
    page.get_by_label("Buy", exact=True).check()
    page.get_by_label("Find events").press_sequentially("page")
    names = page.get_by_role("group", name="Events in the warehouse").locator(".pick label")
    expect(names).to_have_text(["Buy", "Page View"])
    expect(page.get_by_label("Buy", exact=True)).to_be_checked()


def test_the_defaults_are_yesterday_json_and_identity(site: Site, data, page: Page):
    open_form(site, page)
    send(page)
    expect(page.get_by_role("status")).to_have_text(INITIATED)
    made = newest(site)
    assert (made.format, made.compression) == (Format.JSON, Compression.NONE)
    assert (made.start_on, made.end_on) == (date(2026, 11, 19), date(2026, 11, 19))
    assert (made.identity_priority, made.time_zone) == ((Identifier.IDENTITY,), "Europe/Berlin")
    assert made.first_line
    assert not made.as_string


def test_a_range_that_reaches_too_far_back_says_so_before_it_is_made(site: Site, data, page: Page):
    open_form(site, page)
    page.get_by_label("Range").select_option("Previous month")
    expect(page.get_by_text("2026-10-01")).to_be_visible()
    page.get_by_label("Range").select_option("A date range")
    page.get_by_label("From", exact=True).evaluate("each => each.removeAttribute('min')")
    page.get_by_label("From", exact=True).fill("2026-08-01")
    page.get_by_label("To", exact=True).fill("2026-11-01")
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("Data reaches back 60 days")
    expect(page.get_by_label("From", exact=True)).to_have_value("2026-08-01")


def test_the_first_three_windows_are_explained_while_choosing(site: Site, data, page: Page):
    open_form(site, page)
    choose(page, "frequency", "recurring")
    page.get_by_label("Every", exact=True).select_option("4")
    expect(page.get_by_text("First: 20 Nov, 00:00", exact=False)).to_be_visible()
    expect(page.get_by_text("Third: 20 Nov, 08:00", exact=False)).to_be_visible()
    expect(page.get_by_text("runs at 20 Nov, 04:05")).to_be_visible()


def test_the_preview_shows_rows_in_the_chosen_format(site: Site, data, page: Page):
    open_form(site, page)
    choose(page, "format", "csv")
    expect(page.get_by_role("region", name="First rows")).to_contain_text("profile.identity")
    choose(page, "format", "xml")
    expect(page.get_by_role("region", name="First rows")).to_contain_text("<Event>")
    choose(page, "format", "parquet")
    expect(page.get_by_role("region", name="First rows").get_by_role("table")).to_be_visible()
    shoot(page, "new-parquet-preview")


def test_several_identifiers_ask_for_their_priority(site: Site, data, page: Page):
    three = (Identifier.IDENTITY, Identifier.EMAIL, Identifier.PHONE)
    site.house.put_account(type(ACCOUNT)(1, "db1", "UTC", three))
    open_form(site, page)
    expect(page.get_by_text("Fallback priority order for identifiers")).to_be_visible()
    choose(page, "data_type", "select_events")
    expect(page.get_by_text("Fallback priority order for identifiers")).to_be_hidden()
    choose(page, "data_type", "all_events")
    page.get_by_label("Priority 1").select_option("email")
    page.get_by_label("Priority 2").select_option("identity")
    shoot(page, "new-priorities")
    send(page)
    expect(page.get_by_role("status")).to_have_text(INITIATED)
    assert newest(site).identity_priority == (
        Identifier.EMAIL,
        Identifier.IDENTITY,
        Identifier.PHONE,
    )


def test_a_one_time_profile_export_is_refused_while_a_recurring_one_is_scheduled(
    site: Site, data, page: Page
):
    site.house.recurring(data_type=DataType.ALL_USER_PROPERTIES)
    open_form(site, page)
    choose(page, "data_type", "all_user_properties")
    expect(page.locator("#preview")).to_contain_text("One run, at once: all profiles")
    expect(page.get_by_label("Range")).to_be_hidden()
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("stop it first")


def test_a_form_that_is_sent_twice_makes_one_export(site: Site, data, page: Page):
    open_form(site, page)
    for _ in range(2):
        page.evaluate(
            "fetch('/accounts/1/exports/new', {method: 'POST', body: new URLSearchParams("
            "new FormData(document.getElementById('export-form')))}).then(each => each.text())"
        )
    page.goto("/accounts/1/exports")
    expect(page.get_by_role("rowheader")).to_have_count(1)


def test_create_again_of_an_export_that_goes_on_warns(site: Site, data, page: Page):
    export = site.house.recurring(4)
    page.goto(f"/accounts/1/exports/new?again={export.export_id}")
    expect(page.get_by_role("status")).to_contain_text("stop it first, or both deliver the same")


def test_going_back_and_changing_the_form_makes_another_export(site: Site, data, page: Page):
    open_form(site, page)
    send(page)
    expect(page.get_by_role("status")).to_have_text(INITIATED)
    site.house.now += timedelta(seconds=1)
    page.go_back()
    choose(page, "format", "csv")
    send(page)
    expect(page.get_by_role("status")).to_have_text(INITIATED)
    expect(page.get_by_role("rowheader")).to_have_count(2)


def test_options_of_the_files_are_kept(site: Site, data, page: Page):
    open_form(site, page)
    page.get_by_text("More about the files").click()
    page.get_by_label("Compression").select_option("gzip")
    page.get_by_label("Prefix").fill("exports/{run_date}/")
    page.get_by_label("First line with the event's name").uncheck()
    choose(page, "as_string", "yes")
    send(page)
    expect(page.get_by_role("status")).to_have_text(INITIATED)
    made = newest(site)
    assert (made.compression, made.prefix) == (Compression.GZIP, "exports/{run_date}/")
    assert (made.first_line, made.as_string) == (False, True)


def test_create_again_goes_on_from_the_last_delivered_window(site: Site, data, page: Page):
    house = site.house
    export = house.recurring(4)
    house.finish()
    page.goto(f"/accounts/1/exports/{export.export_id}/stop")
    page.get_by_role("button", name="Stop").click()
    house.now += timedelta(minutes=1)
    page.goto(f"/accounts/1/exports/{export.export_id}")
    page.get_by_role("link", name="Create again").click()
    expect(page.locator('input[value="recurring"]')).to_be_checked()
    send(page)
    expect(page.get_by_role("status")).to_have_text(INITIATED)
    assert newest(site).continue_from == house.again(export).cursor_at
