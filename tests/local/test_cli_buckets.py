"""Buckets on the command line: a key goes in, and nothing of it ever comes out."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from functions.local import cli
from shared.bootstrap import services
from shared.reasons import CATALOGUE
from tests.credentials.keys import EMAIL, KEY_ID, key_file, pem
from tests.leaks import found_in, watch
from tests.servers.fault_proxy import Fault, FaultProxy, google_error

ROOT = Path(__file__).parents[2]
PASSWORD = watch("canary-pass-word-8a4e21")
KEYS = {"nickname", "url", "kind", "email", "key_id", "created_at", "credentials_at", "worked_at"}
KEYS |= {"probed_at", "failing_since", "failure"}


@pytest.fixture(name="folder")
def _folder(tmp_path, home, monkeypatch):
    """An empty folder to work in, with a key file, at a fixed time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLUICE_NOW", "2026-11-22T12:00:00+00:00")
    (tmp_path / "key.json").write_bytes(key_file())
    (tmp_path / "new.json").write_bytes(
        key_file(private_key=pem(number=1), private_key_id="f" * 40)
    )
    services.cache_clear()
    yield tmp_path
    services.cache_clear()


def run(*arguments, code=0):
    """The command line in a process of its own; gives what it said."""
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert not found_in(done.stdout + done.stderr)
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(name="say")
def _say(folder, monkeypatch, capsys):
    """The command line in this process; gives its standard output."""

    def say(*arguments, given=b""):
        monkeypatch.setattr(sys, "argv", ["main.py", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert not found_in(out + err)
        assert ended.value.code == 0, err
        return out

    return say


def refused(monkeypatch, capsys, *arguments):
    """The sentence with which the command refuses, in this process."""
    monkeypatch.setattr(sys, "argv", ["main.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert not found_in(out + err)
    assert (ended.value.code, out) == (2, "")
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    return err


def test_a_bucket_from_its_first_key_to_its_end(folder, say, cloud_bucket):
    def answer(*arguments, given=b""):
        return json.loads(say(*arguments, "--json", given=given))

    url = f"gs://{cloud_bucket}"
    added = answer("bucket", "add", url, "--nickname", "Partner", "--key-file", "key.json")
    assert set(added) == KEYS
    assert (added["nickname"], added["kind"], added["email"]) == ("Partner", "key", EMAIL)
    assert answer("bucket", "list")["buckets"] == [added]
    assert answer("bucket", "test", "Partner")["key_id"] == KEY_ID
    given = (folder / "new.json").read_bytes()
    assert answer("bucket", "rotate", url, "--key-file", "-", given=given)["key_id"] == "f" * 40
    assert "Partner" in say("bucket", "list")
    assert say("bucket", "test", "Partner").startswith(f"Bucket Partner ({url}) works, key of ")
    assert answer("bucket", "remove", "Partner")["url"] == url
    assert answer("bucket", "list") == {"buckets": []}
    assert "bucket add" in say("bucket", "list")
    left = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".json"]
    assert not [path for path in left if found_in(path.read_bytes().decode("latin-1"))]


def test_an_export_goes_to_a_saved_bucket(folder, say, cloud_bucket, cloud_storage):
    """The workers are other processes, which find the key by themselves."""
    url = f"gs://{cloud_bucket}"
    (folder / "orders.csv").write_text(
        "event_name,ts,identity,ingested_at\nBuy,2026-11-20T09:15:00Z,ada,2026-11-20T09:15:02Z\n"
    )
    say("load", "events", "orders.csv", "--arrived", "ingested_at")
    say("bucket", "add", url, "--key-file", "key.json")
    done = json.loads(run("export", "--bucket", url, "--from", "2026-11-20", "--json"))
    assert done["rows"] == 1
    assert all(name.startswith(url + "/") for name in [*done["files"], done["manifest"]])
    with cloud_storage.client() as client:
        stored = {f"{url}/{blob.name}" for blob in client.list_blobs(cloud_bucket)}
    assert stored == {*done["files"], done["manifest"]}


BAD_KEYS = {
    "another token address": key_file(token_uri=f"https://user:{PASSWORD}@127.0.0.1/token"),
    "another kind": key_file(type="external_account", credential_source={"file": PASSWORD}),
    "an unknown field": key_file(refresh_token=PASSWORD),
    "a value for a name": key_file(**{PASSWORD: "x"}),
    "cut off": key_file()[:-40],
    "a list": b"[" + key_file() + b"]",
    "only the private key": pem().encode(),
    "nothing": b"",
    "too long": key_file() + b" " * 20_000,
}


@pytest.mark.parametrize("content", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_a_bad_key_is_one_sentence_without_any_of_it(folder, monkeypatch, capsys, content):
    (folder / "bad.json").write_bytes(content)
    refused(monkeypatch, capsys, "bucket", "add", "gs://my-bucket", "--key-file", "bad.json")
    assert not (folder / "home" / "secrets").exists()


def test_a_key_in_place_of_the_files_name_is_not_repeated(folder, monkeypatch, capsys):
    for pasted in (key_file().decode(), pem(), PASSWORD, f"/x/{PASSWORD}\0"):
        message = refused(
            monkeypatch, capsys, "bucket", "add", "gs://my-bucket", "--key-file", pasted
        )
        assert "key file cannot be read" in message


def test_a_key_file_without_end_is_read_no_further_than_any_key(folder, monkeypatch, capsys):
    arguments = ["bucket", "add", "gs://my-bucket", "--key-file", "/dev/zero"]
    assert "10,000 bytes" in refused(monkeypatch, capsys, *arguments)


WRONG = {
    "a password in the bucket": ["bucket", "add", f"gs://user:{PASSWORD}@my-bucket"],
    "an address of the web": ["bucket", "add", f"https://user:{PASSWORD}@host/bucket"],
    "a folder": ["bucket", "add", "file:///tmp"],
    "no credentials": ["bucket", "add", "gs://my-bucket"],
    "both credentials": [
        "bucket", "add", "gs://my-bucket", "--key-file", "key.json", "--impersonate", EMAIL,
    ],
    "no service account": ["bucket", "add", "gs://my-bucket", "--impersonate", "ada@example.com"],
    "unknown bucket to test": ["bucket", "test", PASSWORD],
    "unknown bucket to rotate": ["bucket", "rotate", "gs://nobody", "--key-file", "key.json"],
    "unknown bucket to remove": ["bucket", "remove", "Nobody"],
    "an export to a bucket that is not saved": [
        "export", "--bucket", "gs://my-bucket", "--from", "2026-11-20",
    ],
    "an export with a password in its address": [
        "export", "--bucket", f"https://user:{PASSWORD}@host/", "--from", "2026-11-20",
    ],
    "an export with a password in its bucket": [
        "export", "--bucket", f"gs://user:{PASSWORD}@my-bucket", "--from", "2026-11-20",
    ],
}  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_input_is_one_sentence(folder, monkeypatch, capsys, arguments):
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    refused(monkeypatch, capsys, *arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRETS_URL", f"https://user:{PASSWORD}@host/"),
        ("SECRETS_URL", f"secretmanager://{PASSWORD}/x"),
        ("WAREHOUSE_URL", f"mysql://user:{PASSWORD}@host/db"),
        ("QUEUE_URL", f"amqp://user:{PASSWORD}@host/"),
    ],
)
def test_a_wrong_address_in_the_settings_is_not_repeated(folder, monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    assert name in refused(monkeypatch, capsys, "bucket", "list")


def test_a_database_that_is_away_does_not_tell_its_password(folder, monkeypatch):
    monkeypatch.setenv("STATE_URL", f"postgresql+psycopg://user:{PASSWORD}@127.0.0.1:1/db")
    assert "Error: " in run("bucket", "list", code=1)


def test_a_server_of_secrets_elsewhere_is_refused(folder, monkeypatch, capsys):
    monkeypatch.setenv("SECRETS_URL", "secretmanager://my-project")
    monkeypatch.setenv("SECRET_MANAGER_SERVER", f"http://user:{PASSWORD}@example.com")
    assert "SECRET_MANAGER_SERVER" in refused(monkeypatch, capsys, "bucket", "list")


def test_state_holds_no_key(folder, say, cloud_bucket):
    say("bucket", "add", f"gs://{cloud_bucket}", "--key-file", "key.json")
    with sqlite3.connect(folder / "home" / "state.sqlite") as connection:
        rows = connection.execute("SELECT * FROM buckets").fetchall()
    connection.close()
    assert EMAIL in str(rows)
    assert not found_in(str(rows))


def test_credentials_are_tried_without_being_saved(say, cloud_bucket, monkeypatch, capsys):
    tried = ["bucket", "try", f"gs://{cloud_bucket}", "--key-file", "key.json"]
    assert json.loads(say(*tried, "--json"))["works"] is True
    assert "passed" in say(*tried)
    assert json.loads(say("bucket", "list", "--json")) == {"buckets": []}
    tried[2] = "gs://nobody-has-this-one"
    monkeypatch.setattr(sys, "argv", ["main.py", *tried, "--json"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    assert (ended.value.code, json.loads(out)["works"]) == (1, False)
    assert "matches exactly" in err


def test_a_small_object_is_left_only_where_that_is_asked_for(
    say, cloud_bucket, cloud_storage, monkeypatch, capsys
):
    say("bucket", "add", f"gs://{cloud_bucket}", "--nickname", "Partner", "--key-file", "key.json")
    say("bucket", "test", "Partner")
    with cloud_storage.client() as client:
        assert list(client.list_blobs(cloud_bucket)) == []
        told = json.loads(say("bucket", "test", "Partner", "--write", "--json"))
        (blob,) = client.list_blobs(cloud_bucket)
    assert (told["works"], told["steps"][-1]["outcome"]) == (True, "passed")
    assert blob.name in told["steps"][-1]["detail"]
    with FaultProxy(cloud_storage.url) as proxy:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", proxy.url)
        body = google_error(403, "accountDisabled", "The billing account is closed.")
        proxy.add(Fault(path="^/upload/", answer=403, body=body, times=None))
        monkeypatch.setattr(sys, "argv", ["main.py", "bucket", "test", "Partner", "--write"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    _, err = capsys.readouterr()
    assert ended.value.code == 1
    assert CATALOGUE["403-billing"].title.removesuffix(".") in err
    assert "create the key again" not in err


def test_the_text_that_proves_ownership_is_shown_and_stays(say):
    assert say("bucket", "proof").strip() == json.loads(say("bucket", "proof", "--json"))["proof"]
