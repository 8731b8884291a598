"""A disk that fills up in the middle of a slice: the run waits, and goes on when there is room."""

import resource
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from shared.adapters.folder import FolderSpool
from shared.domain.runs import RunStatus
from tests.adapters.test_folder import ROOT, may_mount
from tests.jobs.house import House
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import ids, mixed_events
from tests.processes import run_child

ROWS = mixed_events(150)
DISK_BYTES = 1_000_000
LEFT_BYTES = 12_000


def test_a_full_disk_delays_a_delivery_and_loses_nothing(house):
    house.load(ROWS)
    if may_mount():
        command = ["unshare", "-rm", sys.executable, "-c", ON_A_SMALL_DISK]
        args = [str(house.folder), house.now.isoformat()]
        result = subprocess.run(
            [*command, *args], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stdout.strip()) == (0, "delivered"), result.stderr
    else:
        assert run_child(on_a_limited_disk, house.folder, house.now) == 0


ON_A_SMALL_DISK = """
import subprocess, sys
from datetime import datetime
from pathlib import Path
from tests.jobs import test_full_disk as this

folder = Path(sys.argv[1])
options = ["-t", "tmpfs", "-o", f"size={this.DISK_BYTES}", "tmpfs"]
subprocess.run(["mount", *options, str(folder / "bucket")], check=True)
this.on_a_small_disk(folder, datetime.fromisoformat(sys.argv[2]))
print("delivered")
"""


def on_a_small_disk(folder: Path, now: datetime) -> None:
    """The bucket's disk is a real one, nearly full."""
    house = House(folder, now=now)
    rest = shutil.disk_usage(house.bucket).free - LEFT_BYTES
    ballast = house.bucket / "somebody-elses"
    ballast.write_bytes(b"x" * rest)
    house.watch()
    fill_and_free(house, lambda: ballast.write_bytes(b""))


def on_a_limited_disk(folder: Path, now: datetime) -> None:
    """Without the right to mount: no file may grow beyond a few kilobytes."""
    house = House(folder, now=now)
    written, limits = FolderSpool.write, [LEFT_BYTES]

    def write(spool: FolderSpool, data: bytes) -> int:
        hard = resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits[0], hard))
        try:
            return written(spool, data)
        finally:
            # State and warehouse lie on another disk.
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

    FolderSpool.write = write
    fill_and_free(house, lambda: limits.insert(0, resource.RLIM_INFINITY))


def fill_and_free(house: House, free: object) -> None:
    export = house.export()
    messages = house.planned(export)
    reasons = [house.deliver(message) for message in messages]
    assert set(reasons) <= {None, "disk-full"}
    assert reasons.count("disk-full") >= 1
    assert house.run(export).status is RunStatus.WRITING
    assert not any(name.startswith(".") for name in objects(house))
    house._seen.pop(house.bucket / "somebody-elses", None)
    free()
    # The message comes again, or else the tick sends it.
    house.deliver(messages[0])
    house.finish()
    assert house.run(export).status is RunStatus.DONE
    assert_delivered(house, export, ids(ROWS))
