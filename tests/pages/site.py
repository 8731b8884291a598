"""The dashboard as somebody sees it: the real application over a house, in a real browser."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from functions.api.app import new_app
from functions.api.rest.routes import SERVICES, SIGN_IN
from shared.jobs.manage_accounts import first_admin
from shared.jobs.services import Services
from shared.ports import SignIn
from tests.jobs.house import House

ANN = "ann@example.com"
SHOTS = Path(__file__).parents[2] / ".sluice-screenshots"
AXE = (Path(__file__).parent / "axe.min.js").read_text("utf-8")
# The rules of axe that look at colours.
COLOURS = ["color-contrast", "link-in-text-block"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ADMIN = {
    "SLUICE_ADMIN_EMAIL": ANN,
    "SLUICE_ACCOUNT_NAME": "Example Shop",
    "SLUICE_TIME_ZONE": "Europe/Berlin",
}


@dataclass
class Site:
    """A running dashboard, and ways to look at it."""

    house: House
    url: str
    browser: Browser
    app: Flask
    # What the browser complained about; nothing may be in it at the end.
    complaints: list[str] = field(default_factory=list)

    def page(self, **options: Any) -> Page:
        """A new browser window; its own cookies, its own settings."""
        context = self.browser.new_context(base_url=self.url, **{"viewport": DESKTOP} | options)
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _heard(self, message: Any) -> None:
        # A form that is refused answers 422, which the console tells as an error.
        if message.type == "error" and "status of 4" not in message.text:
            self.complaints.append(message.text)


@cache
def _built() -> Flask:
    return new_app(_nobody, _nobody)


def _nobody() -> Any:
    raise AssertionError("the application has no parts yet")


def application(services: Callable[[], Services], sign_in: Callable[[], SignIn]) -> Flask:
    """The application over these parts, instead of those of the test before.

    Its addresses and templates are compiled once for all tests, which takes longer than a page.
    """
    app = _built()
    app.extensions |= {SERVICES: services, SIGN_IN: sign_in}
    return app


@contextmanager
def serving(house: House, browser: Browser) -> Iterator[Site]:
    """The application behind a web server of this process."""
    first_admin(house.services, ADMIN)
    app = application(lambda: house.services, lambda: SignIn(local_member=ANN))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Site(house, f"http://127.0.0.1:{server.port}", browser, app)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# On a phone rows are cards, which nobody thinks of moving sideways.
CUT = """[...document.querySelectorAll('.table:has(> .cards)')]
    .some(table => table.scrollWidth > table.clientWidth)"""


def faults_everywhere(page: Page, name: str, but: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with the page in light and dark, at the desk and on a phone.

    It is loaded once and shown in four ways; pictures of two are kept where they are asked for.
    A scheme changes nothing but colours, so all other rules hold in dark where they do in light.
    Rules that begin with one of `but` do not count.
    """
    faults = []
    for size, wide in ((DESKTOP, "desktop"), (PHONE, "phone")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            # A colour on its way to another one has any contrast.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            told = f"{name}, {wide}, {scheme}: "
            found = accessibility_faults(page, colours_only=scheme == "dark")
            faults += [told + fault for fault in found if not fault.startswith(but)]
            if (wide, scheme) in (("desktop", "light"), ("phone", "dark")):
                shoot(page, f"{name}-{wide}-{scheme}")
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            faults.append(f"{name}, {wide}: wider than the window")
        if wide == "phone" and page.evaluate(CUT):
            faults.append(f"{name}, {wide}: the rows of a list are cut off")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    return faults


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page, for people who ask to look at it."""
    if not os.environ.get("SLUICE_SCREENSHOTS"):
        return
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def accessibility_faults(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe finds wrong with the page as it is shown: rule, and the elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": COLOURS} if colours_only else {})
    found = page.evaluate("async options => (await axe.run(options)).violations", options)
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary', '')}"
        for each in found
        for node in each["nodes"]
    ]
