"""Only names that Google Cloud allows are taken, exactly as they are written."""

import pytest

from shared.domain.cloud_names import bucket_name, is_project_id, is_service_account
from shared.errors import InvalidInput
from tests.leaks import found_in, watch

PASSWORD = watch("canary-in-an-address-77d0")


@pytest.mark.parametrize(
    "name",
    [
        "abc",
        "my-bucket",
        "my_bucket.example.com",
        "0-0",
        "a" * 63,
        ".".join(["a" * 50] * 4),
        "1.2.3",
    ],
)
def test_a_name_that_google_allows_is_taken_as_it_is(name):
    assert bucket_name(f"gs://{name}") == name


BUCKETS = [
    "", "ab", "a" * 64, "My-Bucket", " my-bucket", "my-bucket ", "my-bucket\n", "my bucket",
    "my-bucket/", "my-bucket/folder", "/my-bucket", "..", "../etc", "my..bucket", "my/../bucket",
    ".my-bucket", "my-bucket.", "-my-bucket", "my-bucket-", "_my", "`my-bucket`", "my-bucket;drop",
    "my-bucket--;", "my-bucket/*x*/", "my-bucket#x", "my-bucket?x=y", "my%2fbucket", "my\\bucket",
    "bücket", "ｍy-bucket", "my-bucket\u200b", "my\u2024bucket", "my\0bucket", "192.168.5.4",
    "goog-bucket", "my@bucket", "my:bucket", "'my-bucket'", '"my-bucket"', "a" * 300,
    "a.b." + "c" * 64, "١٢٣", f"user:{PASSWORD}@my-bucket", "gs://my-bucket",
]  # fmt: skip


@pytest.mark.parametrize("name", BUCKETS)
def test_any_other_name_is_refused_and_not_repeated(name):
    with pytest.raises(InvalidInput) as caught:
        bucket_name(f"gs://{name}")
    assert not found_in(caught.value.message)
    assert caught.value.message.isascii()


@pytest.mark.parametrize(
    "url", ["my-bucket", "GS://my-bucket", "https://my-bucket", " gs://abc", ""]
)
def test_an_address_of_another_kind_is_refused(url):
    with pytest.raises(InvalidInput, match="gs://name"):
        bucket_name(url)


@pytest.mark.parametrize("text", ["my-project", "a12345", "example.com:my-project", "a" * 30])
def test_a_project_id_is_known(text):
    assert is_project_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "short", "a" * 31, "1project", "my-project-", "My-Project", "my_project", "my-project\n",
     "a/b-project", "example.com:", ":my-project", "my-project;", "`my-project`", "prójéct"],
)  # fmt: skip
def test_what_is_no_project_id_is_known(text):
    assert not is_project_id(text)


@pytest.mark.parametrize(
    "text",
    ["a@my-project.iam.gserviceaccount.com", "1-compute@developer.gserviceaccount.com",
     "my-project@appspot.gserviceaccount.com",
     "a-b@my-project.example.com.iam.gserviceaccount.com"],
)  # fmt: skip
def test_an_address_of_a_service_account_is_known(text):
    assert is_service_account(text)


@pytest.mark.parametrize(
    "text",
    ["", "a@b.c", "a@my-project.iam.gserviceaccount.com.", "a@@my-project.iam.gserviceaccount.com",
     "x/../y@my-project.iam.gserviceaccount.com", "a@my-project.iam.gserviceaccount.com:get",
     "a%40@my-project.iam.gserviceaccount.com", "a@my-project.iamxgserviceaccount.com",
     "a@my-project.iam.gserviceaccount.com?fields=x", "a@" + "b" * 300,
     "-@appspot.gserviceaccount.com"],
)  # fmt: skip
def test_what_is_no_address_of_a_service_account_is_known(text):
    assert not is_service_account(text)
