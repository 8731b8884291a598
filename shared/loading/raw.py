"""What every kind of file looks like to the loader before its values are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_UTF8 = "not UTF-8 text"


@dataclass(frozen=True, slots=True)
class Raw:
    """The rows of one file, as a SELECT whose columns are still of the file's own types."""

    # row_no; broken: why the row cannot be read, or NULL; extras: the properties as a JSON
    # object; and r_<column> for each of `types`.
    sql: str
    # Our column -> the name that DuckDB gives to the type of r_<column>.
    types: Mapping[str, str]
    # Whether `extras` holds no NaN and no Infinity, which JSON does not know.
    finite: bool = False
    # Our column -> what whoever reads why a row is rejected calls it, where that is another name.
    words: Mapping[str, str] = field(default_factory=dict)
