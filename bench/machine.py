"""The machine and the versions that a measurement was made with."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("duckdb", "dlt", "pyarrow", "numpy", "isal", "google-crc32c", "SQLAlchemy")


def described() -> dict[str, Any]:
    """Cores, processor, memory, kernel, versions and the date."""
    return {
        "cores": os.cpu_count(),
        "processor": _line(Path("/proc/cpuinfo"), "model name"),
        "memory_gb": round(int(_line(Path("/proc/meminfo"), "MemTotal").split()[0]) / 1e6, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "date": datetime.now(UTC).date().isoformat(),
    }


def _line(path: Path, name: str) -> str:
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
