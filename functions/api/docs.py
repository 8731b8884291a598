"""The documentation of the API: the OpenAPI document, and a page made from it on the server."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, render_template
from flask_openapi3.types import SecuritySchemesDict

from functions.api.docs_text import INTRODUCTION
from functions.api.problem_kinds import KINDS

SECURITY_SCHEMES: SecuritySchemesDict = {
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of one account, made by an admin of it: what it may do is said "
        "by its scopes.",
    },
    "identity_token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An identity token that Google has signed for a service account that is a "
        "member. People are let in by Identity-Aware Proxy instead.",
    },
}
pages = Blueprint("docs", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """A field or a parameter as the page shows it."""

    name: str
    kind: str
    required: bool
    text: str
    example: str


@pages.get("/openapi.json")
def openapi_document() -> Response:
    """The OpenAPI document; it is public, as the page is: neither tells anything of an account."""
    return Response(_text(), mimetype="application/json")


@pages.get("/docs")
def docs() -> str:
    """The same for people."""
    document = json.loads(_text())
    return render_template(
        "docs.html",
        introduction=INTRODUCTION.split("\n\n"),
        tags=document["tags"],
        operations=_operations(document),
        schemas={name: _rows(schema) for name, schema in _objects(document)},
        about={name: schema.get("description", "") for name, schema in _objects(document)},
        kinds=KINDS,
    )


@cache
def _text() -> str:
    """Made once: it is the same for every process of a version."""
    document = current_app.api_doc  # type: ignore[attr-defined]
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"].pop("default", None)
    return json.dumps(document, ensure_ascii=False)


def _operations(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations of each tag, in the order of the document."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            shown = {
                "id": operation["operationId"],
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "paragraphs": operation["description"].split("\n\n"),
                "parameters": [_parameter(each) for each in operation.get("parameters", [])],
                "body": _name_of(operation.get("requestBody", {})),
                "answers": [
                    (status, answer["description"], _name_of(answer))
                    for status, answer in operation["responses"].items()
                ],
            }
            found.setdefault(operation["tags"][0], []).append(shown)
    return found


def _objects(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    schemas = document["components"]["schemas"]
    return sorted((name, each) for name, each in schemas.items() if "properties" in each)


def _rows(schema: dict[str, Any]) -> list[Row]:
    required = schema.get("required", [])
    return [
        Row(
            name=name,
            kind=_kind(each),
            required=name in required,
            text=each.get("description", ""),
            example=json.dumps(each["examples"][0], ensure_ascii=False)
            if each.get("examples")
            else "",
        )
        for name, each in schema["properties"].items()
    ]


def _parameter(parameter: dict[str, Any]) -> Row:
    schema = parameter["schema"]
    example = parameter.get("example", schema.get("example"))
    return Row(
        name=parameter["name"],
        kind=_kind(schema),
        required=parameter["required"],
        text=parameter.get("description", schema.get("description", "")),
        example="" if example is None else str(example),
    )


def _kind(schema: dict[str, Any]) -> str:
    """The type of a value in words."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _name_of(part: dict[str, Any]) -> str:
    """The name of the model in a body or an answer."""
    for content in part.get("content", {}).values():
        return str(content["schema"].get("$ref", "")).rpartition("/")[2]
    return ""
