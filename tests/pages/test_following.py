"""Pages follow what happens: runs under way, filters, and where errors lead."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.domain.choices import Format
from tests.pages.site import Site, faults_everywhere

LIST = "/accounts/1/exports"


def test_a_running_export_shows_its_progress_and_then_its_result(site: Site, data, page: Page):
    export = site.house.export()
    messages = site.house.planned(export)
    page.goto(f"{LIST}/{export.export_id}")
    expect(page.get_by_text("is writing files")).to_be_visible()
    assert faults_everywhere(page, "running") == []
    site.house.deliver(messages[0])
    expect(page.get_by_text("1 of ")).to_be_visible()
    for message in messages[1:]:
        site.house.deliver(message)
    expect(page.locator("h1 .chip.done")).to_be_visible()
    expect(page.get_by_role("heading", name="Rows per day")).to_be_visible()


def test_a_run_that_is_delivered_again_is_followed_to_its_difference(site: Site, data, page: Page):
    export = site.house.export()
    site.house.finish()
    run = site.house.runs(export)[0]
    page.goto(f"{LIST}/{export.export_id}/runs/{run.run_id}")
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("h1 .chip")).to_have_text("PENDING")
    for message in site.house.take():
        site.house.deliver(message)
    expect(page.get_by_text("is writing files")).to_be_visible()
    assert faults_everywhere(page, "run-running") == []
    site.house.finish()
    expect(page.locator("h1 .chip")).to_have_text("DONE")
    expect(page.get_by_text("Rows: 0 added")).to_be_visible()
    expect(page.get_by_text("delivered again under")).to_have_count(0)


def test_an_export_that_waits_begins_before_our_eyes(site: Site, data, page: Page):
    export = site.house.export()
    page.goto(f"{LIST}/{export.export_id}")
    expect(page.locator("h1 .chip.pending")).to_be_visible()
    site.house.planned(export)
    expect(page.get_by_text("is writing files")).to_be_visible()


def test_the_list_follows_its_runs(site: Site, data, page: Page):
    site.house.export()
    page.goto(LIST)
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("PENDING")
    page.get_by_label("Search").focus()
    site.house.finish()
    expect(row).to_contain_text("DONE")
    expect(page.get_by_label("Search")).to_be_focused()


def test_filters_apply_as_they_are_chosen_and_stay_in_the_address(site: Site, data, page: Page):
    site.house.export(format=Format.CSV)
    site.house.recurring(4)
    page.goto(LIST)
    page.get_by_label("Format").select_option("csv")
    expect(page.get_by_role("rowheader")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"exports\?format=csv&items=20$"))
    page.get_by_label("Items per page").select_option("10")
    expect(page).to_have_url(re.compile(r"format=csv&items=10$"))
    page.get_by_label("Search").fill("9999")
    expect(page.get_by_text("No export fits these filters")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Format")).to_have_value("csv")
    expect(page.get_by_label("Search")).to_have_value("9999")


def test_an_export_whose_last_run_failed_says_how_to_mend_it(site: Site, data, page: Page):
    export = site.house.export()
    site.house.tick()
    Path(site.house.bucket).rmdir()
    site.house.finish()
    page.goto(f"{LIST}/{export.export_id}")
    expect(page.get_by_role("alert")).to_contain_text("Retry plans the window afresh")
    assert faults_everywhere(page, "export-failed") == []
    page.get_by_role("link", name="Open run").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("FAILED")
    assert faults_everywhere(page, "run-failed") == []


@pytest.mark.parametrize("path", ["/nothing", "/accounts/1/nothing", "/accounts/x"])
def test_an_address_that_leads_nowhere_says_so_on_a_page(site: Site, page: Page, path):
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    page.get_by_role("link", name="Back to the start").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your first export in two minutes")


def test_programs_get_a_problem_in_place_of_a_page(site: Site):
    client = site.app.test_client()
    for path, accept in (("/nothing", "*/*"), ("/v1/nothing", "text/html")):
        answer = client.get(path, headers={"Accept": accept})
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
