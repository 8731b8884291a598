"""Prefix templates, and the hints by which people find an export's files."""

from datetime import date

import pytest

from shared.domain.exports import DataType
from shared.domain.names import event_form
from shared.domain.prefixes import check_prefix
from shared.domain.search_hints import listing_command, search_prefixes
from shared.errors import InvalidInput
from tests.domain.makers import chosen, digits, live, names

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("prefix", "folder"),
    [
        ("team-a/", "team-a/"),
        ("{account_id}/{request_id}/", "7/1700000000/"),
        # 2025-11-20T00:00 UTC is the 19th in New York.
        ("{run_date}/", "20251119/"),
        ("dt={event_date}/event={event_name}/", "dt=20261120/event=App-Launched/"),
    ],
)
def test_a_prefix_template_is_filled_in(prefix, folder):
    run = names(prefix=prefix, time_zone="America/New_York")
    plain = names().event_file("App-Launched", "App Launched", DAY, 0)
    assert run.event_file("App-Launched", "App Launched", DAY, 0) == folder + plain
    if "event" not in prefix:
        assert run.profile_file(None) == folder + names().profile_file(None)


@pytest.mark.parametrize("raw", ["", ".", "..", "_manifests", "_rejects", ".well-known"])
def test_a_folder_named_after_an_event_is_never_a_special_one(raw):
    name = names(prefix="{event_name}/").event_file(event_form(raw), raw, DAY, 0)
    assert name.split("/")[0] == f"{raw}~{digits(raw)}"


@pytest.mark.parametrize(
    ("prefix", "advice"),
    [
        ("no-slash", "must end with '/'"),
        ("/absolute/", "must end with '/' and not begin with it"),
        ("/", "must end with '/' and not begin with it"),
        ("a//b/", "single slashes"),
        ("../", "letters, digits"),
        ("a/./", "letters, digits"),
        ("a\nb/", "letters, digits"),
        ("a\0b/", "letters, digits"),
        ("a*/", "letters, digits"),
        ("a\\b/", "letters, digits"),
        ("{run_date/", "letters, digits"),
        ("\ud800/", "letters, digits"),
        ("{event_id}/", "use only {account_id}, {event_date}, {event_name}"),
        ("{}/", "use only"),
        ("{run_date}/{run_date}/", "names a token twice"),
        ("_manifests/", "choose another folder name"),
        ("_rejects/x/", "choose another folder name"),
        (".well-known/acme-challenge/", "choose another folder name"),
        ("x" * 256 + "/", "too long"),
        ("x" * 192 + "{event_name}/", "too long"),
        ("x/" * 400, "use fewer or shorter parts"),
    ],
)
def test_a_prefix_that_cannot_be_part_of_a_name_is_refused(prefix, advice):
    with pytest.raises(InvalidInput, match=advice):
        check_prefix(prefix, profiles=False)


def test_profiles_have_no_event_to_name_a_folder_after():
    check_prefix("{run_date}/{account_id}/{request_id}/", profiles=True)
    with pytest.raises(InvalidInput, match=r"cannot hold \{event_name\} here"):
        check_prefix("{event_name}/", profiles=True)


def test_people_get_the_exact_prefixes_and_one_line_that_lists_all_files():
    spec = chosen()
    assert search_prefixes(spec, 7, 17) == ("17-", "_manifests/17-", "_rejects/17-")
    assert listing_command(spec, 7, 17) == (
        "gcloud storage ls 'gs://bucket/17-*' 'gs://bucket/_*/17-*'"
    )
    profiles = live(data_type=DataType.ALL_USER_PROPERTIES, prefix="{account_id}/")
    assert search_prefixes(profiles, 7, 17)[0] == "7/7-17-"
    dated = live(prefix="feed/{run_date}/{event_name}/")
    assert search_prefixes(dated, 7, 17)[0] == "feed/"
    assert "'gs://bucket/feed/*/*/17-*'" in listing_command(dated, 7, 17)
    local = live(bucket="file:///tmp/my files", prefix="{run_date}/")
    assert listing_command(local, 7, 17) == "ls '/tmp/my files'/*/17-* '/tmp/my files'/_*/17-*"
