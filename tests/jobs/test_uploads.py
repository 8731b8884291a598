"""While a file is uploaded the next one is encoded; nothing else of the order changes."""

import gzip
import threading
from collections.abc import Callable

import pytest

from shared.bootstrap import open_bucket
from shared.domain.choices import Compression
from shared.errors import Transient
from shared.jobs.uploads import Uploads
from shared.ports import Bucket
from tests.jobs.faults import PATIENCE_S, Fault, Pause, Thread
from tests.jobs.house import House, Message
from tests.jobs.oracle import assert_delivered, objects
from tests.jobs.samples import ids, mixed_events

ROWS = mixed_events(300)


def slice_of_several_files(house: House, messages: list[Message]) -> Message:
    """A slice with three parts, each of them a file."""
    return next(message for message in messages if house.files_of(message) == 3)


def faulty(*faults: Fault) -> Callable[..., Bucket]:
    """Opens buckets with all of these faults."""

    def opened(*address: object) -> Bucket:
        bucket = open_bucket(address[-1])
        for fault in faults:
            bucket = fault.on(bucket)
        return bucket

    return opened


def waits_for(event: threading.Event) -> Callable[[], None]:
    def wait() -> None:
        assert event.wait(PATIENCE_S), "it never happened"

    return wait


def fail() -> None:
    raise Transient("The answer was lost.", reason="lost-answer")


def test_the_next_file_is_encoded_while_the_last_one_is_uploaded(house):
    house.load(ROWS)
    export = house.export()
    messages = house.planned(export)
    message = slice_of_several_files(house, messages)
    next_begun = threading.Event()
    upload = Fault("create", waits_for(next_begun))
    spool = Fault("open_spool", next_begun.set, numbers=(2,))
    assert house.deliver(message, house.with_(bucket=faulty(upload, spool))) is None
    assert (upload.fired, spool.fired) == (1, 1)
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def test_after_a_failed_upload_no_further_file_is_created(house):
    house.load(ROWS)
    export = house.export()
    message = slice_of_several_files(house, house.planned(export))
    next_begun = threading.Event()

    def late_fault() -> None:
        waits_for(next_begun)()
        fail()

    upload = Fault("create", late_fault)
    spool = Fault("open_spool", next_begun.set, numbers=(2,))
    assert house.deliver(message, house.with_(bucket=faulty(upload, spool))) == "lost-answer"
    assert (upload.calls, upload.fired, spool.fired) == (1, 1, 1)
    assert objects(house) == set()
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def test_a_fault_of_the_last_upload_ends_the_attempt_before_anything_is_committed(house):
    house.load(ROWS)
    export = house.export()
    message = slice_of_several_files(house, house.planned(export))
    lost = Fault("create", fail, numbers=(3,), after=True)
    assert house.deliver(message, house.with_(bucket=lost.bucket)) == "lost-answer"
    assert (lost.fired, len(objects(house))) == (1, 3)
    assert house.run(export).rows_written == 0
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def test_when_encoding_fails_the_upload_under_way_still_ends_whole(house):
    house.load(ROWS)
    export = house.export()
    message = slice_of_several_files(house, house.planned(export))
    failed = threading.Event()

    def fail_to_spool() -> None:
        failed.set()
        raise Transient("The disk is full.", reason="disk-full")

    upload = Fault("create", waits_for(failed))
    spool = Fault("open_spool", fail_to_spool, numbers=(2,))
    assert house.deliver(message, house.with_(bucket=faulty(upload, spool))) == "disk-full"
    assert (upload.fired, spool.fired, len(objects(house))) == (1, 1, 1)
    house.finish()
    assert_delivered(house, export, ids(ROWS))


def test_a_file_found_in_another_packing_stands_in_the_manifest_as_it_lies_there(house):
    house.load(ROWS)
    export = house.export(compression=Compression.GZIP)
    messages = house.planned(export)
    lost = Fault("create", fail, after=True)
    assert house.deliver(messages[0], house.with_(bucket=lost.bucket)) == "lost-answer"
    [name] = objects(house)
    path = house.bucket / name
    ours = path.read_bytes()
    theirs = gzip.compress(gzip.decompress(ours), 9, mtime=0)
    assert theirs != ours
    path.write_bytes(theirs)
    house._seen.clear()
    house.deliver(messages[0])
    house.finish()
    # The oracle compares sizes and checksums of the manifest with what lies in the bucket.
    [delivery] = assert_delivered(house, export, ids(ROWS))
    assert len(theirs) in [file["bytes"] for file in delivery.manifest["files"]]
    assert path.read_bytes() == theirs


def test_one_upload_at_a_time_is_under_way():
    first, order = Pause(), []

    def upload(name: str) -> None:
        order.append(f"{name} begins")
        if name == "a":
            first()
        order.append(f"{name} ends")

    with Uploads() as uploads:
        uploads.start(lambda: upload("a"))
        first.wait()
        second = Thread(lambda: uploads.start(lambda: upload("b")))
        second.start()
        assert order == ["a begins"]
        first.released.set()
        second.ended()
    assert order == ["a begins", "a ends", "b begins", "b ends"]


def test_a_fault_nobody_has_waited_for_is_raised_at_the_end():
    with pytest.raises(Transient), Uploads() as uploads:
        uploads.start(fail)


def test_a_fault_of_the_caller_is_not_hidden_by_one_of_the_upload():
    def both_fail() -> None:
        with Uploads() as uploads:
            uploads.start(fail)
            raise KeyError("first")

    with pytest.raises(KeyError):
        both_fail()
