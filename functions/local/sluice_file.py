"""Reads sluice.yaml strictly: every mistake is one sentence with its line."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from functions.local.sluice_file_imports import connection, import_
from functions.local.sluice_file_keys import opened_with
from functions.local.yaml_values import (
    Keys,
    Node,
    boolean,
    date_of,
    integer,
    interval,
    list_of,
    one_of,
    text,
)
from shared.domain.declared import DeclaredExport
from shared.domain.exports import Compression, DataType, Format, Frequency, Identifier
from shared.errors import InvalidInput
from shared.jobs.declared import BucketEntry, Declared

# A file of a thousand exports with all settings has less than a third of it.
BYTES_MAX = 1_000_000


def declared_in(path: Path) -> Declared:
    """The content of a file; raises InvalidInput and names the line."""
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}); give its path.") from error
    if len(data) > BYTES_MAX:
        raise InvalidInput(f"{path} is larger than {BYTES_MAX:,} bytes; split it.")
    source = str(path)
    node = _document(source, data)
    if node is None:
        raise InvalidInput(f"{source} is empty; name what there shall be in it.")
    top = Keys(source, node, "the file")
    account = top.get("account", integer, 1)
    buckets, exports = top.named("buckets"), top.named("exports")
    connections, imports = top.named("connections"), top.named("imports")
    top.end()
    return Declared(
        source,
        account,
        tuple(_bucket(source, path.parent, *each) for each in buckets.items()),
        tuple(_export(source, *each) for each in exports.items()),
        tuple(connection(source, path.parent, *each) for each in connections.items()),
        tuple(import_(source, *each) for each in imports.items()),
    )


def _document(source: str, data: bytes) -> Node | None:
    try:
        node: Node | None = yaml.compose(data.decode(), Loader=yaml.SafeLoader)
        return node
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{source} is not UTF-8 text; save it as such.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise InvalidInput(f"{source}, line {line}: no legal YAML, {error.problem}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidInput(f"{source} is no legal YAML; it holds a forbidden character.") from error


def _bucket(source: str, folder: Path, nickname: str, node: Node) -> BucketEntry:
    keys = Keys(source, node, f"the bucket {nickname}")
    url = keys.need("url", text)
    content, impersonate = opened_with(source, folder, keys)
    keys.end()
    return BucketEntry(nickname, keys.line(), url, content, impersonate)


def _export(source: str, name: str, node: Node) -> DeclaredExport:
    keys = Keys(source, node, f"the export {name}")
    bucket = keys.need("bucket", text)
    settings: dict[str, Any] = {
        "data_type": keys.get("data_type", one_of(DataType), DataType.ALL_EVENTS),
        "frequency": Frequency.ONE_TIME,
        **keys.get("every", interval, {}),
    }
    for key, read in _SETTINGS.items():
        value = keys.get(key, read, None)
        if value is not None:
            settings[_NAMES.get(key, key)] = value
    stopped = keys.get("stopped", boolean, False)
    keys.end()
    return DeclaredExport(name, keys.line(), bucket, stopped, settings)


_SETTINGS: Mapping[str, Callable[[Node], Any]] = {
    "start": date_of,
    "end": date_of,
    "events": list_of(text),
    "format": one_of(Format),
    "compression": one_of(Compression),
    "as_string": boolean,
    "identity_priority": list_of(one_of(Identifier)),
    "first_line": boolean,
    "formula_guard": boolean,
    "prefix": text,
    "send_to": list_of(text),
}
_NAMES = {"start": "start_on", "end": "end_on"}
