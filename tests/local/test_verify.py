"""What `verify` says of true deliveries, and of every way in which one may be damaged."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions.local.verify import VerifyReport, verify
from shared.errors import InvalidInput
from tests.local.bucket import REQUEST, ROWS, STAMP, Run, make_run

EVERY_KIND = [(kind, False) for kind in ROWS] + [(kind, True) for kind in ROWS if kind != "parquet"]


def told(run: Run, path: Path | None = None) -> list[str]:
    report = verify(str(path or run.root))
    return [str(problem) for problem in report.problems]


@pytest.fixture(params=EVERY_KIND, ids=lambda kind: f"{kind[0]}{'-gzip' * kind[1]}")
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    format_, gzipped = request.param
    return make_run(tmp_path / "bucket", format_, gzipped=gzipped)


def test_a_true_delivery_is_found_true_by_folder_manifest_and_url(run: Run):
    for target in (run.root, run.manifest_path, run.root.parent, run.manifest_path.parent):
        for address in (str(target), f"file://{target}"):
            report = verify(address)
            assert report.problems == ()
            assert report.ok
            size = sum(path.stat().st_size for path in map(run.path, (0, 1)))
            rejects = (run.root / run.manifest["rejects"][0]["name"]).stat().st_size
            assert (report.files, report.rows, report.bytes) == (2, 50, size + rejects)


def flip_a_byte(run: Run) -> None:
    data = bytearray(run.path(0).read_bytes())
    data[len(data) // 2] ^= 1
    run.path(0).write_bytes(data)


def truncate(run: Run) -> None:
    run.path(0).write_bytes(run.path(0).read_bytes()[:-7])


def empty(run: Run) -> None:
    run.path(0).write_bytes(b"")


def append(run: Run) -> None:
    run.path(0).write_bytes(run.path(0).read_bytes() + b"\0")


def swap(run: Run) -> None:
    first, second = run.path(0).read_bytes(), run.path(1).read_bytes()
    run.path(0).write_bytes(second)
    run.path(1).write_bytes(first)


def garbage(run: Run) -> None:
    run.path(0).write_bytes(bytes(range(256)) * 40)


def remove(run: Run) -> None:
    run.path(0).unlink()


@pytest.mark.parametrize("damage", [flip_a_byte, truncate, empty, append, swap, garbage, remove])
def test_every_damage_to_a_file_is_found_and_named(run: Run, damage: Callable[[Run], None]):
    damage(run)
    problems = told(run)
    assert problems
    names = run.names if damage is swap else run.names[:1]
    assert {problem.partition(":")[0] for problem in problems} == set(names)
    assert any("missing" in problem or "CRC32C" in problem for problem in problems)


def drop_a_row(run: Run) -> None:
    run.put(0, ROWS[run.format](29))


def add_a_row(run: Run) -> None:
    run.put(0, ROWS[run.format](31))


@pytest.mark.parametrize("damage", [drop_a_row, add_a_row])
def test_rows_are_counted_even_when_all_sums_were_made_to_fit(
    run: Run, damage: Callable[[Run], None]
):
    damage(run)
    run.admit(0)
    rows = 29 if damage is drop_a_row else 31
    assert told(run) == [f"{run.names[0]}: it has {rows} rows, the manifest says 30"]


@pytest.mark.parametrize(
    ("format_", "old", "new", "words"),
    [
        ("json", b'"n":3}', b'"n":NaN}', "1 of its lines are not an event each, first line 5"),
        ("json", b'"n":3}', b'"n":-inf}', "1 of its lines are not an event each, first line 5"),
        ("json", b'"n":3}', b'"n":3,}', "1 of its lines are not an event each, first line 5"),
        ("json", b'"n":3}', b'"n":"\xff"}', "1 of its lines are not an event each, first line 5"),
        ("json", b'"ts":20261120100000,', b"", "30 of its lines are not an event each"),
        ("json", b"Cart/Updated?\n", b"Cart/Updated\n", "line 1 is not the name of the event"),
        ("json", b"Cart/Updated?\n", b"\n", "line 1 is not the name of the event"),
        ("csv", b',u3,"a', b',u3,b,"a', "row 4 is not as wide as the header"),
        ("csv", b'"a, ""3"""\r\n', b'"a, ""3""" \r\n', "not legal CSV near line 5"),
        ("csv", b",u3,", b",\xff,", "not UTF-8"),
        ("csv", b"?,u3,", b"??,u3,", "events of another name, 'Cart/Updated??'"),
        ("csv", b"eventProps.n\r", b"ts\r", "names a column twice"),
        ("csv", b"eventName", b"name", "header is not that of such a file"),
        ("xml", b"u3</identity>", b"u3</Identity>", "not well-formed XML"),
        ("xml", b"u3<", b"u&3<", "not well-formed XML"),
        ("xml", b"u3<", b"u\0<", "not well-formed XML"),
        ("xml", b"root>", b"Root>", "outermost element is not <root>"),
        ("xml", b"u3<", b"<![CDATA[\n<Event>]]><", "a comment, CDATA or a declaration"),
        (
            "xml",
            b"<eventName>Cart/Updated?<",
            b"<eventName>Cart<",
            "events of another name, 'Cart'",
        ),
    ],
)
def test_what_a_reader_would_stumble_over_is_found_though_the_sums_fit(
    tmp_path: Path, format_: str, old: bytes, new: bytes, words: str
):
    run = make_run(tmp_path, format_)
    assert old in run.payload(0)
    run.put(0, run.payload(0).replace(old, new))
    run.admit(0)
    problems = told(run)
    assert [problem for problem in problems if words in problem]


def test_words_that_look_like_infinity_inside_texts_are_no_fault(tmp_path: Path):
    run = make_run(tmp_path)
    row = run.payload(0).replace(b'"n":3}', b'"n":"[NaN, info] ,] ,}","inf":[]}')
    run.put(0, row)
    run.admit(0)
    assert told(run) == []


def test_json_without_the_name_line_is_fine_when_all_files_are_so(tmp_path: Path):
    run = make_run(tmp_path)
    run.put(0, run.payload(0).partition(b"\n")[2])
    run.admit(0)
    assert [problem.partition(": ")[2] for problem in told(run)] == [
        "some of its files begin with the name of the event and some do not"
    ]
    run.put(1, run.payload(1).partition(b"\n")[2])
    run.admit(1)
    assert told(run) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rows_written": 51, "rows_expected": 52}, "its files are listed with 50 rows"),
        ({"rows_rejected": 2, "rows_expected": 52}, "the reject files hold 1 rows"),
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
    assert [problem for problem in told(run) if words in problem]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b"7", b"null", b"NaN", b'{"version":NaN}', b"{}", b'{"version":1}',
     b"[" * 100_000, b'{"version":1,"files":{},"rejects":{},"window":7,"format":[]}'],
)  # fmt: skip
def test_garbage_for_a_manifest_is_told_and_never_crashes(tmp_path: Path, content: bytes):
    run = make_run(tmp_path)
    run.manifest_path.write_bytes(content)
    assert told(run)


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
    assert [problem for problem in told(run) if words in problem]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path):
    run = make_run(tmp_path / "bucket")
    run.path(0).rename(tmp_path / "elsewhere")
    run.path(0).symlink_to(tmp_path / "elsewhere")
    assert told(run) == [f"{run.names[0]}: its name leads out of the folder"]


def test_a_name_that_is_listed_twice_counts_once(tmp_path: Path):
    run = make_run(tmp_path)
    files = run.manifest["files"]
    run.tell(files=[*files, files[0]])
    problems = told(run)
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
    assert told(run) == [f"{name}: it is in the folder, but the manifest does not list it"]


def test_a_reject_file_that_changed_is_found(tmp_path: Path):
    run = make_run(tmp_path)
    rejects = run.root / run.manifest["rejects"][0]["name"]
    rejects.write_text("{}\n{}\n", "utf-8")
    assert any("it has 2 rows, the manifest says 1" in problem for problem in told(run))
    rejects.unlink()
    assert any("it is missing" in problem for problem in told(run))


def test_a_file_over_the_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = make_run(tmp_path, gzipped=True)
    monkeypatch.setattr("functions.local.verify_file.FILE_BYTES_MAX", len(run.payload(1)))
    assert told(run) == [f"{run.names[0]}: it is larger than {len(run.payload(1)):,} bytes"]


def test_md5_may_be_hexadecimal_or_as_cloud_storage_shows_it(tmp_path: Path):
    run = make_run(tmp_path)
    digest = hashlib.md5(run.path(0).read_bytes(), usedforsecurity=False)
    for shown in (digest.hexdigest(), base64.b64encode(digest.digest()).decode()):
        run.admit(0, md5=shown)
        assert told(run) == []


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("{}/nowhere", "does not exist"),
        ("{}", "No manifest is below"),
        ("gs://bucket", "cannot be reached from here"),
        ("file://host/x", "cannot be reached from here"),
        ("{}/data.json", "is no manifest"),
    ],
)
def test_a_target_without_manifests_is_refused(tmp_path: Path, target: str, words: str):
    (tmp_path / "data.json").write_bytes(b"{}")
    with pytest.raises(InvalidInput, match=words):
        verify(target.format(tmp_path))


def test_progress_ends_at_the_listed_bytes(tmp_path: Path):
    run = make_run(tmp_path)
    steps: list[tuple[int, int]] = []
    report: VerifyReport = verify(str(tmp_path), on_progress=lambda *step: steps.append(step))
    size = sum(run.path(at).stat().st_size for at in (0, 1))
    assert report.ok
    assert steps[-1] == (size, size)
