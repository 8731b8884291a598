"""Files of the pages: unchanged copies of others' work, and addresses that change with content."""

import gzip
import re
from hashlib import sha256
from pathlib import Path

import pytest

from functions.api.pages.assets import FOLDER, asset, content
from shared.ports import SignIn
from tests.pages.site import application

ROOT = Path(__file__).parents[2]
TABLE = (FOLDER / "VENDORED.md").read_text("utf-8")
ROWS = re.findall(r"(?m)^\| (\S+\.(?:js|css)) \| (.+)\| ([0-9a-f]{64}) \|$", TABLE)


@pytest.fixture
def client(house):
    app = application(lambda: house.services, lambda: SignIn(local_member="ann@example.com"))
    return app.test_client()


@pytest.mark.parametrize(("name", "middle", "wanted"), ROWS, ids=[row[0] for row in ROWS])
def test_a_vendored_file_is_the_one_that_was_recorded(name, middle, wanted):
    assert sha256((ROOT / name).read_bytes()).hexdigest() == wanted


def test_every_file_of_others_is_in_the_list():
    minified = {*FOLDER.glob("*.min.*"), *Path(__file__).parent.glob("*.min.*")}
    assert {str(path.relative_to(ROOT)) for path in minified} == {row[0] for row in ROWS}


def test_a_file_is_kept_for_a_year_under_the_hash_of_its_content(client):
    answer = client.get(asset("sluice.css"))
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.data == (FOLDER / "sluice.css").read_bytes()


@pytest.mark.parametrize("address", [asset("sluice.css"), "/docs", "/openapi.json"])
def test_whoever_takes_gzip_gets_the_same_in_fewer_bytes(client, address):
    plain = client.get(address)
    small = client.get(address, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 3
    assert gzip.decompress(small.data) == plain.data
    assert [answer.headers["Vary"] for answer in (plain, small)] == ["Accept-Encoding"] * 2


@pytest.mark.parametrize(
    ("address", "takes"),
    [("/docs", "gzip;q=0, br"), ("/docs", "identity"), ("/assets/nothing.css", "gzip")],
)
def test_what_is_small_or_could_not_be_read_is_sent_as_it_is(client, address, takes):
    answer = client.get(address, headers={"Accept-Encoding": takes})
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    "address",
    [
        "/assets/sluice.000000000000.css",
        "/assets/VENDORED.md",
        "/assets/..%2Fapp.py",
        "/assets/app.py",
        "/assets/.css",
    ],
)
def test_nothing_else_is_served(client, address):
    assert client.get(address).status_code == 404


def test_only_our_own_files_are_named_in_pages():
    for path in (FOLDER.parent / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"""(src|href)=["']?(https?:)?//""", text), path.name
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)", text), path.name
    assert content("../app.py") is None
