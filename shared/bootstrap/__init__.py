"""Picks the adapter behind each port by its address; the only place that names adapters."""

from shared.bootstrap.buckets import open_bucket
from shared.bootstrap.building import build, owner_name
from shared.bootstrap.sources import open_source
from shared.bootstrap.starting import services, sign_in, sign_in_of, start
from shared.bootstrap.warehouses import open_loader

__all__ = [
    "build",
    "open_bucket",
    "open_loader",
    "open_source",
    "owner_name",
    "services",
    "sign_in",
    "sign_in_of",
    "start",
]
