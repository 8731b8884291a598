"""The command sample: made-up events and profiles, as many as a first look needs."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from functions.local.loading import load_with_progress
from functions.local.output import console
from functions.local.sample import ARRIVED, profiles, synthetic_events
from shared.domain.counted import counted
from shared.jobs.manage_exports import account_of
from shared.jobs.services import Services

EVENTS, PROFILES = 60_000, 4_000


def load_sample(services: Services, account_id: int) -> None:
    """Load them; another time adds as many again."""
    account_of(services, account_id)
    now = services.clock()
    # Another time is another seed, and so other ids.
    seed = int(now.timestamp())
    with TemporaryDirectory() as folder:
        for kind, table, arrived in (
            ("events", synthetic_events(EVENTS, now=now, seed=seed), ARRIVED),
            ("profiles", profiles(PROFILES, now=now, seed=1), None),
        ):
            path = Path(folder) / f"{kind}.parquet"
            pq.write_table(table, path)
            report = load_with_progress(
                services,
                "events" if kind == "events" else "profiles",
                [path],
                account_id=account_id,
                arrived=arrived,
                shown=True,
            )
            loaded = counted(report.rows_loaded, kind.removesuffix("s"))
            console.print(f"{loaded} loaded in {report.seconds:.1f} s")
    console.print("Next: look at http://127.0.0.1:8080/ while `make serve` runs.", markup=False)
