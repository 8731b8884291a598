"""Reads path, query and body of a request strictly into models; nothing is guessed or left out."""

import json
import re
from functools import cache
from typing import Any, TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError

from functions.api.problem_kinds import NOT_AS_DOCUMENTED, TOO_LARGE, UNREADABLE, UNSUPPORTED
from functions.api.problems import Defect, Malformed

Model = TypeVar("Model", bound=BaseModel)

# The filters of a list fit many times over; a longer address is refused before it is read.
QUERY_BYTES_MAX = 8_192
# Places named in one answer: the first ones say enough.
DEFECTS_MAX = 20
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,18}")


def parse_path(model: type[Model], captured: dict[str, Any]) -> Model:
    """The ids in the address."""
    return _validated(model, json.dumps(captured), "path")


def parse_query(model: type[Model], request: Request) -> Model:
    """The query; a name that is not documented, or given twice, is refused."""
    if len(request.query_string) > QUERY_BYTES_MAX:
        raise Malformed(TOO_LARGE, f"The query is longer than {QUERY_BYTES_MAX:,} bytes.")
    kinds = _kinds(model)
    given: dict[str, Any] = {}
    for name, values in request.args.lists():
        kind = kinds.get(name)
        read = [_number(value) if kind == "integer" else value for value in values]
        # A single value given twice stays a list, which the model refuses.
        given[name] = read[0] if kind != "array" and len(read) == 1 else read
    return _validated(model, json.dumps(given), "query")


def parse_body(model: type[Model], request: Request) -> Model:
    """The JSON object in the body, or the defaults where the body may be left out and is."""
    data = request.get_data()
    if not data and model.model_config.get("openapi_extra") == {"required": False}:
        return model()
    if request.mimetype != "application/json":
        raise Malformed(UNSUPPORTED, "The content is not said to be application/json.")
    return _validated(model, data, "body")


def no_body(request: Request) -> None:
    """Refuse a body where none is read: what it asks for would silently not happen."""
    if request.get_data() not in (b"", b"{}"):
        raise Malformed(NOT_AS_DOCUMENTED, "This operation takes no body: leave it out.")


def _validated(model: type[Model], text: str | bytes, place: str) -> Model:
    """JSON is read in the strict mode of the models: "5" is no number and 1 is not true."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        defects = [
            Defect(where=".".join([place, *map(_shown, each["loc"])]), message=each["msg"])
            # The input may be a key: it is neither shown nor kept.
            for each in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        unreadable = any(each["type"] == "json_invalid" for each in error.errors())
    if unreadable:
        raise Malformed(UNREADABLE, "The body is no JSON in UTF-8.")
    raise Malformed(
        NOT_AS_DOCUMENTED,
        f"{len(defects)} places of the request are not as documented; see errors."
        if len(defects) > 1
        else f"{defects[0].where}: {defects[0].message}.",
        defects[:DEFECTS_MAX],
    )


def _shown(part: int | str) -> str:
    """A step to the place; unknown names are the caller's own and may be anything."""
    text = str(part)
    return text if len(text) <= 64 and text.isprintable() else "(an unknown name)"


def _number(text: str) -> int | str:
    """Numbers in one spelling only; everything else stays text, which the model refuses."""
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


@cache
def _kinds(model: type[BaseModel]) -> dict[str, str]:
    """The JSON type of each parameter: integer, array or another."""
    found = {}
    for name, schema in model.model_json_schema()["properties"].items():
        kinds = [schema, *schema.get("anyOf", [])]
        types = {each.get("type") for each in kinds}
        found[name] = next((kind for kind in ("array", "integer") if kind in types), "other")
    return found
