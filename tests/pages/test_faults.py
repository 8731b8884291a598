"""What failed is told where people look: the run, its export, the bucket, each with its steps."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shared.domain.bucket_access import Access
from shared.reasons import CATALOGUE
from shared.state import buckets
from shared.state.buckets import NewBucket
from tests.pages.site import Site, faults_everywhere


@pytest.fixture
def broken(site: Site, data) -> str:
    """A run that failed since its bucket is gone, and a bucket whose key is refused."""
    house = site.house
    export = house.export()
    messages = house.planned(export)
    house.bucket.rename(house.bucket.with_name("elsewhere"))
    for message in messages:
        house.deliver(message)
    key = Access("key", "feed@my-project.iam.gserviceaccount.com", "0123456789abcdef")
    new = NewBucket(1, "Partner", "gs://partner-feed", key)
    saved = house.services.database.run(lambda c: buckets.insert(c, new, house.now))
    since = house.now + timedelta(hours=1)
    house.services.database.run(
        lambda c: buckets.note_probe(c, 1, saved.bucket_id, "403-forbidden", since)
    )
    return f"/accounts/1/exports/{export.export_id}"


def test_a_fault_is_told_with_its_cause_and_steps(site: Site, broken, page: Page):
    known = CATALOGUE["bucket-not-found"]
    page.goto(broken)
    fault = page.locator("#fault")
    expect(fault).to_contain_text(known.title)
    expect(fault).to_contain_text(known.fix[0])
    faults = faults_everywhere(page, "fault-export")
    page.locator("tbody a.id").first.click()
    expect(page.locator("#fault")).to_contain_text(known.cause)
    faults += faults_everywhere(page, "fault-run")
    page.goto("/accounts/1/buckets")
    expect(page.get_by_text("Fails since")).to_be_visible()
    assert faults + faults_everywhere(page, "fault-bucket") == []


def test_the_code_of_a_fault_leads_to_its_place_in_the_documentation(
    site: Site, broken, page: Page
):
    page.goto(broken)
    page.get_by_role("link", name="Reason bucket-not-found").click()
    entry = page.locator("[id='bucket-not-found']")
    expect(entry).to_contain_text(CATALOGUE["bucket-not-found"].title)
    expect(entry).to_be_in_viewport()


def test_whoever_comes_from_a_mail_lands_at_the_steps_of_the_guide(site: Site, data, page: Page):
    page.goto("/guide#retention")
    expect(page).to_have_url(f"{site.url}/accounts/1/guide#retention")
    expect(page.locator("#retention")).to_be_in_viewport()
