"""Every page, in both schemes and at both widths: axe finds nothing, and no payload ever runs."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shared.domain.bucket_access import Access
from shared.domain.connections import Access as Mode
from shared.domain.connections import Dataset
from shared.domain.exports import DataType
from shared.domain.members import COMMAND_LINE, Role
from shared.jobs.api_keys import create_api_key
from shared.jobs.manage_accounts import update_account
from shared.state import buckets, connections, members
from shared.state.buckets import NewBucket
from shared.state.connections import NewConnection
from tests.jobs.house import House
from tests.pages.everything import addresses, filled, states
from tests.pages.site import Site, faults_everywhere
from tests.warehouse_rows import event

pytestmark = pytest.mark.long

PAYLOAD = "<img src=x onerror=\"document.title='owned'\">'\"</script><script>owned()</script>"


def test_axe_finds_nothing_on_any_page(site: Site, data, page: Page):
    found = addresses(site.app, filled(site.house))
    # An e-mail's frame runs no script, not even ours; tests/pages/test_telling.py looks at mails.
    del found["notice_mail"]
    assert len(found) >= 19
    faults = []
    for name, address in found.items():
        page.goto(address)
        if name in ("new_export", "edit_export"):
            expect(page.locator("#preview .facts")).to_be_visible()
        faults += faults_everywhere(page, name)
    assert faults == []


def test_axe_finds_nothing_in_other_states_of_pages(site: Site, data, page: Page):
    for name, address in states(filled(site.house)).items():
        page.goto(address)
        faults = faults_everywhere(page, name)
        assert faults == []


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
    place = Dataset("file:///" + PAYLOAD, "")
    connection = NewConnection(1, PAYLOAD, place, Mode.READ_ONLY, PAYLOAD, new.access, PAYLOAD)
    saved = house.services.database.run(lambda c: connections.insert(c, connection, house.now))
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
        f"{account}/connections?connected_by={PAYLOAD}",
        f"{account}/connections",
        f"{account}/connections/{saved.connection_id}",
        "/accounts",
    ]:
        page.goto(address)
        if "/new" in address:
            expect(page.locator("#preview .facts")).to_be_visible()
        assert page.title() != "owned", address
        assert page.locator("img, main script").count() == 0, address


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


def change_role(house: House, role: Role) -> None:
    """The only member becomes something else, which the service itself would refuse."""
    house.services.database.run(lambda c: members.set_role(c, 1, "ann@example.com", role))
