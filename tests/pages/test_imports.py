"""Imports: made in steps, run, watched and stopped, as somebody does it with a browser."""

import csv
import re

import duckdb
import pytest
from playwright.sync_api import Page, expect

from shared.domain.import_states import ImportStatus
from shared.jobs.list_imports import list_imports
from tests.adapters.datasets import order
from tests.jobs.importing import again, connected, finish_imports, importing, ran
from tests.pages.site import Site, faults_everywhere

LIST = "/accounts/1/imports"
# Of 60 rows, 55 have a user.
ROWS = [order(n, uid="null" if n < 5 else f"u{n}") for n in range(60)]


@pytest.fixture
def saved(site: Site):
    """A connection to a folder with the table `orders`."""
    return connected(site.house, ROWS)


def go(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def only_import(site: Site):
    [view] = list_imports(site.house.services, 1).items
    return view


def test_an_import_is_made_in_steps_run_and_its_rejects_downloaded(site: Site, saved, page: Page):
    page.goto(LIST)
    expect(page.get_by_role("main")).to_contain_text("No imports yet")
    page.get_by_role("main").get_by_role("link", name="Create Import").first.click()
    page.get_by_label("Nickname").fill("Buys")
    expect(page.get_by_label("Connection")).to_have_value(str(saved.connection_id))
    page.get_by_role("combobox", name="Table or view").select_option("orders")
    go(page, "Preview results")
    expect(page.get_by_role("region", name="First rows").get_by_role("row")).to_have_count(21)
    go(page, "Next: mapping")
    expect(page.get_by_label("Identity")).to_have_value("uid")
    expect(page.get_by_label("Updated On")).to_have_value("changed")
    expect(page.get_by_label("Created On")).to_have_value("happened")
    expect(page.get_by_label("Property of price")).to_have_value("price")
    page.get_by_label("Name of all events").fill("Bought")
    page.get_by_label("Type of count").select_option("integer")
    faults = faults_everywhere(page, "import-mapping")
    go(page, "Next: dry run")
    expect(page.get_by_role("cell", name=re.compile("5 rejected"))).to_be_visible()
    expect(page.get_by_role("region", name="Rows that would be rejected")).to_contain_text("null")
    faults += faults_everywhere(page, "import-check")
    go(page, "Back")
    expect(page.get_by_label("Name of all events")).to_have_value("Bought")
    expect(page.get_by_label("Type of count")).to_have_value("integer")
    go(page, "Next: dry run")
    go(page, "Next: schedule")
    page.get_by_label("Days of the week").check()
    page.get_by_label("Monday").check()
    expect(page.get_by_text("Monday, 23 Nov, 09:00")).to_be_visible()
    page.get_by_label("By hand").check()
    expect(page.get_by_text("It runs when somebody presses")).to_be_visible()
    faults += faults_everywhere(page, "import-schedule")
    go(page, "Create Import")
    expect(page.get_by_role("status")).to_have_text("Import created")
    go(page, "Run now")
    expect(page.get_by_text("is waiting for its turn")).to_be_visible()
    finish_imports(site.house)
    # Without a reload: the page sees that the run has ended.
    expect(page.get_by_text("91.66 %")).to_be_visible()
    expect(page.get_by_text("Some rows rejected")).to_be_visible()
    page.get_by_role("link", name="5 rejected rows").click()
    expect(page.get_by_role("region", name="Rejected rows").get_by_role("row")).to_have_count(6)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    rows = list(csv.DictReader(download.value.path().read_text("utf-8").splitlines()))
    assert len(rows) == 5
    assert rows[0]["reason"] == "identity is a word that stands for none"
    assert '"uid": "null"' in rows[0]["values"]
    page.goto(LIST)
    expect(page.get_by_role("row").nth(1)).to_contain_text("91.66 %")
    assert faults == []


def test_errors_stand_beside_their_fields_and_drafts_wait_without_javascript(site: Site, saved):
    page = site.page(java_script_enabled=False)
    page.goto(f"{LIST}/new?connection={saved.connection_id}")
    page.get_by_label("Nickname").fill("Profiles")
    page.get_by_label("SQL").check()
    page.get_by_role("textbox", name="SELECT").fill("DELETE FROM orders")
    go(page, "Preview results")
    expect(page.get_by_role("alert")).to_contain_text("SELECT")
    go(page, "Next: mapping")
    expect(page.locator("#sql")).to_have_value("DELETE FROM orders")
    page.locator("#sql").fill("SELECT uid, mail,\n price FROM orders")
    go(page, "Next: mapping")
    # No column says when anything happened, so that rows can be profiles alone.
    expect(page.get_by_label("Profiles")).to_be_checked()
    expect(page.get_by_label("Identity")).to_have_value("uid")
    page.get_by_label("Identity").select_option("")
    page.get_by_label("Property of price").fill("")
    go(page, "Next: dry run")
    expect(page.locator("#identity-wrong")).to_contain_text("Choose the column")
    expect(page.locator("#properties-wrong")).to_contain_text("1 to 300 characters")
    page.get_by_label("Identity").select_option("uid")
    page.get_by_label("Property of price").fill("Price")
    go(page, "Save as draft")
    expect(page.get_by_role("main")).to_contain_text("Draft saved")
    draft = only_import(site)
    assert (draft.status, draft.found.spec.source.sql) == (
        ImportStatus.DRAFT, "SELECT uid, mail,\n price FROM orders",
    )  # fmt: skip
    page.get_by_role("link", name="Edit").click()
    go(page, "4. Schedule")
    page.get_by_label("Every so often").check()
    page.get_by_label("Every", exact=True).fill("10")
    page.get_by_label("Unit").select_option("minutes")
    go(page, "Create Import")
    expect(page.locator("#every-wrong")).to_contain_text("every 15 minutes or more")
    page.get_by_label("Every", exact=True).fill("30")
    go(page, "Show next runs")
    expect(page.get_by_label("Next runs").get_by_role("listitem")).to_have_text(
        ["Friday, 20 Nov, 13:00", "Friday, 20 Nov, 13:30", "Friday, 20 Nov, 14:00"]
    )
    go(page, "Create Import")
    made = only_import(site)
    assert made.status is ImportStatus.SCHEDULED
    assert [each.name for each in made.found.spec.mapping.properties] == ["Price"]
    page.goto(LIST)
    expect(page.get_by_role("row").nth(1)).to_contain_text("Every 30 minutes")


def test_edit_changes_what_was_changed_and_nothing_else(site: Site, saved, page: Page):
    made = importing(site.house, saved, nickname="Orders")
    importing(site.house, saved, nickname="Others")
    ran(site.house, made)
    before = again(site.house, made)
    assert before.watermark is not None
    page.goto(f"{LIST}/{made.import_id}/edit")
    page.get_by_label("Nickname").fill("Others")
    go(page, "Update import")
    expect(page.locator("#nickname-wrong")).to_contain_text("already")
    page.get_by_label("Nickname").fill("Renamed")
    go(page, "Next: mapping")
    expect(page.get_by_label("Property of price")).to_have_value("Price")
    go(page, "Update import")
    expect(page.get_by_role("status")).to_contain_text("Import updated")
    after = again(site.house, made)
    assert (after.spec.nickname, after.spec.mapping) == ("Renamed", before.spec.mapping)
    # What is read by the same rules goes on where it was.
    assert after.watermark == before.watermark


def test_a_table_of_10000_columns_gives_a_page_that_people_can_use(site: Site, page: Page):
    names = ", ".join(f"{n} AS c{n}" for n in range(10_000))
    shop = site.house.folder / "shop"
    saved = connected(site.house, ROWS)
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT 'u1' AS uid, {names}) TO '{shop}/wide.parquet'")
    page.goto(f"{LIST}/new?connection={saved.connection_id}")
    page.get_by_label("Nickname").fill("Wide")
    page.get_by_role("combobox", name="Table or view").select_option("wide")
    go(page, "Next: mapping")
    expect(page.get_by_role("main")).to_contain_text("The source has 10,001 columns")
    expect(page.get_by_label("Identity")).to_have_value("uid")
    # The first ones are shown in the order of the table.
    expect(page.locator("#properties tbody tr").first).to_contain_text("uid")
    page.get_by_label("Other columns").fill("c9999")
    go(page, "Add columns")
    added = page.get_by_label("c9999", exact=True)
    expect(added).to_be_attached()
    page.locator('input[name="use"]:checked').first.uncheck()
    added.check()
    go(page, "Next: dry run")
    expect(page.get_by_role("rowheader", name="c9999")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("All rows of the sample would be imported")


def test_the_list_filters_and_moves_imports_and_stop_asks_once(site: Site, saved, page: Page):
    made = importing(site.house, saved)
    (site.house.folder / "shop" / "orders.parquet").unlink()
    ran(site.house, made)
    page.goto(LIST)
    row = page.get_by_role("row").nth(1)
    expect(row).to_contain_text("Most rows rejected, or failed")
    row.hover()
    go(page, "Pause Orders")
    expect(page.get_by_role("status")).to_contain_text("Import paused")
    page.get_by_label("Status").select_option("Ready")
    expect(page.get_by_text("No import fits these filters")).to_be_visible()
    page.get_by_label("Status").select_option("Paused")
    page.get_by_role("link", name="Orders", exact=True).click()
    fault = page.locator("#fault")
    expect(fault).to_contain_text("is not there")
    expect(fault.get_by_role("link", name="Reason import-source-missing")).to_be_visible()
    go(page, "Resume")
    page.get_by_role("link", name="Stop").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stop import Orders?")
    go(page, "Stop")
    expect(page.get_by_role("status")).to_contain_text("Import stopped")
    assert again(site.house, made).status is ImportStatus.STOPPED
    row.hover()
    expect(row.locator(".acts").locator("a, button")).to_have_text(["View"])
