"""Settings, members, API keys and the audit log, changed in the browser."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from shared.domain.choices import Identifier
from shared.jobs.api_keys import actor_of_api_key
from shared.state import accounts
from tests.pages.site import Site


def test_settings_are_saved_and_what_cannot_be_is_said(site: Site, page: Page):
    page.goto("/accounts/1/settings")
    page.get_by_label("Time zone").fill("Asia/Kolkata")
    page.get_by_label("Database id").fill("shop-7")
    page.get_by_label("Email").check()
    page.get_by_label("Recurring profile exports").uncheck()
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_role("status")).to_have_text("Settings saved")
    saved = site.house.services.database.run(lambda c: accounts.get_settings(c, 1))
    assert saved is not None
    assert (saved.time_zone, saved.database_id) == ("Asia/Kolkata", "shop-7")
    assert set(saved.identifiers) == {Identifier.IDENTITY, Identifier.EMAIL}
    assert not saved.flags.recurring_profile_export
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_role("alert")).to_contain_text("is not known")
    expect(page.get_by_label("Time zone")).to_have_value("Mars/Olympus")


def test_a_member_is_added_promoted_and_removed(site: Site, page: Page):
    page.goto("/accounts/1/members")
    page.get_by_label("E-mail").fill("Ben@Example.com")
    page.get_by_label("Role", exact=True).select_option("viewer")
    page.get_by_role("button", name="Add member").click()
    expect(page.get_by_role("rowheader", name="ben@example.com")).to_be_visible()
    page.get_by_label("Role of ben@example.com", exact=True).select_option("editor")
    page.get_by_role("button", name="Change role of ben@example.com").click()
    role = page.get_by_label("Role of ben@example.com", exact=True)
    expect(role).to_have_value("editor")
    page.get_by_role("button", name="Remove ben@example.com").click()
    expect(page.get_by_role("rowheader")).to_have_count(1)
    page.get_by_role("button", name="Remove ann@example.com").click()
    expect(page.get_by_role("alert")).to_contain_text("only admin")


def test_a_key_is_shown_once_works_and_is_revoked(site: Site, page: Page):
    page.goto("/accounts/1/api-keys")
    page.get_by_label("Name").fill("nightly job")
    page.get_by_role("button", name="Make key").click()
    secret = page.get_by_role("status").locator("code").inner_text()
    assert actor_of_api_key(site.house.services, secret) is not None
    page.goto("/accounts/1/api-keys")
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke nightly job").click()
    expect(page.get_by_role("status")).to_have_text("Key revoked")
    assert actor_of_api_key(site.house.services, secret) is None


def test_the_audit_log_tells_who_did_what(site: Site, data, page: Page):
    page.goto("/accounts/1/settings")
    page.get_by_label("Name", exact=True).fill("Other Shop")
    page.get_by_role("button", name="Save settings").click()
    page.goto("/accounts/1/audit")
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("accounts.update")
    expect(row).to_contain_text("ann@example.com")
    page.get_by_label("Action").fill("members.put")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("row").nth(1)).to_contain_text("members.put")


def test_a_delivered_window_is_replayed_with_the_difference(site: Site, data, page: Page):
    export = site.house.export()
    site.house.finish()
    first = site.house.run(export)
    page.goto(f"/accounts/1/exports/{export.export_id}/runs/{first.run_id}")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_role("status")).to_contain_text("under a new run stamp")
    site.house.finish()
    page.reload()
    expect(page.get_by_text("Replaces run")).to_be_visible()
    expect(page.get_by_text("+0 rows, +0 bytes, +0 files")).to_be_visible()


def test_a_failed_run_says_how_to_mend_it_and_is_retried(site: Site, data, page: Page):
    export = site.house.export()
    site.house.tick()
    bucket = Path(site.house.bucket)
    bucket.rmdir()
    site.house.finish()
    run = site.house.run(export)
    page.goto(f"/accounts/1/exports/{export.export_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Failing")
    page.goto(f"/accounts/1/exports/{export.export_id}/runs/{run.run_id}")
    expect(page.get_by_role("alert")).to_contain_text("Retry plans the window afresh")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_attribute(
        "href", "/docs/reasons#bucket-not-found"
    )
    bucket.mkdir()
    site.house.now += site.house.limits.lease
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("status")).to_have_text("The run is tried again")


def test_a_recurring_export_runs_now_only_when_a_window_is_over(site: Site, data, page: Page):
    export = site.house.recurring()
    site.house.finish()
    page.goto(f"/accounts/1/exports/{export.export_id}")
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile("can run from"))
