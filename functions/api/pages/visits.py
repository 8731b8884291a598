"""One request of a person for a page: who asks, in which account, and what may be done there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, wraps
from typing import Any

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from functions.api.csrf import check_request
from functions.api.identity import identify
from functions.api.rest.routes import SERVICES, SIGN_IN
from shared.domain.account_settings import AccountSettings
from shared.domain.local_time import local_date
from shared.domain.members import Actor, Caller, may, require
from shared.jobs.entering import enter
from shared.jobs.services import Services
from shared.jobs.signing import signing_secret

View = Callable[..., ResponseReturnValue]
pages = Blueprint("pages", __name__)
# Addresses are short; what is longer is no form of ours.
ACCOUNT = "/accounts/<id:account_id>"


@dataclass(frozen=True, slots=True)
class Visit:
    """What every page of an account needs."""

    services: Services
    caller: Caller
    actor: Actor
    account: AccountSettings
    now: datetime
    has_others: bool

    @property
    def account_id(self) -> int:
        """The account in the address."""
        return self.account.account_id

    @property
    def today(self) -> date:
        """The date on the clocks of the account."""
        return local_date(self.now, self.account.time_zone)


def services_here() -> Services:
    """The services of this application."""
    built: Services = current_app.extensions[SERVICES]()
    return built


def caller_here(services: Services) -> Caller:
    """Who sends this request; raises NotIdentified."""
    g.caller = identify(request, current_app.extensions[SIGN_IN](), services)
    caller: Caller = g.caller
    return caller


def page(
    rule: str, operation: str, *, methods: tuple[str, ...] = ("GET",), change: str = ""
) -> Callable[[View], View]:
    """A page of an account, named like its view.

    Looking at it takes the right to `operation`, sending its form the right to `change`; a form
    is believed only with its token.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def handle(account_id: int, **captured: Any) -> ResponseReturnValue:
            services = services_here()
            caller = caller_here(services)
            # Another account's page does not exist, whatever was sent to it.
            entered = enter(services, caller, account_id)
            actor, account = entered.actor, entered.account
            now = services.clock()
            g.visit = Visit(services, caller, actor, account, now, entered.has_others)
            secret = signing_secret(services, "forms")
            check_request(request, caller, secret, now)
            require(actor, change if change and request.method == "POST" else operation)
            return view(g.visit, **captured)

        pages.add_url_rule(ACCOUNT + rule, view.__name__, handle, methods=list(methods))
        return view

    return decorate


def allowed(operation: str) -> bool:
    """Whether the visitor may do this: what he may not is not offered to him."""
    return may(g.visit.actor, operation)


def url(name: str, **values: Any) -> str:
    """The address of a page of this account."""
    account_id: int = g.visit.account_id
    if all(type(value) is int for value in values.values()):
        return _address(name, account_id, tuple(values.items()))
    return url_for(f"pages.{name}", account_id=account_id, **values)


@lru_cache(maxsize=10_000)
def _address(name: str, account_id: int, ids: tuple[tuple[str, int], ...]) -> str:
    """Kept, since a list has hundreds of them: nothing that was typed in stands in these."""
    values: dict[str, Any] = dict(ids)
    return url_for(f"pages.{name}", account_id=account_id, **values)


def go(name: str, notice: str = "", **values: Any) -> Response:
    """On to another page after a form was carried out, with a notice from the closed list."""
    if notice:
        values["notice"] = notice
    return redirect(url(name, **values), 303)


def is_fragment() -> bool:
    """Whether htmx asks for a part of a page rather than the whole of it."""
    return request.headers.get("HX-Request") == "true"
