"""The keyboard alone, and no JavaScript: everything is reached and works all the same."""

import pytest
from playwright.sync_api import Page, expect

from tests.pages.everything import addresses, filled
from tests.pages.forms import choose
from tests.pages.site import Site

pytestmark = pytest.mark.long

# Numbers all that can be operated; of radio buttons the keys reach the chosen one.
NUMBER = """() => {
  const usual = 'a[href], button, input:not([type=hidden]), select, textarea, summary, '
    + '[tabindex="0"]';
  const all = [...document.querySelectorAll(usual)].filter(each => {
    if (!each.checkVisibility() || each.matches(':disabled')) return false;
    if (each.type !== 'radio' || each.checked) return true;
    const group = [...document.getElementsByName(each.name)];
    return !group.some(other => other.checked) && group[0] === each;
  });
  window.reached = new Set();
  all.forEach((each, number) => { each.dataset.number = number; });
  document.addEventListener('focusin', event => {
    const style = getComputedStyle(event.target), label = event.target.closest('label');
    const shown = style.outlineStyle !== 'none' || style.boxShadow !== 'none'
      || (label && getComputedStyle(label).outlineStyle !== 'none');
    if (shown) window.reached.add(event.target.dataset.number);
  });
  return all.length;
}"""
MISSED = """() => [...document.querySelectorAll('[data-number]')]
  .filter(each => !window.reached.has(each.dataset.number))
  .map(each => each.outerHTML.slice(0, 120))"""
# Parts of a date each take a key; nothing has more than this.
KEYS_EACH = 4


def test_the_keyboard_reaches_everything_and_shows_where_it_is(site: Site, data, page: Page):
    found = addresses(site.app, filled(site.house))
    # An e-mail's frame runs no script, so that nobody can count in it what takes the focus.
    del found["notice_mail"]
    for name, address in found.items():
        page.goto(address)
        count = page.evaluate(NUMBER)
        for pressed in range(count * KEYS_EACH):
            page.keyboard.press("Tab")
            # With fewer keys than this nobody has been everywhere.
            if pressed >= count and page.evaluate("document.activeElement === document.body"):
                break
        assert page.evaluate(MISSED) == [], name


def test_the_keyboard_opens_the_menu_of_a_phone(site: Site):
    page = site.page(viewport={"width": 390, "height": 844})
    page.goto("/accounts/1/start")
    link = page.get_by_role("link", name="Members")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").press("Enter")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()


def test_the_keyboard_alone_makes_an_export(site: Site, data, page: Page):
    page.goto("/accounts/1/exports/new")
    page.get_by_label("Partner Bucket name").fill(site.house.bucket.as_uri())
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.textContent.trim()")
        if focused == "Export":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Google export has initiated")


def test_each_page_works_without_javascript(site: Site, data):
    page = site.page(java_script_enabled=False)
    page.goto("/accounts/1/exports/new")
    page.get_by_label("Partner Bucket name").fill(site.house.bucket.as_uri())
    choose(page, "frequency", "recurring")
    page.get_by_label("Every", exact=True).select_option("6")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("First: 20 Nov, 00:00")).to_be_visible()
    expect(page.locator('input[value="recurring"]')).to_be_checked()
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Google export has initiated")
    page.get_by_label("Frequency").select_option("one_time")
    page.get_by_label("Items per page").select_option("10")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("No export fits these filters")).to_be_visible()
    expect(page.get_by_label("Items per page")).to_have_value("10")
    page.get_by_role("link", name="Reset all").first.click()
    page.locator(".acts a").last.click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_have_text("Google Cloud data export stopped")
