"""From an empty database to a finished export, as a new user goes."""

import re
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.jobs.samples import mixed_events
from tests.pages.site import Site, faults_everywhere, shoot


def test_from_nothing_to_a_finished_export(site: Site, data, page: Page):
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your first export in two minutes")
    expect(page.get_by_text("Addresses to allow")).to_be_visible()
    page.get_by_role("link", name="Create Export").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Export to Google Cloud")
    page.get_by_label("Partner Bucket name").fill(site.house.bucket.as_uri())
    page.get_by_label("Range").select_option("Last 7 days")
    expect(page.get_by_role("heading", name="Names of the files")).to_be_visible()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Google export has initiated")
    expect(page.get_by_role("heading", level=1)).to_have_text("Exports")
    expect(page.get_by_role("rowheader")).to_have_count(1)
    site.house.finish()
    page.reload()
    expect(page.get_by_role("row").nth(1)).to_contain_text("DONE")
    page.get_by_role("rowheader").get_by_role("link").click()
    page.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("DONE")
    expect(page.get_by_text(re.compile(r"-Buy-20261119-0-db1\.json")).first).to_be_visible()
    page.get_by_text("Manifest").last.click()
    expect(page.get_by_role("region", name="Manifest")).to_contain_text("crc32c")
    shoot(page, "first-run-finished")


def test_the_first_page_shows_what_is_done_already(site: Site, data, page: Page):
    page.goto("/accounts/1/start")
    expect(page.locator(".steps > li.done")).to_have_count(2)
    site.house.export()
    page.reload()
    expect(page.locator(".steps > li.done")).to_have_count(3)
    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/1/exports$"))


def test_an_empty_warehouse_says_what_to_load_and_the_page_goes_on_by_itself(
    site: Site, page: Page
):
    page.goto("/accounts/1/start")
    expect(page.get_by_text("The warehouse of this machine is empty.")).to_be_visible()
    expect(page.get_by_label("Command that loads a sample")).to_contain_text("main.py sample")
    site.house.load(mixed_events())
    # "None" is not remembered for long.
    site.house.now += timedelta(minutes=1)
    expect(page.get_by_text("holds events: ")).to_be_visible()


def test_the_guide_names_the_least_role(site: Site, page: Page):
    page.goto("/accounts/1/guide")
    for text in ("storage.objects.create", "storage.objects.get", "retentionPolicyNotMet"):
        expect(page.get_by_text(text).first).to_be_visible()


def test_the_guide_names_whom_to_allow_where_there_is_no_key(site: Site, page: Page):
    page.goto("/accounts/1/guide")
    keyless = page.locator("#keyless")
    expect(keyless).to_contain_text("sluice:")
    expect(keyless).to_contain_text("Once it is deployed, its accounts stand in this place.")
    emails = tuple(f"sluice-{name}@p-1.iam.gserviceaccount.com" for name in ("worker", "prober"))
    site.house.services = replace(site.house.services, impersonators=emails)
    page.reload()
    commands = keyless.get_by_label("Commands without a key")
    for email in emails:
        expect(commands).to_contain_text(f"--member=serviceAccount:{email}")
    assert faults_everywhere(page, "guide-keyless") == []
