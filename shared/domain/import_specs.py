"""The specification of an import: from where, as what, and when."""

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

from shared.domain.connections import checked_name
from shared.domain.import_mapping import Mapping
from shared.domain.import_schedules import MANUAL, Schedule, When
from shared.errors import InvalidInput, OurFault

TABLE_CHARS_MAX = 1_024
# BigQuery takes a statement of 1 MB; a person writes none of 100 kB.
SQL_CHARS_MAX = 100_000


def is_table_name(name: str) -> bool:
    """Whether a table or file of this name can be chosen: it can be seen whole and typed."""
    fits = 0 < len(name) <= TABLE_CHARS_MAX
    return fits and name == name.strip() and not set(name) & set("\0\n\r\t")


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """What is read: a table or view of the dataset, or one SELECT."""

    table: str | None = None
    sql: str | None = None

    def __post_init__(self) -> None:
        if (self.table is None) == (self.sql is None):
            raise InvalidInput("Choose either a table or view of the dataset, or a SELECT.")
        if self.table is not None and not is_table_name(self.table):
            raise InvalidInput(
                "Give the name of one table or view; one with a line break, a tab or a space at "
                "its ends has to be renamed first."
            )
        if self.sql is not None:
            if not self.sql.strip() or "\0" in self.sql:
                raise InvalidInput("Give one SELECT statement.")
            if len(self.sql) > SQL_CHARS_MAX:
                raise InvalidInput(f"Give a SELECT of up to {SQL_CHARS_MAX:,} characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSpec:
    """The settings of an import; a draft may lack its mapping."""

    nickname: str
    connection_id: int
    source: SourceQuery
    mapping: Mapping | None = None
    schedule: Schedule = MANUAL

    def __post_init__(self) -> None:
        checked_name(self.nickname)

    @property
    def is_scheduled(self) -> bool:
        """Whether runs come by themselves."""
        return self.schedule.when is not When.MANUAL

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` gives the same specification back."""
        return {
            "nickname": self.nickname,
            "connection_id": self.connection_id,
            "table": self.source.table,
            "sql": self.source.sql,
            "mapping": None if self.mapping is None else self.mapping.to_dict(),
            "schedule": self.schedule.to_dict(),
        }

    @classmethod
    def from_dict(cls, stored: Dictionary[str, Any]) -> "ImportSpec":
        """Reads what `to_dict` wrote; OurFault when it holds other keys or values."""
        try:
            mapping = stored["mapping"]
            return cls(
                nickname=stored["nickname"],
                connection_id=stored["connection_id"],
                source=SourceQuery(stored["table"], stored["sql"]),
                mapping=None if mapping is None else Mapping.from_dict(mapping),
                schedule=Schedule.from_dict(stored["schedule"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise OurFault(
                f"A stored import cannot be read: {error!r}.", reason="bad-import"
            ) from error
