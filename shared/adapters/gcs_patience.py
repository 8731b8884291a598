"""How long calls to Cloud Storage may take, and how often they are tried."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take; all tries of one object end before a lease of 10 minutes does."""

    connect_s: float = 10
    # From the last byte that was sent to the answer.
    answer_s: float = 60
    # All bytes of an object, 100 MB at most: below 1 MB/s it is given up.
    upload_s: float = 110
    tries: int = 4
    # No try begins later than this.
    retry_s: float = 240
    # The first pause is at most so long; the following ones double, up to ten times it.
    pause_s: float = 1


PATIENCE = Patience()
# For a trial while somebody waits: a token, a question and a look follow one another.
BRIEF = Patience(connect_s=2, answer_s=2.5, tries=1)
