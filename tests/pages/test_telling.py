"""Notices and webhooks in the browser: what was sent, in a frame that can do nothing."""

from dataclasses import replace
from functools import partial
from ipaddress import ip_address

import pytest
from playwright.sync_api import Page, expect

from shared.adapters.webhook_posts import WebhookPosts
from shared.domain.import_notices import ImportNotice
from shared.domain.incidents import NoticeKind
from shared.domain.members import COMMAND_LINE, Role
from shared.domain.webhooks import WebhookEvent
from shared.jobs.manage_webhooks import create_webhook, try_webhook
from shared.jobs.send_notices import send_due
from shared.jobs.webhook_notices import tell_switched_off
from shared.mail.message import message_of
from shared.state import incidents, notices, webhooks
from shared.state.incidents import Failure
from shared.state.notices import NewNotice
from tests.jobs.house import House
from tests.leaks import watch
from tests.mail.samples import SENDER, import_letter, letter, webhook_letter
from tests.pages.site import Site, faults_everywhere
from tests.pages.test_every_page import PAYLOAD, change_role

pytestmark = pytest.mark.long

PUBLIC = ip_address("8.8.8.8")


def queued(house: House, kind: NoticeKind = NoticeKind.FIRST, bucket: str = "") -> int:
    """A notice about a recurring export; its id."""
    export = house.recurring()
    where = bucket or export.spec.bucket
    failure = Failure(1, export.export_id, where, "403-forbidden", "...", house.now)

    def store(connection):
        incidents.open_or_continue(connection, failure, house.now)
        found = incidents.open_of(connection, 1, [export.export_id])[export.export_id]
        to, about = ("ann@example.com",), (found.incident_id,)
        new = NewNotice(1, kind, to, where, "403-forbidden", about, {})
        return notices.queue(connection, new, house.now)

    return house.services.database.run(store)


@pytest.fixture
def hooks(site: Site) -> Site:
    """Names lead to an address of the internet, which nobody calls."""
    house = site.house
    house.services = replace(
        house.services, posts=WebhookPosts(resolve=lambda host, port: [PUBLIC])
    )
    return site


def test_without_notices_the_page_says_what_they_are(site: Site, page: Page):
    page.goto("/accounts/1/notices")
    expect(page.get_by_role("heading", name="No notices")).to_be_visible()


def test_a_notice_is_shown_as_it_would_be_sent_and_then_as_it_was(site: Site, data, page: Page):
    notice_id = queued(site.house)
    page.goto("/accounts/1/notices")
    expect(page.get_by_role("row").nth(1)).to_contain_text("QUEUED")
    page.get_by_role("link", name="First warning").click()
    expect(page.get_by_role("heading", name="as it would be sent now")).to_be_visible()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("link", name="Fix it now")).to_be_visible()
    expect(frame.get_by_text("GCP account is forbidden").first).to_be_visible()
    send_due(site.house.services, site.house.now)
    page.reload()
    expect(page.get_by_role("heading", name="as it was sent")).to_be_visible()
    expect(page.get_by_text("accepted")).to_be_visible()
    page.get_by_text("As plain text").click()
    expect(page.get_by_role("region", name="plain text")).to_contain_text("WHAT HAPPENS NEXT")
    answer = page.goto(f"/accounts/1/notices/{notice_id}/mail")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    answer = page.goto("/accounts/1/notices/99")
    assert answer is not None
    assert answer.status == 404


def test_no_name_in_a_mail_becomes_markup_of_ours(site: Site, data, page: Page):
    notice_id = queued(site.house, bucket=PAYLOAD)
    for address in (f"notices/{notice_id}", f"notices/{notice_id}/mail", "notices"):
        page.goto(f"/accounts/1/{address}", wait_until="networkidle")
        assert page.title() != "owned"
        assert page.locator("img, main script").count() == 0


def test_a_webhook_is_made_tested_switched_off_and_removed(hooks: Site, page: Page):
    page.goto("/accounts/1/webhooks")
    expect(page.get_by_role("heading", name="No webhook yet")).to_be_visible()
    page.get_by_label("Address").fill("https://10.0.0.1/")
    page.get_by_role("button", name="Add webhook").click()
    expect(page.get_by_role("alert")).to_contain_text("servers on the internet")
    page.get_by_label("Address").fill("https://hooks.example.com/in")
    page.get_by_label("Export made").uncheck()
    page.get_by_role("button", name="Add webhook").click()
    secret = watch(page.get_by_role("status").locator("code").inner_text())
    assert secret.startswith("whsec_")
    page.goto("/accounts/1/webhooks")
    assert secret not in page.content()
    page.get_by_role("link", name="hooks.example.com").click()
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("status")).to_contain_text("on its way")
    expect(page.get_by_role("row").nth(1)).to_contain_text("webhook.test")
    page.get_by_role("button", name="Rotate secret").click()
    again = watch(page.get_by_role("status").locator("code").inner_text())
    assert again != secret
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("was switched off by a member")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("button", name="Test")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="No webhook yet")).to_be_visible()
    stored = hooks.house.services.database.run(lambda c: webhooks.list_all(c, 1))
    assert stored == []


def test_only_admins_are_offered_webhooks(site: Site, page: Page):
    change_role(site.house, Role.EDITOR)
    page.goto("/accounts/1/notices")
    expect(page.get_by_role("link", name="Webhooks")).to_have_count(0)
    answer = page.goto("/accounts/1/webhooks")
    assert answer is not None
    assert answer.status == 403


def test_further_addresses_are_given_in_the_form_and_shown(site: Site, data, page: Page):
    page.goto("/accounts/1/exports/new")
    page.get_by_label("Partner Bucket name").fill(site.house.bucket.as_uri())
    page.get_by_label("Send to").fill("Data@Example.com, ops@example.com\nnobody")
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("e-mail address")
    page.get_by_label("Send to").fill("Data@Example.com, ops@example.com")
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Google export has initiated")
    page.locator(".acts a").first.click()
    expect(page.get_by_text("data@example.com, ops@example.com")).to_be_visible()


def test_axe_finds_nothing(hooks: Site, data, page: Page):
    house = hooks.house
    notice_id = queued(house)
    made, _ = create_webhook(
        house.services, COMMAND_LINE, 1, "https://hooks.example.com/in", list(WebhookEvent)
    )
    try_webhook(house.services, COMMAND_LINE, 1, made.webhook_id)
    off = partial(tell_switched_off, hook=made, why="webhook-gone", now=house.now)
    house.services.database.run(off)
    page.goto("/accounts/1/notices")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Webhook switched off")
    faults = []
    for name in ("notices", f"notices/{notice_id}", "webhooks", f"webhooks/{made.webhook_id}"):
        page.goto(f"/accounts/1/{name}", wait_until="networkidle")
        faults += faults_everywhere(page, name.replace("/", "-"))
    assert faults == []


def test_the_mails_read_well_in_each_scheme_and_width(site: Site, page: Page):
    faults = []
    exports = [letter(kind, exports=3) for kind in NoticeKind]
    for one in (*exports, *map(import_letter, ImportNotice), webhook_letter()):
        message = message_of(one, SENDER, ("ann@example.com",))
        part = message.get_body(("html",))
        assert part is not None
        page.set_content(part.get_content())
        faults += faults_everywhere(page, f"mail-{one.kind.lower()}", NOT_OF_MAILS)
    assert faults == []


# The rules of documents with landmarks are not those of mails.
NOT_OF_MAILS = ("region", "landmark")
