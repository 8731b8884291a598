"""Reads the values of a YAML file by what is wanted of them; a mistake names its line."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from functions.local.cli_values import day, frequency
from shared.domain.declared import at_line
from shared.errors import InvalidInput

T = TypeVar("T", bound=StrEnum)
Node = yaml.Node


class Keys:
    """The keys of one mapping, each read once; what is left over is refused."""

    def __init__(self, source: str, node: Node, what: str) -> None:
        self._source = source
        self._node = node
        self._what = what
        self._asked: list[str] = []
        self._nodes = mapping_of(source, node, what)

    def line(self, key: str | None = None) -> int:
        """The line of a key, or of the mapping itself."""
        node = self._nodes.get(key, self._node) if key else self._node
        line: int = node.start_mark.line
        return line + 1

    def need(self, key: str, read: Callable[[Node], Any]) -> Any:
        """The value of a key that must be there."""
        if key not in self._nodes:
            raise InvalidInput(
                f"{self._source}, line {self.line()}: {self._what} has no {key}; give one."
            )
        return self.get(key, read, None)

    def get(self, key: str, read: Callable[[Node], Any], default: Any) -> Any:
        """The value of a key, or the default."""
        self._asked.append(key)
        if key not in self._nodes:
            return default
        with at_line(self._source, self.line(key)):
            try:
                return read(self._nodes[key])
            except Wrong as error:
                raise InvalidInput(f"{key} must be {error.args[0]}.") from None

    def named(self, key: str) -> Mapping[str, Node]:
        """The mapping under a key, by the names in it; empty when it is not there."""
        self._asked.append(key)
        node = self._nodes.get(key)
        return {} if node is None else mapping_of(self._source, node, key)

    def end(self) -> None:
        """Refuse every key that nobody asked for."""
        for key, node in self._nodes.items():
            if key not in self._asked:
                near = get_close_matches(key, self._asked, 1)
                hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(self._asked)}."
                raise InvalidInput(
                    f"{self._source}, line {node.start_mark.line + 1}: {self._what} has no key"
                    f" {key[:80]!r}; {hint}"
                )


class Wrong(Exception):
    """A value of another type; says which one is wanted."""


def mapping_of(source: str, node: Node, what: str) -> dict[str, Node]:
    """The nodes of a mapping by their keys; raises InvalidInput for a key that stands twice."""
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise InvalidInput(f"{source}, line {line}: {what} must be keys with values.")
    found: dict[str, Node] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
            raise InvalidInput(f"{source}, line {line}: a key must be plain text.")
        if key.value in found:
            raise InvalidInput(
                f"{source}, line {line}: {key.value[:80]!r} stands twice in {what}; leave one."
            )
        found[key.value] = value
    return found


def plain(node: Node, wanted: str, *kinds: str) -> str:
    """What is written, where YAML takes it for one of these kinds."""
    tags = [f"tag:yaml.org,2002:{kind}" for kind in kinds]
    if not isinstance(node, yaml.ScalarNode) or node.tag not in tags:
        raise Wrong(wanted)
    value: str = node.value
    return value


def _scalar(node: Node, kind: str, wanted: str) -> str:
    return plain(node, wanted, kind)


def text(node: Node) -> str:
    """Text, which YAML takes for nothing else."""
    return _scalar(node, "str", "text; put it in quotes if it looks like something else")


def integer(node: Node) -> int:
    """A whole number without sign."""
    digits = _scalar(node, "int", "a whole number")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 19:
        raise Wrong("a whole number")
    return int(digits)


def boolean(node: Node) -> bool:
    """True or false."""
    return _scalar(node, "bool", "true or false").lower() in ("true", "yes", "on")


def date_of(node: Node) -> Any:
    """A local date."""
    wanted = "a date such as 2026-11-22"
    try:
        return day(_scalar(node, "timestamp", wanted))
    except InvalidInput:
        raise Wrong(wanted) from None


def interval(node: Node) -> dict[str, Any]:
    """The settings that an interval such as 4h means."""
    return frequency(text(node))


def one_of(choices: type[T]) -> Callable[[Node], T]:
    """Reads one of the words of a closed list."""

    def read(node: Node) -> T:
        wanted = "one of " + ", ".join(choices)
        try:
            return choices(_scalar(node, "str", wanted))
        except ValueError:
            raise Wrong(wanted) from None

    return read


def list_of(read: Callable[[Node], Any]) -> Callable[[Node], tuple[Any, ...]]:
    """Reads a list of such values."""

    def read_list(node: Node) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise Wrong("a list")
        return tuple(read(each) for each in node.value)

    return read_list
