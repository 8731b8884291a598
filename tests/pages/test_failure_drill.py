"""The failure drill in the browser: what happened, and e-mails that can do nothing."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from shared.domain.members import Role
from shared.state.tables import exports, notices
from tests.pages.site import Site, faults_everywhere
from tests.pages.test_every_page import change_role


def count(site: Site, table) -> int:
    return len(site.house.services.database.run(lambda c: c.execute(select(table)).all()))


def test_a_drill_shows_what_happened_and_each_mail(site: Site, page: Page):
    page.set_default_timeout(120_000)
    page.goto("/accounts/1/notices")
    page.get_by_role("link", name="Failure drill").click()
    page.get_by_label("A retention policy refuses the files").check()
    page.get_by_role("button", name="Run the drill").click()
    expect(page.get_by_role("status")).to_contain_text("That was a drill", timeout=120_000)
    happened = page.locator("main ol.timeline li")
    expect(happened.last).to_contain_text("Notice 3 to ann@example.com")
    for title in ("Notice 1", "Notice 2", "Notice 3"):
        frame = page.frame_locator(f"iframe[title='{title}']")
        expect(frame.get_by_text("retentionPolicyNotMet").first).to_be_attached()
        # Its own styles are allowed, and nothing else of it.
        heading = frame.locator("h1")
        assert heading.evaluate("each => getComputedStyle(each).fontSize") == "22px"
    page.get_by_text("As plain text").first.click()
    expect(page.get_by_role("region", name="Notice 1 as plain text")).to_contain_text(
        "WHAT IS SAFE"
    )
    assert faults_everywhere(page, "failure-drill") == []
    assert (count(site, exports), count(site, notices)) == (0, 0)
    page.goto("/accounts/1/audit")
    expect(page.get_by_text("notices.drill").first).to_be_visible()


def test_a_drill_that_cannot_be_is_refused_in_one_sentence(site: Site, page: Page):
    page.goto("/accounts/1/notices/drill")
    page.locator("input[value='key']").evaluate("each => { each.value = 'everything' }")
    page.locator("input[value='everything']").check()
    page.get_by_role("button", name="Run the drill").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what breaks")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_admins_are_offered_a_drill(site: Site, page: Page, role):
    change_role(site.house, role)
    page.goto("/accounts/1/notices")
    expect(page.get_by_role("link", name="Failure drill")).to_have_count(0)
    answer = page.goto("/accounts/1/notices/drill")
    assert answer is not None
    assert answer.status == 403
