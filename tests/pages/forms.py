"""Short ways to fill in the form of an export."""

from playwright.sync_api import Page

from tests.pages.site import Site


def open_form(site: Site, page: Page) -> None:
    """A new export into the folder that stands for the bucket."""
    page.goto("/accounts/1/exports/new")
    page.get_by_label("Partner Bucket name").fill(site.house.bucket.as_uri())


def choose(page: Page, name: str, value: str) -> None:
    """One of the radio buttons."""
    page.locator(f'input[name="{name}"][value="{value}"]').check()


def send(page: Page) -> None:
    page.get_by_role("button", name="Export", exact=True).click()


def newest(site: Site):
    """The specification of the export that was made last."""
    return site.house.services.database.run(_list)[0].spec


def _list(connection):
    from shared.state import exports

    return sorted(exports.list_all(connection, 1), key=lambda each: -each.export_id)
