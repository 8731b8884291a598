"""Data for the demo: a real shop's clickstream, and events and profiles made up by chance.

The tables have the columns that `load` knows, JSON columns as text, and `arrived_at` for
`--arrived`. Same arguments, same table.
"""

import gzip
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from functions.local.sample_values import (
    DEVICES,
    EVENT_NAMES,
    EVENT_WEIGHTS,
    Chance,
    Users,
    event_properties,
    profile_properties,
    session_properties,
)
from shared.errors import InvalidInput

ARRIVED = "arrived_at"
_CLICKSTREAM = "retentioneering/datasets/ecom.csv.gz"
_CLICKSTREAM_DAYS = timedelta(days=30)
_RECENT = timedelta(days=2)
_OLDEST = timedelta(days=14)
_MOMENT = pa.timestamp("us", tz="UTC")


def clickstream(wheel_dir: Path, now: datetime) -> pa.Table:
    """31 thousand events of an e-commerce site, in their order, moved into the 30 days before now.

    Read out of the wheel `retentioneering`, which is not imported. Raises InvalidInput when the
    wheel is not in the folder.
    """
    shop = _read_clickstream(wheel_dir)
    moments = _shifted(shop["timestamp"], now)
    numbers = pc.utf8_lpad(pa.array(np.arange(shop.num_rows)).cast(pa.string()), 6, "0")
    session = _json(shop, ("session_id", "acquisition_channel"))
    user = _json(shop, ("user_cohort", "user_lifecycle"))
    return pa.table(
        {
            "event_id": _joined("ecom-", numbers),
            "event_name": shop["event"],
            "ts": moments,
            ARRIVED: pc.add(moments, _span(timedelta(seconds=2))),
            "object_id": _joined("ecom-", shop["user_id"]),
            "identity": shop["user_id"],
            "platform": shop["platform"],
            "session_props": session,
            "event_props": user,
        }
    )


def synthetic_events(n: int = 300_000, *, now: datetime, seed: int = 1) -> pa.Table:
    """`n` events of 20,000 users: most arrived in the last two days, some happened long before."""
    chance = Chance(seed)
    users = Users(chance.users(n))
    arrived = _arrivals(chance, n, now)
    names = chance.pick(EVENT_NAMES, n, EVENT_WEIGHTS)
    return pa.table(
        {
            "event_id": _joined(f"syn-{seed}-", pa.array(np.arange(n)).cast(pa.string())),
            "event_name": names,
            "ts": pc.subtract(arrived, pa.array(chance.delays_us(n), pa.duration("us"))),
            ARRIVED: arrived,
            "object_id": users.object_id,
            "identity": chance.sometimes(users.identity, n, 0.93),
            "email": chance.sometimes(users.email, n, 0.6),
            "phone": chance.sometimes(users.phone, n, 0.5),
            "name": chance.sometimes(users.name, n, 0.8),
            "all_identities": users.all_identities(),
            "platform": chance.pick(("Web", "Android", "iOS"), n, (5, 4, 2)),
            "push_token": chance.sometimes(users.push_token, n, 0.3),
            "device": chance.sometimes(chance.pick(DEVICES, n), n, 0.9),
            "control_group": chance.sometimes(
                chance.pick(("Control group A", "Kontrollgruppe Ü"), n), n, 0.03
            ),
            "session_props": session_properties(chance, n),
            "event_props": event_properties(chance, n, names),
        }
    )


def profiles(n: int = 20_000, *, now: datetime, seed: int = 1) -> pa.Table:
    """`n` profiles, one version each; a tenth changed in the last two days, a few are deleted."""
    chance = Chance(seed)
    users = Users(np.arange(n))
    groups = [
        json.dumps(group) for group in ({"Newsletter": True}, {"Newsletter": False, "Ü": True})
    ]
    preferences = [
        json.dumps({"MSG-push": push, "MSG-email": mail, "MSG-sms": True})
        for push in (True, False)
        for mail in (True, False)
    ]
    return pa.table(
        {
            "object_id": users.object_id,
            "updated_at": _arrivals(chance, n, now, recent=0.1),
            "identity": users.identity,
            "email": chance.sometimes(users.email, n, 0.85),
            "phone": chance.sometimes(users.phone, n, 0.7),
            "name": users.name,
            "all_identities": users.all_identities(),
            "device": chance.sometimes(chance.pick(DEVICES, n), n, 0.9),
            "comm_prefs": chance.pick(preferences, n),
            "subscription_groups": chance.sometimes(chance.pick(groups, n), n, 0.4),
            "props": profile_properties(chance, n),
            "deleted": pa.array(chance.numbers.random(n) < 0.005),
        }
    )


def _read_clickstream(wheel_dir: Path) -> pa.Table:
    wheels = sorted(wheel_dir.glob("retentioneering-*.whl"))
    if not wheels:
        raise InvalidInput(f"The demo's events are not in {wheel_dir}; run 'make demo'.")
    try:
        with zipfile.ZipFile(wheels[-1]) as wheel:
            text = gzip.decompress(wheel.read(_CLICKSTREAM))
    except (zipfile.BadZipFile, KeyError, OSError, EOFError) as error:
        raise InvalidInput(f"{wheels[-1]} is damaged; remove it and run 'make demo'.") from error
    return csv.read_csv(pa.BufferReader(text))


def _shifted(times: pa.ChunkedArray, now: datetime) -> pa.Array:
    """The times in the same order, ending just before now, squeezed into 30 days."""
    told = times.cast(pa.timestamp("us")).combine_chunks().to_numpy(zero_copy_only=False)
    before_end = (told.max() - told).astype(np.int64)
    room = int((_CLICKSTREAM_DAYS - timedelta(hours=1)) / timedelta(microseconds=1))
    squeezed = (before_end * min(1.0, room / max(int(before_end.max()), 1))).astype(np.int64)
    return pa.array(_micros(now - timedelta(seconds=3)) - squeezed).cast(_MOMENT)


def _arrivals(chance: Chance, n: int, now: datetime, recent: float = 0.75) -> pa.Array:
    """Moments before now: a share `recent` spread over two days, the others over the 12 before."""
    lately, long_ago = (span // timedelta(microseconds=1) for span in (_RECENT, _OLDEST))
    is_recent = chance.numbers.random(n) < recent
    ago = np.where(
        is_recent,
        chance.numbers.integers(1_000_000, lately, n),
        chance.numbers.integers(lately, long_ago, n),
    )
    return pa.array(_micros(now) - ago).cast(_MOMENT)


def _micros(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _span(span: timedelta) -> pa.Scalar:
    return pa.scalar(span, pa.duration("us"))


def _joined(start: str, column: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(start), column, "")


def _json(table: pa.Table, names: tuple[str, ...]) -> pa.Array:
    """Columns of plain words as one JSON object a row."""
    parts: list[pa.Array] = []
    for name in names:
        parts += [f'{"," if parts else "{"}"{name}":"', table[name], '"']
    return pc.binary_join_element_wise(*parts, "}", "")
