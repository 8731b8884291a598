"""Laws of names: unique, legal and short, whatever events are called."""

from dataclasses import replace
from datetime import date
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.names import candidate_forms
from shared.domain.prefixes import check_prefix
from tests.domain.makers import WORST, names

DAY = date(2026, 11, 20)
FORBIDDEN = "\0\t\n\x0b\x0c\r\x1b\x1c\x7f\x85\xa0\u2028\u2029\u3000 /\\?*#[]~.-\ud800\udfff"
SHORT = st.text(st.sampled_from(FORBIDDEN) | st.characters(), max_size=12)
LONG = st.builds(lambda text, times: text * times, SHORT, st.integers(1, 500))
SPECIAL = st.sampled_from(["", ".", "..", "-", "a b", "a-b", "a\tb", FORBIDDEN, "x" * 5_000])
RAWS = st.lists(SHORT | LONG | SPECIAL, max_size=12)
PREFIXES = st.sampled_from(
    ["", "{event_name}/", "a/{event_date}-{event_name}/{run_date}/", "x" * 191 + "{event_name}/"]
)


def claimed(raws, owners):
    """Each raw name's form, as state gives them out: the first to come owns a form for good."""
    for raw in raws:
        if raw not in owners.values():
            form = next(form for form in candidate_forms(raw) if form not in owners)
            owners[form] = raw
    return {raw: form for form, raw in owners.items()}


def middles(run, forms):
    """What the names of events show between run stamp and date: a rival may be called so."""
    shown = (run.event_file(form, raw, DAY, 0).split("/")[-1] for raw, form in forms.items())
    head = f"{run.request_id}-{run.run_stamp}-"
    return [name.removeprefix(head).split("-20261120-0-")[0] for name in shown]


@given(RAWS, PREFIXES, st.sampled_from([names(), WORST]))
def test_names_are_unique_legal_and_short_whatever_events_are_called(raws, prefix, base):
    run = replace(base, prefix=prefix)
    check_prefix(prefix, profiles=False)
    owners = {}
    forms = claimed(raws, owners)
    # Rivals: events named like forms with a hash, and like what stands in names after a cut.
    rivals = [form for raw in raws for form in islice(candidate_forms(raw), 3)]
    again = claimed([*rivals, *middles(run, forms)], owners)
    assert forms.items() <= again.items()
    days, indexes = (DAY, date(1, 1, 1)), (0, 10)
    made = [
        run.event_file(form, raw, day, index)
        for raw, form in again.items()
        for day in days
        for index in indexes
    ]
    others = [run.manifest(), run.rejects(0), run.profile_file(None) if not prefix else "p"]
    assert len({*made, *others}) == len(made) + len(others)
    for name in made:
        assert_legal(name)


def assert_legal(name):
    """What Cloud Storage, a folder on disk and a shell's listing take."""
    assert 1 <= len(name.encode()) < 1_024
    assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in name)
    segments = name.split("/")
    assert all(len(segment.encode()) <= 255 for segment in segments)
    assert not {"", ".", ".."} & set(segments)
    assert segments[0] not in ("_manifests", "_rejects", ".well-known")


@given(st.lists(SHORT | SPECIAL, min_size=1, unique=True))
def test_forms_are_unique_even_when_every_better_one_is_taken(raws):
    target, *rest = raws
    owners = {form: f"rival {form}" for form in islice(candidate_forms(target), 20)}
    forms = claimed([target, *rest], owners)
    assert len(set(forms.values())) == len(forms)
    assert forms[target] == next(islice(candidate_forms(target), 20, None))
    assert all(len(form.encode()) <= 255 for form in forms.values())


def test_a_folder_on_disk_takes_the_worst_names(tmp_path):
    raws = [FORBIDDEN, "", "..", "x" * 5_000, "🙂" * 1_000, "\ud800" * 300]
    run = replace(WORST, prefix="{event_name}/")
    for raw, form in claimed(raws, {}).items():
        path = tmp_path / run.event_file(form, raw, DAY, 10**9)
        path.parent.mkdir()
        path.write_text(ascii(raw))
    assert {path.read_text() for path in tmp_path.glob("*/*")} == set(map(ascii, raws))
