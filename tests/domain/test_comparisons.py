"""How two deliveries are compared: by files, by rows where they are known, bounded."""

from datetime import date

from shared.domain.comparisons import (
    EVENTS_SHOWN,
    FILES_SHOWN,
    FileFacts,
    FileKey,
    RowChange,
    changes_at,
    compare,
)

DAY = date(2026, 11, 20)
BUY, LOOK = FileKey("Buy", DAY, 0), FileKey("Look", DAY, 0)


def facts(key, rows=5, crc32c="AAAA"):
    return FileFacts(key, rows, rows * 10, crc32c)


def test_files_of_the_same_bytes_are_the_same_and_others_are_listed():
    found = compare([facts(BUY), facts(LOOK)], [facts(BUY), facts(LOOK, 6)], None, why_files="gone")
    assert (found["level"], found["why_files"]) == ("files", "gone")
    assert (found["files_same"], found["files_differ"]) == (1, 1)
    assert (found["rows_before"], found["rows_after"], found["rows_added"]) == (10, 11, None)
    [file] = found["files"]
    assert (file["event_name"], file["event_date"], file["same_bytes"]) == (
        "Look",
        "2026-11-20",
        False,
    )
    assert [event["event_name"] for event in found["events"]] == ["Look"]


def test_rows_that_were_exchanged_show_though_their_number_is_the_same():
    changes = [
        RowChange(BUY, "added", 2),
        RowChange(BUY, "missing", 2),
        RowChange(BUY, "changed", 1),
    ]
    found = compare([facts(BUY)], [facts(BUY)], changes, bytes_tell=False)
    assert [found[f"rows_{kind}"] for kind in ("added", "missing", "changed")] == [2, 2, 1]
    assert (found["files_differ"], found["files"][0]["same_bytes"]) == (1, None)
    assert found["events"][0]["rows_changed"] == 1


def test_files_of_one_delivery_only_and_rows_that_are_gone_are_told():
    found = compare([facts(BUY)], [facts(LOOK)], [], rows_gone=3)
    assert (found["files_same"], found["files_differ"]) == (0, 2)
    assert (found["rows_missing"], found["rows_gone"]) == (3, 3)


def test_lists_are_bounded_and_totals_count_all():
    many = [FileKey(f"event {number}", DAY, 0) for number in range(FILES_SHOWN + 7)]
    found = compare([], [facts(key) for key in many], [])
    assert (len(found["files"]), found["files_left_out"]) == (FILES_SHOWN, 7)
    assert len(found["events"]) == EVENTS_SHOWN
    assert found["rows_after"] == 5 * len(many)


def test_a_place_stands_for_a_file_of_its_delivery():
    rows = [
        {"kind": "missing", "delivery": 1, "slice_no": 0, "file_no": 1, "rows": 2},
        {"kind": "added", "delivery": -1, "slice_no": 1, "file_no": 0, "rows": 3},
        {"kind": "added", "delivery": -1, "slice_no": -1, "file_no": 1023, "rows": 1},
    ]
    found = changes_at(rows, [[], [[LOOK, BUY]]], [[LOOK], [BUY]])
    assert found == [
        RowChange(BUY, "missing", 2),
        RowChange(BUY, "added", 3),
        RowChange(FileKey(None, None, 0), "added", 1),
    ]
