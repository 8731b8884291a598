"""A fresh local warehouse for each test, and a way to Cloud Storage that breaks on request."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from google.cloud.storage import Client

from shared.adapters.gcs import GcsBucket, Patience, open_gcs
from tests.adapters.selections import Store
from tests.servers.cloud_storage import CloudStorage
from tests.servers.fault_proxy import Fault, FaultProxy

# Faults are met at once and not waited for; the proxy's delays are far longer than these.
HASTE = Patience(connect_s=2, answer_s=1, upload_s=10, tries=3, retry_s=30, pause_s=0.001)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@dataclass
class Cloud:
    """A bucket behind a fault proxy, and a client that looks at it directly."""

    proxy: FaultProxy
    name: str
    client: Client
    bucket: GcsBucket

    def fault(self, **what: object) -> Fault:
        """Let something befall the next request that is like this."""
        return self.proxy.add(Fault(**what))

    def objects(self) -> dict[str, bytes]:
        """What lies in the bucket."""
        blobs = self.client.list_blobs(self.name, timeout=10)
        return {blob.name: blob.download_as_bytes(timeout=10) for blob in blobs}

    def uploads(self) -> int:
        """How often the code under test has tried to create an object."""
        return sum(r.path.startswith("/upload/") for r in self.proxy.requests)


@pytest.fixture
def cloud(cloud_storage: CloudStorage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    name, client = cloud_storage.new_bucket(), cloud_storage.client()
    with FaultProxy(cloud_storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        yield Cloud(proxy, name, client, open_gcs(name, None, patience=HASTE))
    client.close()
