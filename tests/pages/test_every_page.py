"""Every page, in both schemes and at both widths: axe finds nothing, and no payload ever runs."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shared.domain.bucket_access import Access
from shared.domain.exports import DataType
from shared.domain.members import COMMAND_LINE, Role
from shared.jobs.api_keys import create_api_key
from shared.jobs.manage_accounts import update_account
from shared.state import buckets, members
from shared.state.buckets import NewBucket
from tests.jobs.house import House
from tests.pages.site import DESKTOP, PHONE, Site, accessibility_faults, shoot
from tests.warehouse_rows import event

PAYLOAD = "<img src=x onerror=\"document.title='owned'\">'\"</script><script>owned()</script>"


def filled(house: House) -> dict[str, str]:
    """A house with something on every page; gives the pages by name."""
    once = house.export()
    house.finish()
    house.now += timedelta(seconds=1)
    often = house.recurring(4)
    house.finish()
    new = NewBucket(1, "Partner", "gs://partner-feed", Access("key", email="a@example.com"))
    house.services.database.run(lambda c: buckets.insert(c, new, house.now))
    create_api_key(house.services, COMMAND_LINE, 1, "nightly", frozenset({"exports:read"}))
    account = "/accounts/1"
    named = f"{account}/exports/{often.export_id}"
    pages = ("exports", "exports/new", "start", "guide", "partners", "buckets", "settings")
    pages += ("members", "api-keys", "audit", "buckets/1/rotate", "buckets/1/delete")
    run = f"{account}/exports/{once.export_id}/runs/{house.run(once).run_id}"
    found = {name.replace("/", "-"): f"{account}/{name}" for name in pages}
    return found | {
        "export": named,
        "edit": f"{named}/edit",
        "stop": f"{named}/stop",
        "run": run,
        "no-such-export": f"{account}/exports/9",
        "no-fit": f"{account}/exports?status=STOPPED",
        "accounts": "/accounts",
        "reasons": "/docs/reasons",
    }


@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(site: Site, data, scheme, size):
    page = site.page(color_scheme=scheme, viewport=DESKTOP if size == "desktop" else PHONE)
    faults = {}
    for name, address in filled(site.house).items():
        page.goto(address, wait_until="networkidle")
        shoot(page, f"{name}-{size}-{scheme}")
        if found := accessibility_faults(page):
            faults[name] = found
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{name} is wider than the window"
    assert faults == {}


def test_the_chosen_colours_stay(site: Site, page: Page):
    page.goto("/accounts/1/members")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Dark colours").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Members")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != light
    expect(page.get_by_role("button", name="Light colours")).to_be_visible()


def test_no_stored_text_ever_becomes_markup(site: Site, page: Page):
    house = site.house
    house.load([event(1, event_name=PAYLOAD[:60], props={PAYLOAD: PAYLOAD})])
    update_account(house.services, COMMAND_LINE, 1, name=PAYLOAD)
    selected = {"data_type": DataType.SELECT_EVENTS, "events": (PAYLOAD[:60],)}
    export = house.export(**selected)
    house.finish()
    house.now += timedelta(seconds=1)
    new = NewBucket(1, PAYLOAD, f"gs://{PAYLOAD}", Access("key", email=PAYLOAD, key_id=PAYLOAD))
    house.services.database.run(lambda c: buckets.insert(c, new, house.now))
    create_api_key(house.services, COMMAND_LINE, 1, PAYLOAD, frozenset({"exports:read"}))
    account = "/accounts/1"
    named = f"{account}/exports/{export.export_id}"
    run = f"{named}/runs/{house.run(export).run_id}"
    for address in [
        *(f"{account}/{name}" for name in ("exports", "buckets", "settings", "api-keys", "audit")),
        f"{account}/exports?text={PAYLOAD}",
        f"{account}/audit?actor={PAYLOAD}",
        f"{account}/exports/new?again={export.export_id}",
        named,
        run,
        "/accounts",
    ]:
        page.goto(address, wait_until="networkidle")
        assert page.title() != "owned", address
        assert page.locator("img, main script").count() == 0, address


def test_each_page_works_without_javascript(site: Site, data):
    page = site.page(java_script_enabled=False)
    page.goto("/accounts/1/exports/new")
    page.get_by_label("Partner Bucket name").fill(site.house.bucket.as_uri())
    page.locator('input[value="recurring"]').check()
    page.get_by_label("Every", exact=True).select_option("6")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("First: 20 Nov, 00:00")).to_be_visible()
    expect(page.locator('input[value="recurring"]')).to_be_checked()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Google export has initiated")
    page.locator(".acts a").last.click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_have_text("Google Cloud data export stopped")


def test_the_keyboard_alone_reaches_the_form_and_sends_it(site: Site, data, page: Page):
    page.goto("/accounts/1/exports/new")
    page.get_by_label("Partner Bucket name").fill(site.house.bucket.as_uri())
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent.trim()")
        if focused == "Export":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Google export has initiated")


def test_a_viewer_is_offered_nothing_that_is_refused_to_him(site: Site, data, page: Page):
    house = site.house
    house.recurring()
    change_role(house, Role.VIEWER)
    page.goto("/accounts/1/exports")
    expect(page.get_by_role("link", name="Create Export")).to_have_count(0)
    expect(page.locator(".acts").get_by_role("link")).to_have_text(["View"])
    for address in ("exports/new", "api-keys"):
        answer = page.goto(f"/accounts/1/{address}")
        assert answer is not None
        assert answer.status == 403


def test_a_running_export_shows_its_progress_and_goes_on_by_itself(site: Site, data, page: Page):
    export = site.house.export()
    messages = site.house.planned(export)
    page.goto(f"/accounts/1/exports/{export.export_id}")
    expect(page.get_by_text("is writing files")).to_be_visible()
    site.house.deliver(messages[0])
    expect(page.get_by_text("1 of ")).to_be_visible()
    for message in messages[1:]:
        site.house.deliver(message)
    expect(page.get_by_text("The run has ended.")).to_be_visible()


def change_role(house: House, role: Role) -> None:
    """The only member becomes something else, which the service itself would refuse."""
    house.services.database.run(lambda c: members.set_role(c, 1, "ann@example.com", role))
