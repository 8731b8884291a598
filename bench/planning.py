"""How long planning takes that is pure: a million groups of events and dates into slices."""

import os
from datetime import date
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa

from bench.processes import forget_peak, peak_mb
from shared.config import Limits
from shared.domain.slices import cut

NAMES, DAYS = 20_000, 50
EPOCH_DAY = (date(2026, 10, 1) - date(1970, 1, 1)).days


def measure() -> dict[str, Any]:
    """Seconds of `cut`, of walking through all its slices, and the peak of the process."""
    groups = _groups()
    limits = Limits()
    forget_peak(os.getpid())
    started = perf_counter()
    slicing = cut(groups, slice_bytes=limits.slice_bytes, slice_files=limits.slice_files)
    cut_s = perf_counter() - started
    parts = sum(len(slice_parts) for slice_parts in slicing.slices())
    return {
        "groups": groups.num_rows,
        "slices": slicing.slice_count,
        "parts": parts,
        "cut_s": cut_s,
        "seconds": perf_counter() - started,
        "peak_mb": peak_mb(os.getpid()),
    }


def _groups() -> pa.Table:
    """Many small groups and some large ones, in no order."""
    random = np.random.default_rng(7)
    names = [f"Event number {number}" for number in range(NAMES)]
    rows = (random.pareto(0.8, NAMES * DAYS) * 20 + 1).astype(np.int64)
    rows = np.minimum(rows, 50_000_000)
    order = random.permutation(NAMES * DAYS)
    return pa.table(
        {
            "event_name": pa.array(names).take(pa.array(order // DAYS)),
            "event_date": pa.array(
                (EPOCH_DAY + order % DAYS).astype(np.int32), type=pa.int32()
            ).cast(pa.date32()),
            "rows": pa.array(rows),
            "bytes": pa.array(rows * 450),
        }
    )
