"""The page of a replay tells what it delivered else than before."""

from playwright.sync_api import Page, expect

from shared.domain.members import SYSTEM
from shared.jobs.replay import replay_run
from tests.jobs.samples import mixed_events
from tests.pages.site import Site, faults_everywhere


def replayed(site: Site) -> str:
    """The address of a replay that added rows to some files of a delivery."""
    house = site.house
    export = house.export()
    house.finish()
    house.load(mixed_events(20, first=1_000))
    house.now += house.limits.lease
    # A one-time export reads what has arrived by now.
    made = replay_run(house.services, SYSTEM, 1, house.run(export).run_id)
    house.finish()
    return f"/accounts/1/exports/{export.export_id}/runs/{made.run_id}"


def test_a_replay_shows_its_rows_and_the_files_that_differ(site: Site, data, page: Page):
    page.goto(replayed(site))
    part = page.locator("article", has_text="Difference to the first delivery")
    expect(part).to_contain_text("20 added, 0 missing, 0 changed")
    expect(part.get_by_role("row")).not_to_have_count(1)
    assert faults_everywhere(page, "difference") == []


def test_another_run_shows_no_difference(site: Site, data, page: Page):
    export = site.house.export()
    site.house.finish()
    page.goto(f"/accounts/1/exports/{export.export_id}/runs/{site.house.run(export).run_id}")
    expect(page.get_by_text("Difference to the first delivery")).to_have_count(0)
