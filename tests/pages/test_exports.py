"""Exports: what a row shows and offers, filters, pages, and the weight of it all."""

import re
from datetime import date, timedelta

from playwright.sync_api import Page, expect

from shared.domain.choices import DataType, Format, Frequency
from tests.pages.site import PHONE, Site

LIST = "/accounts/1/exports"


def several(site: Site, count: int = 5) -> None:
    """Exports of every kind, one second apart."""
    house = site.house
    formats = list(Format)
    for number in range(count):
        kind = {"format": formats[number % 4]}
        if number % 2:
            house.recurring(4 + number % 20, **kind)
        else:
            house.export(**kind)
        house.now += timedelta(seconds=1)


def ids(page: Page) -> list[str]:
    return page.get_by_role("rowheader").get_by_role("link").all_inner_texts()


def test_view_edit_and_stop_show_on_hover_and_on_focus(site: Site, data, page: Page):
    site.house.recurring()
    page.goto(LIST)
    acts = page.locator(".acts")
    for name in ("View", "Edit", "Stop"):
        expect(acts.get_by_role("link", name=re.compile(name))).to_have_text(name)
    expect(acts).to_have_css("opacity", "0")
    page.get_by_role("row").nth(1).hover()
    expect(acts).to_have_css("opacity", "1")
    page.mouse.move(0, 0)
    expect(acts).to_have_css("opacity", "0")
    acts.get_by_role("link").first.focus()
    expect(acts).to_have_css("opacity", "1")


def test_a_phone_shows_them_always(site: Site, data):
    site.house.recurring()
    page = site.page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(LIST)
    expect(page.locator(".acts")).to_have_css("opacity", "1")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]


def test_what_has_ended_offers_view_alone(site: Site, data, page: Page):
    site.house.export()
    site.house.finish()
    page.goto(LIST)
    expect(page.locator(".acts").get_by_role("link")).to_have_text(["View"])


def test_filters_by_type_format_status_and_frequency_narrow_the_list(site: Site, data, page: Page):
    several(site, 4)
    site.house.recurring(data_type=DataType.ALL_USER_PROPERTIES)
    for name, value, count in [
        ("type", "all_user_properties", 1),
        ("format", "csv", 1),
        ("status", "STOPPED", 0),
        ("frequency", "recurring", 3),
        ("partner", "google_cloud", 5),
    ]:
        page.goto(LIST)
        page.locator(f'select[name="{name}"]').select_option(value)
        page.get_by_role("button", name="Filter").click()
        expect(page.get_by_role("rowheader")).to_have_count(count)
        expect(page.locator(f'select[name="{name}"]')).to_have_value(value)
    page.get_by_role("link", name="Reset all").first.click()
    expect(page.get_by_role("rowheader")).to_have_count(5)


def test_exported_on_shows_exports_with_a_run_in_that_range(site: Site, data, page: Page):
    ran = site.house.export()
    site.house.finish()
    site.house.now += timedelta(seconds=1)
    site.house.recurring(24, start_on=date(2026, 11, 25))
    page.goto(LIST)
    page.get_by_text("Exported on").click()
    page.get_by_label("From").fill("2026-11-20")
    page.get_by_label("To", exact=True).fill("2026-11-20")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("rowheader")).to_have_count(1)
    assert ids(page) == [str(ran.export_id)]


def test_items_per_page_and_the_next_page(site: Site, data, page: Page):
    several(site, 12)
    page.goto(LIST)
    select = page.get_by_label("Items per page")
    expect(select).to_have_value("20")
    assert select.locator("option").all_inner_texts() == ["10", "20", "30", "40"]
    expect(page.get_by_role("rowheader")).to_have_count(12)
    select.select_option("10")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("rowheader")).to_have_count(10)
    first = ids(page)
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("rowheader")).to_have_count(2)
    assert set(first).isdisjoint(ids(page))


def test_a_page_token_that_was_tampered_with_is_refused_with_a_page(site: Site, page: Page):
    answer = page.goto(LIST + "?page_token=abc")
    assert answer is not None
    assert answer.status == 422
    expect(page.get_by_role("main")).to_contain_text("begin again with the first page")


def test_stop_asks_once_and_says_what_it_did(site: Site, data, page: Page):
    export = site.house.recurring()
    page.goto(LIST)
    page.get_by_role("row").nth(1).hover()
    page.get_by_role("link", name=f"Stop {export.export_id}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Stop export")
    page.get_by_role("button", name="Stop").click()
    expect(page).to_have_url(re.compile(r"/accounts/1/exports\?"))
    expect(page.get_by_role("status")).to_have_text("Google Cloud data export stopped")
    expect(page.get_by_role("row").nth(1)).to_contain_text("STOPPED")


def test_edit_is_prefilled_and_never_offers_what_cannot_change(site: Site, data, page: Page):
    export = site.house.recurring(4, format=Format.CSV)
    page.goto(f"{LIST}/{export.export_id}/edit")
    expect(page.locator('input[value="csv"]')).to_be_checked()
    expect(page.locator('input[value="all_user_properties"]')).to_be_disabled()
    expect(page.locator('input[value="live"]')).to_be_disabled()
    page.get_by_label("Every", exact=True).select_option("12")
    expect(page.get_by_text("The next three windows")).to_be_visible()
    expect(page.get_by_text("Into this bucket go some of the same")).to_have_count(0)
    page.get_by_role("button", name="Update export").click()
    expect(page.get_by_role("status")).to_contain_text("Export updated")
    after = site.house.again(export).spec
    assert (after.every, after.format) == (timedelta(hours=12), Format.CSV)


def test_one_time_and_stopped_exports_have_no_form_to_edit(site: Site, data, page: Page):
    once = site.house.export()
    answer = page.goto(f"{LIST}/{once.export_id}/edit")
    assert answer is not None
    assert answer.status == 422
    expect(page.get_by_role("alert")).to_contain_text("cannot be edited")
    expect(page.get_by_role("link", name="Create again")).to_be_visible()


def test_an_export_is_listed_with_its_name(site: Site, data, page: Page):
    site.house.recurring(4, name="orders-daily")
    page.goto(LIST)
    expect(page.get_by_role("rowheader")).to_contain_text("orders-daily")
    page.get_by_role("rowheader").get_by_role("link").click()
    expect(page.get_by_role("definition").first).to_have_text("orders-daily")


def test_live_exports_show_how_often_they_run(site: Site, data, page: Page):
    site.house.export(
        frequency=Frequency.LIVE, every=timedelta(minutes=15), start_on=date(2026, 11, 20)
    )
    page.goto(LIST)
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("Live Data Streaming")
    expect(row).to_contain_text("every 15 minutes")


def test_a_full_page_of_exports_weighs_less_than_60_kb(site: Site, data, page: Page):
    several(site, 40)
    sizes = {}

    def keep(request) -> None:
        sizes[request.url] = request.sizes()["responseBodySize"]

    page.on("requestfinished", keep)
    page.goto(LIST + "?items=40")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("rowheader")).to_have_count(40)
    assert sum(sizes.values()) < 60_000, sizes
