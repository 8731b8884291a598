"""A whole run into Cloud Storage over a bad line: every row is in exactly one file."""

import pytest

from shared.domain.choices import Compression, Format
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
