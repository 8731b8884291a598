"""Orders of a made-up shop, as its own warehouse would hold them: for the demo of imports."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

ROWS = 20_000
# One row in so many has an identity that names nobody, as real tables have.
NOBODY_EVERY = 500
_SPAN = timedelta(days=14)
_MOMENT = pa.timestamp("us", tz="UTC")


def shop_orders(*, now: datetime, rows: int = ROWS) -> pa.Table:
    """Orders of the last 14 days, in the order in which they were made; same `now`, same table."""
    chance = np.random.default_rng(7)
    seconds = np.sort(chance.integers(0, int(_SPAN.total_seconds()), rows))
    first = now - _SPAN
    moments = pa.array([first + timedelta(seconds=int(each)) for each in seconds], _MOMENT)
    buyers = [f"buyer-{number}" for number in chance.integers(0, rows // 5 + 1, rows)]
    buyers[::NOBODY_EVERY] = ["null"] * len(buyers[::NOBODY_EVERY])
    return pa.table(
        {
            "order_id": pa.array([f"order-{number:07d}" for number in range(rows)]),
            "customer_id": pa.array(buyers),
            "created_at": moments,
            "updated_at": moments,
            "total": pa.array(np.round(chance.gamma(2.0, 25.0, rows), 2)),
            "items": pa.array(chance.integers(1, 9, rows)),
            "gift": pa.array(chance.random(rows) < 0.1),
        }
    )
