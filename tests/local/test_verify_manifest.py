"""What `verify` says of manifests that were edited, and of files beside them."""

from pathlib import Path
from typing import Any

import pytest

from tests.local.bucket import REQUEST, STAMP, make_run, problems_of


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows_written": 51, "rows_expected": 52}, "its files are listed with 50 rows"),
        ({"rows_rejected": 2, "rows_expected": 52}, "the reject files hold 1 row"),
        ({"rows_expected": 52}, "rows_written + rows_rejected is 51, but rows_expected is 52"),
        ({"rows_expected": None}, "rows_expected is missing, not a whole number"),
        ({"rows_written": "50"}, 'rows_written is "50", not a whole number'),
        ({"version": 2}, "version 2 is unknown"),
        ({"format": "avro"}, 'format "avro" is unknown'),
        ({"compression": ["gzip"]}, 'compression ["gzip"] is unknown'),
        ({"files": None}, "no list of files"),
        ({"files": [7]}, "entry 1 of the manifest's files has no name"),
        ({"rejects": []}, "it is in the folder, but the manifest does not list it"),
        ({"window": None}, "no window"),
        (
            {"window": {"start": "2026-11-21T00:00:00Z", "end": "2026-11-20T00:00:00Z"}},
            "ends before",
        ),
        ({"snapshot_at": "2026-11-21T00:00:00"}, "is no time with an offset"),
        ({"finished_at": "2026-11-20T00:00:00Z"}, "before its started_at"),
        ({"run_stamp": 7}, "name is not that of its request id and run stamp"),
    ],
)
def test_a_manifest_that_was_edited_is_found_out(
    tmp_path: Path, changes: dict[str, Any], words: str
):
    run = make_run(tmp_path)
    run.tell(**changes)
    assert [problem for problem in problems_of(run) if words in problem]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b"7", b"null", b"NaN", b'{"version":NaN}', b"{}", b'{"version":1}',
     b"[" * 100_000, b'{"version":1,"files":{},"rejects":{},"window":7,"format":[]}'],
)  # fmt: skip
def test_garbage_for_a_manifest_is_told_and_never_crashes(tmp_path: Path, content: bytes):
    run = make_run(tmp_path)
    run.manifest_path.write_bytes(content)
    assert problems_of(run)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"crc32c": "AAAAAA=="}, "its CRC32C is"),
        ({"crc32c": None}, "no crc32c"),
        ({"bytes": 1}, "the manifest says 1"),
        ({"uncompressed_bytes": 1}, "bytes before compression, the manifest says 1"),
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"md5": "0" * 32}, "MD5"),
        ({"md5": "not base64!"}, "MD5"),
        ({"rows": -1}, "not a whole number"),
        ({"event_name": "Other"}, "line 1 is not the name of the event"),
        ({"name": "../outside.json"}, "leads out of the folder"),
        ({"name": "/etc/hosts"}, "leads out of the folder"),
        ({"name": "a/./b"}, "leads out of the folder"),
        ({"name": ""}, "leads out of the folder"),
        ({"name": "a\0b"}, "leads out of the folder"),
        ({"name": "x" * 5000}, "cannot be opened (File name too long)"),
        ({"name": "_rejects"}, "cannot be opened"),
        ({"name": 7}, "has no name"),
    ],
)
def test_an_entry_that_was_edited_is_found_out(tmp_path: Path, changes: dict[str, Any], words: str):
    run = make_run(tmp_path / "bucket")
    (tmp_path / "outside.json").write_bytes(run.payload(0))
    files = run.manifest["files"]
    run.tell(files=[{**files[0], **changes}, files[1]])
    assert [problem for problem in problems_of(run) if words in problem]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path):
    run = make_run(tmp_path / "bucket")
    run.path(0).rename(tmp_path / "elsewhere")
    run.path(0).symlink_to(tmp_path / "elsewhere")
    assert problems_of(run) == [f"{run.names[0]}: its name leads out of the folder"]


def test_a_name_that_is_listed_twice_counts_once(tmp_path: Path):
    run = make_run(tmp_path)
    files = run.manifest["files"]
    run.tell(files=[*files, files[0]])
    problems = problems_of(run)
    assert f"{run.names[0]}: the manifest lists it twice" in problems
    assert any("listed with 80 rows" in problem for problem in problems)


@pytest.mark.parametrize(
    "name",
    [
        f"{REQUEST}-{STAMP}-Other-20261120-0-db.json",
        f"2026/{REQUEST}-{STAMP}-Other-20261120-0-db.json",
        f"1-{REQUEST}-{STAMP}-db-json.gz",
        f"_rejects/{REQUEST}-{STAMP}-9.json",
    ],
)
def test_a_file_of_the_run_that_the_manifest_does_not_list_is_found(tmp_path: Path, name: str):
    run = make_run(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"x")
    (tmp_path / f"{REQUEST}-{STAMP + 1}-Other-20261120-0-db.json").write_bytes(b"another run")
    assert problems_of(run) == [f"{name}: it is in the folder, but the manifest does not list it"]


def test_a_reject_file_that_changed_is_found(tmp_path: Path):
    run = make_run(tmp_path)
    rejects = run.root / run.manifest["rejects"][0]["name"]
    rejects.write_text("{}\n{}\n", "utf-8")
    assert any("it has 2 rows, the manifest says 1" in problem for problem in problems_of(run))
    rejects.unlink()
    assert any("it is missing" in problem for problem in problems_of(run))
