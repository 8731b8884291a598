"""What every kind of file looks like to the loader before its values are read."""

from collections.abc import Mapping
from dataclasses import dataclass

NOT_UTF8 = "not UTF-8 text"


@dataclass(frozen=True, slots=True)
class Raw:
    """The rows of one file: `row_no`, `broken` (why it cannot be read), `extras` (the properties

    as a JSON object) and `r_<column>` for each of `types`, which are DuckDB's names of types.
    """

    sql: str
    types: Mapping[str, str]
