"""What every store of secrets promises, run over the encrypted folder and Secret Manager."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.adapters.encrypted_folder import EncryptedFolder
from shared.adapters.secret_manager import SecretManager
from shared.errors import OurFault
from shared.ports import Secrets
from tests.leaks import found_in, watch
from tests.servers.secret_manager import PROJECT
from tests.state.makers import at_once

VALUE = watch("canary-secret-0b9a77c1d2e4").encode()
Open = Callable[[], Secrets]


@pytest.fixture(params=["folder", "secret_manager"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same store anew, as another process would."""
    if request.param == "folder":
        return lambda: EncryptedFolder(tmp_path / "secrets")
    url = request.getfixturevalue("secret_manager")
    return lambda: SecretManager(PROJECT, test_server=url)


@pytest.fixture
def store(open_store: Open) -> Secrets:
    return open_store()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name that no other test uses: the server keeps what it was given."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)


def missing(store: Secrets, reference: str) -> bool:
    with pytest.raises(OurFault) as caught:
        store.get(reference)
    assert not found_in(str(caught.value))
    return caught.value.reason == "secret-missing"


VALUES = {"text": VALUE, "nul": b"\0", "all bytes": bytes(range(256)), "large": b"x" * 65_536}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_comes_back_as_it_was_put(store, open_store, name, value):
    reference = store.put(name, value)
    assert store.get(reference) == value
    assert open_store().get(reference) == value


def test_a_reference_tells_nothing_of_the_value(store, name):
    reference = store.put(name, VALUE)
    assert name in reference
    assert not found_in(reference)


def test_each_version_of_a_secret_has_a_reference_of_its_own(store, name):
    references = [store.put(name, f"value {number}".encode()) for number in range(3)]
    assert len(set(references)) == 3
    assert [store.get(each) for each in references] == [b"value 0", b"value 1", b"value 2"]


def test_a_destroyed_version_is_missing_and_the_others_stay(store, open_store, name):
    first, second = store.put(name, b"first"), store.put(name, b"second")
    store.destroy(first)
    assert missing(store, first)
    assert missing(open_store(), first)
    assert store.get(second) == b"second"


def test_destroying_again_changes_nothing(store, name):
    reference = store.put(name, VALUE)
    store.destroy(reference)
    store.destroy(reference)
    assert missing(store, reference)


def test_the_reference_of_a_destroyed_version_never_means_another_one(store, name):
    first = store.put(name, b"first")
    store.destroy(first)
    assert store.put(name, b"second") != first
    assert missing(store, first)


STRANGE = [
    "",
    "key",
    "../key",
    "a/../../key",
    "/etc/passwd",
    "nobody/" + "0" * 32,
    "projects/test-project/secrets/nobody/versions/1",
    "projects/test-project/secrets/nobody/versions/latest",
    "projects/other-project/secrets/x/versions/1",
    "projects/test-project/secrets/../x/versions/1",
    "projects/test-project/secrets/x/versions/1:destroy",
    "projects/test-project/secrets/x/versions/1\n",
]


@pytest.mark.parametrize("reference", STRANGE)
def test_a_reference_that_was_never_given_is_missing(store, name, reference):
    store.put(name, VALUE)
    assert missing(store, reference)
    store.destroy(reference)


@pytest.mark.parametrize("bad", ["", "a/b", "..", "a.b", "ü", "a" * 256, "a\n", "a b"])
def test_a_name_that_no_store_takes_is_refused(store, bad):
    with pytest.raises(ValueError, match="a secret's name"):
        store.put(bad, VALUE)


@pytest.mark.parametrize("value", [b"", b"x" * 65_537])
def test_a_value_that_no_store_takes_is_refused(store, name, value):
    with pytest.raises(ValueError, match="65536 bytes"):
        store.put(name, value)


def test_all_who_put_at_once_get_their_own_value_back(open_store, name):
    """The first of all secrets: the folder has no key yet, the server no such secret."""

    def put(number: int) -> tuple[str, bytes]:
        return open_store().put(name, f"value {number}".encode()), f"value {number}".encode()

    stored = at_once(*[lambda number=number: put(number) for number in range(6)])
    assert len({reference for reference, _ in stored}) == 6
    assert [open_store().get(reference) for reference, _ in stored] == [v for _, v in stored]
