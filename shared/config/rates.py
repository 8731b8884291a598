"""How often one member may ask for what costs something."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and as many in this time for good."""

    count: int
    every: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often one member may ask for what costs others something; tests make them small."""

    # A test logs in to the customer's cloud, and tells whether guessed credentials are right.
    test: Rate = Rate(10)
    # A preview reads the warehouse, which bills for it.
    preview: Rate = Rate(20)
    # A change of credentials tries them, and makes a secret.
    credentials: Rate = Rate(10)
    # A run by hand, a retry or a replay delivers a window.
    run: Rate = Rate(30)
    # A drill keeps one processor busy for seconds.
    drill: Rate = Rate(3)
