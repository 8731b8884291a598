"""The page *Health* in the browser: figures, what is late or fails and why, what does not run."""

from playwright.sync_api import Page, expect
from sqlalchemy import update

from shared.jobs.monitor import monitor
from shared.state.tables import notices
from tests.adapters.datasets import order
from tests.jobs.importing import connected, importing, ran
from tests.jobs.watch import take_away, work
from tests.pages.site import Site, faults_everywhere
from tests.warehouse_rows import HOUR, MINUTE

HEALTH = "/accounts/1/health"


def test_where_all_is_well_the_page_says_so(site: Site, page: Page):
    house = site.house
    house.tick()
    monitor(house.services, house.now)
    page.goto(HEALTH)
    expect(page.get_by_role("status")).to_have_text("Nothing is late, and everything runs.")
    expect(page.get_by_role("heading", name="No export is late or fails")).to_be_visible()
    expect(page.locator(".facts .chip")).to_have_text(["Fine"] * 4)
    expect(page.get_by_role("link", name="Health")).to_have_attribute("aria-current", "page")
    assert faults_everywhere(page, "health-fine") == []


def test_what_is_late_and_what_fails_stands_there_with_why_and_where_to_go(
    site: Site, data, page: Page
):
    house = site.house
    broken = importing(house, connected(house, [order(1)]))
    (house.folder / "shop").rename(house.folder / "elsewhere")
    ran(house, broken)
    late = house.recurring(4)
    house.now += 5 * HOUR
    house.tick()
    house.now += MINUTE
    failing = house.recurring(4)
    take_away(house)
    house.now += 5 * HOUR
    house.tick()
    due = [message for message in house.take() if message[1]["run_id"] not in ids(house, late)]
    for message in due:
        house.deliver(message)
    house.now += 2 * HOUR
    page.goto(HEALTH)
    expect(page.get_by_role("status")).to_contain_text("Something needs attention")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text(str(failing.export_id))
    expect(rows.nth(1).locator(".chip")).to_have_text("Failing")
    expect(rows.nth(2)).to_contain_text(str(late.export_id))
    expect(rows.nth(2).locator(".chip")).to_have_text("Late")
    expect(rows.nth(2)).to_contain_text("Its windows wait or are under way")
    expect(page.locator(".facts")).to_contain_text("There has been no look of the monitor yet")
    expect(rows.last).to_contain_text("Orders")
    expect(rows.last).to_contain_text("The project, dataset or table to import from is not there.")
    monitor(house.services, house.now)
    refused = update(notices).values(status="REFUSED")
    house.services.database.run(lambda c: c.execute(refused))
    page.reload()
    expect(rows.nth(1)).to_contain_text("Nobody could be warned: Every address refused the mail")
    assert faults_everywhere(page, "health-attention") == []
    rows.nth(1).get_by_role("link").nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reasons")
    page.goto(HEALTH)
    page.get_by_role("link", name=str(late.export_id)).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(str(late.export_id))


def ids(house, export):
    return {run.run_id for run in house.runs(export)}


def test_a_house_at_work_leaves_nothing_on_the_page(site: Site, data, page: Page):
    house = site.house
    house.recurring(4)
    house.now += 5 * HOUR
    work(house)
    monitor(house.services, house.now)
    page.goto(HEALTH)
    expect(page.get_by_role("heading", name="No export is late or fails")).to_be_visible()
