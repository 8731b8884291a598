"""What `verify` says of true deliveries, and of every way in which one may be damaged."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.local.verify import VerifyReport, verify
from shared.errors import InvalidInput
from tests.local.bucket import ROWS, Run, make_run, problems_of

EVERY_KIND = [(kind, False) for kind in ROWS] + [(kind, True) for kind in ROWS if kind != "parquet"]


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
    problems = problems_of(run)
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
    assert problems_of(run) == [f"{run.names[0]}: it has {rows} rows, the manifest says 30"]


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
        ("csv", b"ts,", b"\r\n\r\nts,", "header is not that of such a file"),
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
    problems = problems_of(run)
    assert [problem for problem in problems if words in problem]


def test_words_that_look_like_infinity_inside_texts_are_no_fault(tmp_path: Path):
    run = make_run(tmp_path)
    row = run.payload(0).replace(b'"n":3}', b'"n":"[NaN, info] ,] ,}","inf":[]}')
    run.put(0, row)
    run.admit(0)
    assert problems_of(run) == []


def test_json_without_the_name_line_is_fine_when_all_files_are_so(tmp_path: Path):
    run = make_run(tmp_path)
    run.put(0, run.payload(0).partition(b"\n")[2])
    run.admit(0)
    assert [problem.partition(": ")[2] for problem in problems_of(run)] == [
        "some of its files begin with the name of the event and some do not"
    ]
    run.put(1, run.payload(1).partition(b"\n")[2])
    run.admit(1)
    assert problems_of(run) == []


def test_a_file_over_the_limit_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = make_run(tmp_path, gzipped=True)
    monkeypatch.setattr("functions.local.verify_file.FILE_BYTES_MAX", len(run.payload(1)))
    assert problems_of(run) == [f"{run.names[0]}: it is larger than {len(run.payload(1)):,} bytes"]


def test_md5_may_be_hexadecimal_or_as_cloud_storage_shows_it(tmp_path: Path):
    run = make_run(tmp_path)
    digest = hashlib.md5(run.path(0).read_bytes(), usedforsecurity=False)
    for shown in (digest.hexdigest(), base64.b64encode(digest.digest()).decode()):
        run.admit(0, md5=shown)
        assert problems_of(run) == []


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
