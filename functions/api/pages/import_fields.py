"""The fields of an import's source and mapping: read by the domain's own rules, and written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from functions.api.pages.import_seen import Seen
from functions.api.pages.text import plain
from shared.domain.connections import checked_name
from shared.domain.import_columns import FieldType
from shared.domain.import_mapping import EXTRA, Kind, Mapping, Property
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.errors import InvalidInput

Form = MultiDict[str, str]
Pairs = list[tuple[str, str]]
EXTRAS = EXTRA[Kind.EVENTS]
SOURCE = ("nickname", "connection", "by", "table", "sql")
# Of no step; the templates write them themselves.
OWN = ("csrf_token", "go", "step", "columns", "request_id", "others")
SCHEDULE = ("when", "every", "unit", "start", "at", "weekday", "weekly", "days", "monthly")


class Wrong(InvalidInput):
    """Fields of one step cannot be taken; `fields` tells why, by name."""

    def __init__(self, step: str, fields: dict[str, str]) -> None:
        super().__init__(next(iter(fields.values())))
        self.step = step
        self.fields = fields


@dataclass(slots=True)
class Checks:
    """Gathers what is wrong with the fields of a step, to tell all of it at once."""

    step: str
    found: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """What is refused in here stands beside this field."""
        try:
            yield
        except InvalidInput as error:
            self.found.setdefault(name, plain(error.message))

    def done(self) -> None:
        """Raises Wrong where anything is."""
        if self.found:
            raise Wrong(self.step, self.found)


@dataclass(frozen=True, slots=True)
class SourceFields:
    """What the first step says."""

    nickname: str
    connection_id: int
    query: SourceQuery


def step_of(name: str) -> str:
    """The step that a field belongs to; empty for those that belong to none."""
    if name in OWN:
        return ""
    if name in SOURCE:
        return "source"
    return "schedule" if name in SCHEDULE else "mapping"


def connection_in(form: Form) -> int:
    """The connection that is chosen; raises InvalidInput."""
    text = form.get("connection", "")
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 19):
        raise InvalidInput("Choose the connection to import from.")
    return int(text)


def read_source(form: Form) -> SourceFields:
    """Raises Wrong."""
    checks = Checks("source")
    nickname, by_sql = form.get("nickname", "").strip(), form.get("by") == "sql"
    connection_id, query = 0, SourceQuery("-")
    with checks.at("nickname"):
        checked_name(nickname)
    with checks.at("connection"):
        connection_id = connection_in(form)
    with checks.at("sql" if by_sql else "table"):
        # Browsers send lines of a text with two characters between them.
        sql = form.get("sql", "").replace("\r\n", "\n")
        query = SourceQuery(sql=sql) if by_sql else SourceQuery(form.get("table", "").strip())
    checks.done()
    return SourceFields(nickname, connection_id, query)


def source_fields(spec: ImportSpec) -> Pairs:
    """The first step of an import that is edited."""
    return [
        ("nickname", spec.nickname),
        ("connection", str(spec.connection_id)),
        ("by", "table" if spec.source.sql is None else "sql"),
        ("table", spec.source.table or ""),
        ("sql", spec.source.sql or ""),
    ]


def read_mapping(form: Form, seen: Seen) -> Mapping:
    """Each field is tried alone, so that the domain tells which one it refuses; raises Wrong."""
    checks = Checks("mapping")
    one = form.get("identity") or "-"
    kind = Kind.PROFILES if form.get("kind") == Kind.PROFILES else Kind.EVENTS
    events = kind is Kind.EVENTS
    by_column = form.get("named_by") == "column"
    name = None if by_column or not events else form.get("event_name", "")
    column = form.get("event_name_column", "") if by_column and events else None
    created_on = (form.get("created_on") or None) if events else None
    mapped = [(ours, form.get(f"extra_{ours}") or "") for ours in EXTRA[kind]]
    extra = tuple((ours, theirs) for ours, theirs in mapped if theirs)
    properties = _properties(form, seen)
    with checks.at("identity"):
        Mapping(kind=Kind.PROFILES, identity=form.get("identity", ""))
    if events:
        with checks.at("created_on"):
            Mapping(kind=kind, identity=one, event_name="-", created_on=created_on)
        with checks.at("event_name_column" if by_column else "event_name"):
            if column == "":
                raise InvalidInput("Choose the column that names the events.")
            Mapping(
                kind=kind,
                identity=one,
                created_on="-",
                event_name=name,
                event_name_column=column,
            )
    with checks.at("properties"):
        Mapping(kind=Kind.PROFILES, identity=one, properties=properties)
    checks.done()
    return Mapping(
        kind=kind,
        identity=one,
        updated_on=form.get("updated_on") or None,
        created_on=created_on,
        event_name_column=column,
        event_name=name,
        extra=extra,
        properties=properties,
    )


def mapping_fields(mapping: Mapping, seen: Seen) -> tuple[Pairs, Seen]:
    """The fields of a mapping, over the columns that are seen; columns that lack are added."""
    pairs = [
        ("kind", str(mapping.kind)),
        ("identity", mapping.identity),
        ("updated_on", mapping.updated_on or ""),
        ("created_on", mapping.created_on or ""),
        ("named_by", "column" if mapping.event_name_column else "constant"),
        ("event_name_column", mapping.event_name_column or ""),
        ("event_name", mapping.event_name or ""),
        *((f"extra_{ours}", theirs) for ours, theirs in mapping.extra),
    ]
    seen = seen.with_columns(name for name in mapping.columns if name not in seen.names)
    free = list(range(len(seen.columns)))
    for each in mapping.properties:
        # A column may become two properties: the second one gets a line of its own.
        at = next((at for at in free if seen.columns[at].name == each.column), None)
        if at is None:
            seen = seen.with_columns([each.column])
            at = len(seen.columns) - 1
        else:
            free.remove(at)
        pairs += [("use", str(at)), (f"name_{at}", each.name), (f"type_{at}", str(each.type))]
    return pairs, seen


def as_before(mapping: Mapping, before: Mapping | None) -> Mapping:
    """The mapping as it is stored where only the order of its parts differs."""

    def ordered(each: Mapping) -> Mapping:
        properties = sorted(each.properties, key=lambda one: (one.column, one.name))
        return replace(each, extra=tuple(sorted(each.extra)), properties=tuple(properties))

    return before if before is not None and ordered(mapping) == ordered(before) else mapping


def _properties(form: Form, seen: Seen) -> tuple[Property, ...]:
    found: list[Property] = []
    numbers: Sequence[str] = form.getlist("use")
    for text in dict.fromkeys(numbers):
        with suppress(ValueError, IndexError):
            column = seen.columns[int(text)]
            kind = form.get(f"type_{text}", "")
            name = form.get(f"name_{text}", column.name)
            known = kind if kind in list(FieldType) else column.type
            found.append(Property(column.name, name, FieldType(known)))
    return tuple(found)
