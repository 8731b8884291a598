"""Reads from sluice.yaml how a bucket or dataset is opened; keys stand in files of their own."""

from pathlib import Path

from functions.local.saved_buckets import read_key_file
from functions.local.yaml_values import Keys, text
from shared.domain.declared import at_line
from shared.errors import InvalidInput


def opened_with(source: str, folder: Path, keys: Keys) -> tuple[bytes | None, str | None]:
    """The content of the key file, and the service account to act as, as far as they are named."""
    key_file = keys.get("key_file", text, None)
    impersonate = keys.get("impersonate", text, None)
    if key_file is None:
        return None, impersonate
    line = keys.line("key_file")
    if key_file.lstrip().startswith("{"):
        raise InvalidInput(
            f"{source}, line {line}: a key never stands in the file; save it in a file of its"
            " own and give that file's path as key_file."
        )
    with at_line(source, line):
        return read_key_file(str(folder / key_file)), impersonate
