"""The documentation: an OpenAPI document that is a manual, and a page made from it."""

import re
from collections import defaultdict
from enum import Enum
from importlib import import_module
from pkgutil import walk_packages

from pydantic import BaseModel

from functions.api import rest
from functions.api.problem_kinds import KINDS
from tests.functions.api.conftest import ROUTES


def document(api):
    answer = api.get("/openapi.json", by="")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return answer.get_json()


def operations(content):
    return [each for path in content["paths"].values() for each in path.values()]


def test_every_route_is_an_operation_with_a_name_of_its_own(api):
    content = document(api)
    assert content["openapi"].startswith("3.1")
    found = operations(content)
    assert len(found) == len(ROUTES)
    assert len({each["operationId"] for each in found}) == len(ROUTES)


def test_every_operation_says_what_it_does_who_may_and_what_can_go_wrong(api):
    for each in operations(document(api)):
        assert each["summary"]
        assert each["security"] == [{"api_key": []}, {"identity_token": []}]
        assert {"401", "403", "404", "422", "429", "500", "503"} <= set(each["responses"])
        if "/accounts/{" in each["description"]:
            assert "Role: " in each["description"]


def test_every_parameter_and_field_that_is_sent_is_described(api):
    content = document(api)
    for each in operations(content):
        for parameter in each.get("parameters", []):
            assert parameter.get("description"), (each["operationId"], parameter["name"])
    for name in ("ExportIn", "BucketIn", "KeyIn", "MemberIn"):
        schema = content["components"]["schemas"][name]
        assert schema["additionalProperties"] is False
        for field, about in schema["properties"].items():
            assert about.get("description"), (name, field)


def test_the_page_shows_all_of_it_and_loads_nothing_from_elsewhere(api):
    answer = api.get("/docs", by="")
    page = answer.get_data(as_text=True)
    for each in operations(document(api)):
        assert f'id="{each["operationId"]}"' in page
    for kind in KINDS:
        assert f'id="problem-{kind.name}"' in page
    assert "<script" not in page
    assert " style=" not in page
    assets = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert all(link.startswith("/") for link in assets)
    for link in assets:
        assert api.get(link, by="").status_code == 200


def test_every_answer_tells_the_browser_to_be_careful(api):
    for path in ("/docs", "/openapi.json", "/assets/docs.css", "/v1/me", "/nowhere"):
        headers = api.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert api.get("/v1/me").headers["Cache-Control"] == "no-store"


def test_no_two_models_share_a_name(api):
    """The document knows a model by its name alone; a second one would stand for the first."""
    assert document(api)["components"]["schemas"]
    named = defaultdict(set)
    for module in walk_packages(rest.__path__, f"{rest.__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, BaseModel | Enum):
                named[value.__name__].add(value)
    assert named["ExportOut"]
    assert {name: found for name, found in named.items() if len(found) > 1} == {}
