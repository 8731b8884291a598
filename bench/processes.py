"""What Linux tells about processes: processor seconds and peak memory."""

import os
from collections.abc import Iterable
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system seconds of these processes so far."""
    total = 0
    for pid in pids:
        # The name of the program stands in parentheses and may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS_PER_S


def peak_mb(pid: int) -> float:
    """The largest resident memory since the process began, or since `forget_peak`."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"process {pid} tells no peak memory")


def forget_peak(pid: int) -> None:
    """Let the peak memory of a process count from now on."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
