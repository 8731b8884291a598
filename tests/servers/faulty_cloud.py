"""A bucket in Cloud Storage, and a way to it that breaks on request."""

from dataclasses import dataclass

from google.cloud.storage import Client

from shared.adapters.gcs import GcsBucket
from shared.adapters.gcs_patience import Patience
from tests.servers.fault_proxy import Fault, FaultProxy

# Repeats at once, and waits long enough for a server on a busy machine.
HASTE = Patience(connect_s=20, answer_s=20, upload_s=60, tries=3, retry_s=60, pause_s=0.001)


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
