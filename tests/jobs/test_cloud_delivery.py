"""A whole run into Cloud Storage over a bad line: every row is in exactly one file."""

import pytest

from shared.domain.choices import Compression, Format
from shared.domain.members import COMMAND_LINE
from shared.domain.runs import RunStatus
from shared.jobs.frozen import names_of
from shared.jobs.retry_run import retry_run
from shared.jobs.small_objects import put_object
from tests.jobs.oracle import assert_delivered
from tests.jobs.samples import ids, mixed_events

pytestmark = pytest.mark.kept_open

ROWS = mixed_events(300)
UPLOAD, LOOK = r"^/upload/", r"^/storage/v1/b/[^/]+/o/"


@pytest.mark.parametrize(
    ("file_format", "compression"),
    [(Format.JSON, Compression.NONE), (Format.CSV, Compression.GZIP), (Format.PARQUET, None)],
)
def test_a_run_over_a_line_that_breaks_delivers_every_row_once(
    house, cloud, file_format, compression
):
    faults = [
        cloud.fault(path=UPLOAD, lose_answer=True),
        cloud.fault(path=UPLOAD, cut="middle", after=1),
        cloud.fault(path=UPLOAD, answer=503, after=2),
        cloud.fault(path=UPLOAD, lose_answer=True, after=3, times=3),
        cloud.fault(path=UPLOAD, cut="before", after=4, times=7),
        cloud.fault(path=UPLOAD, answer=429, after=5),
        cloud.fault(method="GET", path=LOOK, answer=403),
        cloud.fault(method="GET", path=LOOK, answer=500, after=1),
    ]
    house.services = house.with_(bucket=lambda *_: cloud.bucket)
    house.load(ROWS)
    choices = {"format": file_format} | ({"compression": compression} if compression else {})
    export = house.export(**choices)
    house.finish()
    for name, content in cloud.objects().items():
        path = house.bucket / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert_delivered(house, export, ids(ROWS))
    assert [fault.fired for fault in faults] == [1, 1, 1, 3, 7, 1, 1, 1]


@pytest.mark.parametrize(("put", "sequences"), [(True, [0]), (False, [0, 1])])
def test_a_manifest_is_looked_for_by_who_may_not_list(house, cloud, put, sequences):
    """Google tells them of an absent object that it is forbidden."""
    house.services = house.with_(bucket=lambda *_: cloud.bucket)
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    faults = [cloud.fault(path=UPLOAD, answer=403, after=sum(map(house.files_of, messages)))]
    for message in messages:
        house.deliver(message)
    run = house.run(export)
    assert (run.status, run.error_reason) == (RunStatus.FAILED, "403-forbidden")
    if put:
        put_object(cloud.bucket, names_of(run).manifest(), run.manifest, stamp=run.stamp)
    else:
        faults.append(cloud.fault(method="GET", path=LOOK, answer=403))
    retry_run(house.services, COMMAND_LINE, 1, run.run_id)
    house.finish()
    runs = house.runs(export)
    assert [(each.sequence, each.status) for each in runs][-1] == (sequences[-1], RunStatus.DONE)
    assert [each.sequence for each in runs] == sequences
    assert [fault.fired for fault in faults] == [1] * len(faults)
