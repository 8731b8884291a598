"""Keeps one member from asking too often for what costs others something."""

import math
from dataclasses import fields

from shared.config import Rate, Rates
from shared.domain.members import Actor
from shared.errors import TooMany
from shared.jobs.services import Services
from shared.state import rates

WHATS = frozenset(field.name for field in fields(Rates))


def allow(services: Services, account_id: int, actor: Actor, what: str) -> None:
    """Count it, or raise TooMany, which says when to come again; `what` is a field of Rates.

    The person at the machine and the system itself are never kept waiting.
    """
    if what not in WHATS:
        raise ValueError(f"{what!r} has no rate")
    if actor.is_ours:
        return
    rate: Rate = getattr(services.rates, what)
    wait = services.database.run(
        lambda c: rates.take(
            c,
            account_id,
            actor.email,
            what,
            now=services.clock(),
            count=rate.count,
            every=rate.every,
        )
    )
    if wait is not None:
        seconds = max(1, math.ceil(wait.total_seconds()))
        raise TooMany(
            f"That was asked for too often; try again in {seconds} s.", retry_after_s=seconds
        )
