"""`python -m bench.simulate`: how long 1, 10 and 100 TB take in the cloud, and what breaks first.

The answers of a model (cloud_model.py), not a measurement; docs/scale.md says how far to believe
them. What is used closest to its limit is what has to be raised first.
"""

import argparse
from collections.abc import Iterator

from bench.cloud_limits import Cloud
from bench.cloud_model import simulate

PATIENT = 6 * 3600.0  # LIMIT_REDELIVER_AFTER, so that what waits is not published twice
SIZES = {
    "as installed": Cloud(),
    "100 workers, patient": Cloud(redeliver_after_s=PATIENT),
    "400 workers, patient": Cloud(instances=400, connections=390, redeliver_after_s=PATIENT),
    "1,000 workers, patient": Cloud(instances=1_000, connections=490, redeliver_after_s=PATIENT),
    "1,000, more read sessions": Cloud(
        instances=1_000, connections=490, redeliver_after_s=PATIENT, sessions_per_s=1_000
    ),
    "2,000, more read sessions": Cloud(
        instances=2_000, connections=790, redeliver_after_s=PATIENT, sessions_per_s=1_000
    ),
}
# Terabytes, exports at once, and the sizes that are left out: with those 100 TB would take days, in
# which the queue is filled faster than it is emptied.
LOADS: tuple[tuple[float, int, int], ...] = ((1, 1, 0), (10, 1, 0), (100, 10, 2))


def table(loads: tuple[tuple[float, int, int], ...] = LOADS) -> Iterator[str]:
    """The rows of docs/scale.md, one by one as they are known."""
    yield "| load | sizes | plan | deliver | narrowest | used | 429 | dead | repeated |"
    yield "| --- | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |"
    for terabytes, runs, left_out in loads:
        for name, cloud in list(SIZES.items())[left_out:]:
            found = simulate(cloud, terabytes, runs)
            load = f"{terabytes:g} TB" + (f" in {runs} exports" if runs > 1 else "")
            cells = (
                load,
                name,
                minutes(found.plan_s),
                minutes(found.deliver_s),
                found.narrowest,
                f"{min(1, found.used[found.narrowest]):.0%}",
                f"{found.refused:,}",
                f"{found.dead:,}",
                f"{found.repeated:,}",
            )
            yield f"| {' | '.join(cells)} |"


def minutes(seconds: float) -> str:
    """Hours and minutes, as a person says them."""
    whole = round(seconds / 60)
    return f"{whole} min" if whole < 120 else f"{whole // 60} h {whole % 60:02} min"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.simulate", description=__doc__)
    parser.add_argument("--terabytes", type=float, help="one load in place of 1, 10 and 100 TB")
    parser.add_argument("--exports", type=int, default=1, help="of so many exports at once")
    given = parser.parse_args()
    chosen = ((given.terabytes, given.exports, 0),) if given.terabytes else LOADS
    for line in table(chosen):
        print(line, flush=True)
