"""Connections in the browser: tested, mended, saved, rotated, deleted by the rule, never a key."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from shared.adapters.bigquery_source import BigQuerySource
from shared.domain.members import COMMAND_LINE
from shared.jobs.customer_sources import CustomerSources
from shared.jobs.manage_accounts import update_account
from tests.adapters.bigquery_shop import BigQueryShop
from tests.adapters.bigquery_store import LIMITS
from tests.adapters.datasets import folder_with, order
from tests.credentials.keys import key_file, pem
from tests.jobs.importing import connected, importing
from tests.leaks import found_in
from tests.pages.site import Site, faults_everywhere

LIST = "/accounts/1/connections"
RESULTS = "Result of the test"


@pytest.fixture
def shop(bigquery, house) -> BigQueryShop:
    """A customer's dataset in BigQuery, and a house whose customers are there."""
    made = BigQueryShop(bigquery.rest_url, [order(1)])

    def opened(place, credential, _location):
        assert credential is not None
        return BigQuerySource(made.client, lambda: None, place, LIMITS)

    plain = house.services
    sources = CustomerSources(plain.database, plain.secrets, opened)
    house.services = house.with_(source=sources, looks=sources)
    return made


def upload(page: Page, content: bytes) -> None:
    page.get_by_label("Upload JSON file").check()
    file = {"name": "key.json", "mimeType": "application/json", "buffer": content}
    page.get_by_label("JSON key file").set_input_files(file)


def press_test(page: Page) -> None:
    page.get_by_role("button", name="Test Connection").click()


def test_from_a_wrong_key_to_a_connection_that_works(shop, site: Site, page: Page):
    page.goto("/accounts/1/partners")
    expect(page.locator(".chip.good")).to_have_count(0)
    page.get_by_role("link", name="Add Database").click()
    page.get_by_label("Connection name").fill("Shop")
    page.get_by_label("Project ID").fill(shop.place.project)
    page.get_by_label("Dataset ID").fill("nothing")
    page.get_by_label("Custom key").check()
    broken = json.loads(key_file()) | {"type": "authorized_user"}
    page.get_by_label("JSON key", exact=True).fill(json.dumps(broken))
    press_test(page)
    results = page.get_by_label(RESULTS)
    expect(results.locator("li.bad")).to_contain_text("Project access")
    expect(results).to_contain_text("create the key again, copy and paste it")
    expect(results.get_by_role("link")).to_have_attribute("href", "/accounts/1/guide/bigquery#key")
    upload(page, key_file())
    press_test(page)
    expect(results.locator("li.bad")).to_contain_text("Dataset validity")
    expect(results).to_contain_text("Check that the dataset id matches exactly")
    assert faults_everywhere(page, "new-connection-refused") == []
    page.get_by_label("Dataset ID").fill(shop.place.dataset)
    press_test(page)
    expect(results).to_contain_text("The connection works")
    expect(results).to_contain_text("Location EU.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Connection saved")
    expect(page.get_by_role("row", name="Shop")).to_contain_text("ann@example.com")
    assert not found_in(page.content())
    page.goto("/accounts/1/partners")
    expect(page.locator(".chip.good")).to_have_text("Import")


def test_a_saved_connection_is_tested_in_place_and_its_key_rotated(shop, site: Site, page: Page):
    page.goto(f"{LIST}/new")
    page.get_by_label("Connection name").fill("Shop")
    page.get_by_label("Project ID").fill(shop.place.project)
    page.get_by_label("Dataset ID").fill(shop.place.dataset)
    page.get_by_label("Read only").check()
    upload(page, key_file())
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Shop", exact=True).click()
    expect(page.get_by_text("BigQuery Job User and BigQuery Data Viewer")).to_be_visible()
    expect(page.get_by_label("SQL that creates the dataset")).to_contain_text(
        f"CREATE SCHEMA IF NOT EXISTS `{shop.place.project}.sales`"
    )
    press_test(page)
    expect(page.get_by_label(RESULTS)).to_contain_text("The connection works")
    expect(page).to_have_url(re.compile(r"/connections/\d+$"))
    assert faults_everywhere(page, "connection-tested") == []
    page.get_by_role("link", name="Rotate key").click()
    page.get_by_label("Custom key").check()
    second = key_file(private_key=pem(number=1), private_key_id="f" * 40)
    page.get_by_label("JSON key", exact=True).fill(second.decode())
    page.get_by_role("button", name="Rotate key").click()
    expect(page.get_by_role("status")).to_have_text("The new credentials work and are saved")
    expect(page.get_by_text("f" * 40)).to_be_visible()
    assert not found_in(page.content())
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_have_text("Connection deleted, and its key destroyed")


def test_a_connection_in_use_is_deleted_once_all_is_stopped(site: Site, page: Page):
    saved = connected(site.house, [order(1)])
    for name in ("Orders", "Refunds"):
        importing(site.house, saved, nickname=name)
    page.goto(f"{LIST}/{saved.connection_id}/delete")
    expect(page.get_by_role("alert")).to_contain_text("The connection is in use.")
    expect(page.get_by_role("rowheader")).to_have_text(["Refunds", "Orders"])
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    assert faults_everywhere(page, "delete-connection-in-use") == []
    page.get_by_role("button", name="Stop all").click()
    expect(page.get_by_role("status")).to_contain_text("are stopped")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_have_text("Connection deleted")
    expect(page.get_by_role("heading", name="No connections yet")).to_be_visible()


def test_without_javascript_a_folder_is_tested_saved_and_found_again(site: Site):
    place = folder_with(site.house.folder / "shop", [order(1)])
    page = site.page(java_script_enabled=False)
    page.goto(f"{LIST}/new")
    page.get_by_label("Project ID").fill(place.project + "-no")
    upload(page, key_file())
    press_test(page)
    expect(page.get_by_label(RESULTS)).to_contain_text("There is no folder or DuckDB file")
    expect(page.get_by_text("Give the key once more")).to_be_visible()
    page.get_by_label("Project ID").fill(place.project)
    page.get_by_label("Connection name").fill("Shop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("rowheader")).to_have_text(["Shop"])
    page.get_by_label("Connected By").select_option("ann@example.com")
    page.get_by_text("Connected On").first.click()
    page.get_by_label("To", exact=True).fill("2026-11-01")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("No connection fits these filters")).to_be_visible()
    page.goto(f"{LIST}?connected_by=ann@example.com&connected_from=2026-11-01")
    expect(page.get_by_role("rowheader")).to_have_text(["Shop"])


def test_where_imports_are_switched_off_no_database_is_offered(site: Site, page: Page):
    update_account(site.house.services, COMMAND_LINE, 1, flags={"bigquery_import": False})
    page.goto("/accounts/1/partners")
    expect(page.get_by_role("link", name="Add Database")).to_have_count(0)
    answer = page.goto(f"{LIST}/new")
    assert answer is not None
    assert answer.status == 403
