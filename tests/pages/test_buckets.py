"""The bucket panel: steps shown, both pieces of advice, tested, rotated, deleted, never a key."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.credentials.keys import key_file, pem
from tests.leaks import found_in
from tests.pages.site import Site, faults_everywhere, shoot

PANEL = "/accounts/1/buckets"


def fill(page: Page, bucket: str, key: bytes, nickname: str = "Partner") -> None:
    page.goto(PANEL)
    page.get_by_label("Bucket nickname").fill(nickname)
    page.get_by_label("Service Account Key").fill(key.decode())
    page.get_by_label("Bucket name").fill(bucket)
    page.get_by_role("button", name="Save Credentials").click()


def test_a_saved_bucket_puts_the_tag_export_at_google_cloud(site: Site, page: Page, cloud_bucket):
    page.goto("/accounts/1/partners")
    expect(page.locator(".chip.good")).to_have_count(0)
    page.get_by_role("link", name="Integrate Google Cloud").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Integrate analytics partner - Google Cloud"
    )
    fill(page, cloud_bucket, key_file())
    expect(page.get_by_role("status")).to_have_text("Credentials saved")
    page.goto("/accounts/1/partners")
    expect(page.locator(".chip.good")).to_have_text("Export")
    assert not found_in(page.content())


def test_a_wrong_bucket_shows_where_it_failed_and_both_pieces_of_advice(
    site: Site, page: Page, cloud_bucket
):
    fill(page, f"{cloud_bucket}-no", key_file())
    steps = page.get_by_label("Result of the test")
    expect(steps.locator("li.bad")).to_contain_text("The bucket is there")
    expect(steps).to_contain_text("Check that the bucket name matches exactly.")
    expect(steps).to_contain_text("Create the key again, copy and paste it.")
    expect(page.get_by_label("Bucket name")).to_have_value(f"{cloud_bucket}-no")
    expect(page.get_by_label("Service Account Key")).to_have_value("")
    assert not found_in(page.content())
    shoot(page, "bucket-wrong")


def test_what_is_no_key_is_refused_at_the_first_step(site: Site, page: Page, cloud_bucket):
    fill(page, cloud_bucket, b'{"type": "authorized_user"}')
    expect(page.locator("li.bad")).to_contain_text("The credentials are those of a service account")


def test_a_saved_bucket_is_tested_in_place_rotated_and_deleted(
    site: Site, page: Page, cloud_bucket, cloud_storage
):
    fill(page, cloud_bucket, key_file())
    # Where the button of a warning leads to.
    expect(page.locator("#bucket-1")).to_contain_text("Partner")
    # What saving has tried, shown without a click.
    expect(page.get_by_label("Result of the test")).to_contain_text("The bucket lets Sluice in")
    page.goto(PANEL)
    page.get_by_role("button", name="Test Partner").click()
    expect(page.get_by_label("Result of the test")).to_contain_text("The bucket lets Sluice in")
    expect(page).to_have_url(re.compile("buckets$"))
    with cloud_storage.client() as client:
        assert list(client.list_blobs(cloud_bucket)) == []
        page.get_by_label("Leave a small test object").check()
        page.get_by_role("button", name="Test Partner").click()
        expect(page.get_by_label("Result of the test")).to_contain_text("It is _tests/sluice-")
        assert len(list(client.list_blobs(cloud_bucket))) == 1
    assert faults_everywhere(page, "bucket-test-object") == []
    page.get_by_role("link", name="Rotate key of Partner").click()
    second = key_file(private_key=pem(number=1), private_key_id="f" * 40)
    page.get_by_label("Service Account Key").fill(second.decode())
    page.get_by_role("button", name="Rotate key").click()
    expect(page.get_by_role("status")).to_have_text("The new credentials work and are saved")
    expect(page.get_by_text("f" * 40)).to_be_visible()
    page.get_by_role("link", name="Delete Partner").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_have_text("Bucket deleted, and its key destroyed")


@pytest.mark.parametrize("name", [" spaced ", "Upper-Case"])
def test_a_bucket_name_is_taken_as_it_is_written(site: Site, page: Page, cloud_bucket, name):
    fill(page, name, key_file())
    expect(page.get_by_label("Bucket name")).to_have_value(name)
    expect(page.locator(".notice.bad").first).to_contain_text(
        re.compile("matches exactly.*Create the key again, copy and paste it.", re.DOTALL)
    )
