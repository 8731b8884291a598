"""Google's services on this machine, each behind a line that breaks on request."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.adapters.bigquery_store import BigQueryStore
from tests.e2e.functions import ROOT
from tests.servers.bigquery import BigQueryServer
from tests.servers.cloud_storage import CloudStorage
from tests.servers.fault_proxy import FaultProxy
from tests.servers.read_proxy import ReadProxy
from tests.servers.secret_manager import PROJECT

# Far longer than any command needs; only one that hangs meets it.
COMMAND_S = 120


@dataclass(frozen=True, slots=True)
class Google:
    """A project with a warehouse, a customer's bucket, and the lines that lead to them."""

    store: BigQueryStore
    storage: CloudStorage
    bucket: str
    secrets_url: str
    bigquery_line: FaultProxy
    read_line: ReadProxy
    storage_line: FaultProxy
    # What was seen in the bucket so far, and which version of it.
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What leads Sluice to them."""
        place = self.store.place
        return {
            "WAREHOUSE_URL": f"bigquery://{place.project}/{place.dataset}"
            f"?staging={place.staging}&location={place.location}",
            "BIGQUERY_EMULATOR_HOST": self.bigquery_line.url,
            "BIGQUERY_READ_EMULATOR_HOST": self.read_line.host,
            "STORAGE_EMULATOR_HOST": self.storage_line.url,
            "SECRETS_URL": f"secretmanager://{PROJECT}",
            "SECRET_MANAGER_SERVER": self.secrets_url,
        }

    def watch(self) -> None:
        """Look at the bucket: what was there must be there still, the same version of it."""
        client = self.storage.client()
        blobs = client.list_blobs(self.bucket, timeout=10)
        found = {blob.name: int(blob.generation) for blob in blobs}
        client.close()
        changed = {name for name, seen in self.seen.items() if found.get(name) != seen}
        assert changed == set(), f"objects were changed or removed: {changed}"
        self.seen.update(found)

    def mirror(self, folder: Path) -> None:
        """Copy what lies in the bucket."""
        self.watch()
        client = self.storage.client()
        for blob in client.list_blobs(self.bucket, timeout=10):
            path = folder / blob.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(blob.download_as_bytes(timeout=10))
        client.close()


@contextmanager
def running_google(
    bigquery: BigQueryServer, storage: CloudStorage, secrets_url: str
) -> Iterator[Google]:
    """A project and a bucket of their own in running servers, and lines to them."""
    with (
        FaultProxy(bigquery.rest_url) as bigquery_line,
        ReadProxy(bigquery.read_host, rows_an_answer=5) as read_line,
        FaultProxy(storage.url) as storage_line,
    ):
        yield Google(
            BigQueryStore(bigquery),
            storage,
            storage.new_bucket(),
            secrets_url,
            bigquery_line,
            read_line,
            storage_line,
        )


def command_line(environment: Mapping[str, str], *words: str) -> dict[str, Any]:
    """Run a command as a person would; gives what it says with --json."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words, "--json"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}{done.stdout}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found
