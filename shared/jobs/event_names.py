"""Names of an account's events to choose from, kept for a while, since looking takes time."""

from datetime import timedelta

from shared.domain.members import COMMAND_LINE, Actor, require
from shared.errors import SluiceError
from shared.jobs.lookup import account_of
from shared.jobs.rates import allow
from shared.jobs.services import Services
from shared.ports import EventNames, SampleBounds

# New names are rare, and a name that is not offered can be written all the same.
KEPT = timedelta(minutes=10)
# Whoever is just about to load first events, or had to wait, is not told "none" for long.
NONE_KEPT = timedelta(seconds=15)


def event_names(
    services: Services,
    account_id: int,
    *,
    prefix: str = "",
    limit: int | None = None,
    actor: Actor = COMMAND_LINE,
) -> EventNames:
    """The first names of loaded events that begin with `prefix`, which may be minutes old.

    Raises TooMany for whoever asks the warehouse too often, and Transient while it is busy.
    """
    require(actor, "events.list")
    account_of(services, account_id)
    found = _looked_up(services, account_id, "", actor)
    if prefix and not found.complete:
        found = _looked_up(services, account_id, prefix, actor)
    names = tuple(name for name in found.names if name.startswith(prefix))
    if limit is None or len(names) <= limit:
        return EventNames(names, found.complete)
    return EventNames(names[:limit], complete=False)


def names_to_offer(services: Services, account_id: int, *, actor: Actor) -> tuple[str, ...]:
    """The same for a form, which does without while they cannot be had."""
    try:
        return event_names(services, account_id, actor=actor).names
    except SluiceError:
        return ()


def _looked_up(services: Services, account_id: int, prefix: str, actor: Actor) -> EventNames:
    now = services.clock()
    kept = services.event_names.get((account_id, prefix), now)
    if kept is not None:
        return kept
    # A warehouse may bill for it, as for the look that a preview takes.
    allow(services, account_id, actor, "preview")
    limits = services.limits
    bounds = SampleBounds(
        rows=limits.event_names,
        seconds=limits.event_names_time.total_seconds(),
        bytes=limits.preview_bytes_billed,
    )
    found = services.warehouse.event_names(account_id, prefix, bounds)
    kept_for = KEPT if found.names else NONE_KEPT
    services.event_names.keep((account_id, prefix), found, now + kept_for)
    return found
