"""The reader kit: for each tool a few lines that read exactly the files of one export.

A file counts when a manifest lists it: a run that failed leaves files without one. Of a window
that was delivered anew only the newest delivery counts. DuckDB, pandas and Spark look into the
manifests themselves, so their snippets stay right as windows are added; BigQuery gets addresses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.choices import Format
from shared.domain.counted import counted
from shared.domain.reader_bigquery import Group, external_table, load_data
from shared.domain.reader_duckdb import duckdb_sql
from shared.domain.reader_files import Source
from shared.domain.reader_pandas import pandas_code
from shared.domain.reader_spark import spark_code
from shared.domain.specs import ExportSpec

__all__ = ["Group", "ReaderKit", "Snippet", "Source", "Tool", "reader_kit"]


class Tool(StrEnum):
    """What the files are read with."""

    DUCKDB = "duckdb"
    PANDAS = "pandas"
    SPARK = "spark"
    BIGQUERY = "bigquery"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few lines to copy."""

    tool: Tool
    title: str
    language: str  # sql or python
    text: str


@dataclass(frozen=True, slots=True)
class ReaderKit:
    """Snippets for each tool, and what a reader has to know about these files."""

    request_id: int
    snippets: tuple[Snippet, ...]
    notes: tuple[str, ...]

    def only(self, tool: Tool) -> "ReaderKit":
        """The snippets of one tool."""
        kept = tuple(each for each in self.snippets if each.tool is tool)
        return ReaderKit(self.request_id, kept, self.notes)


_CODE: Mapping[Tool, tuple[str, str, Callable[[Source], str]]] = {
    Tool.DUCKDB: ("DuckDB", "sql", duckdb_sql),
    Tool.PANDAS: ("pandas", "python", pandas_code),
    Tool.SPARK: ("Spark", "python", spark_code),
}


def reader_kit(
    spec: ExportSpec,
    account_id: int,
    request_id: int,
    groups: Sequence[Group] = (),
    *,
    other_runs: Sequence[int] = (),
) -> ReaderKit:
    """The kit of an export; `groups` are its delivered files, which BigQuery reads by address.

    `other_runs` are stamps of runs that were delivered in another shape, before an edit.
    """
    source = Source(spec, account_id, request_id, tuple(other_runs))
    snippets = [
        Snippet(tool, title, language, code(source))
        for tool, (title, language, code) in _CODE.items()
    ]
    if groups:
        loads = "\n\n".join(load_data(source, group) for group in groups)
        tables = "\n\n".join(external_table(source, group) for group in groups)
        snippets += [
            Snippet(Tool.BIGQUERY, "BigQuery: load statement", "sql", loads),
            Snippet(Tool.BIGQUERY, "BigQuery: external table", "sql", tables),
        ]
    return ReaderKit(request_id, tuple(snippets), tuple(_notes(source, groups)))


def _notes(source: Source, groups: Sequence[Group]) -> list[str]:
    spec = source.spec
    notes = [
        "Only files that a manifest lists are read, and of a window that was delivered again only"
        " the newest delivery.",
    ]
    if source.name_line:
        notes.append(
            "Line 1 of each JSON file is the bare name of its event. The snippets step over it;"
            " strict readers of JSON Lines do not. To read the files without such care, leave the"
            " first line off when you create or edit the export (--no-first-line)."
        )
    if spec.format is Format.XML:
        notes.append(
            "DuckDB, Spark and BigQuery have no reader for XML: their snippets take each line"
            " apart. Choose parquet or json where files are made for such tools."
        )
    if spec.format is Format.PARQUET and not source.profiles:
        notes.append("The columns of eventProps differ from event to event.")
    if source.other_runs:
        notes.append(
            f"{counted(len(source.other_runs), 'window was', 'windows were')} delivered before the"
            " export was edited, in another shape, and left out."
        )
    if not groups:
        notes.append("The BigQuery statements follow once a window has been delivered.")
    elif source.is_folder:
        notes.append(
            "BigQuery reads Cloud Storage only: copy the folder into a bucket, and put that in"
            " the place of YOUR-BUCKET."
        )
    else:
        notes.append("The BigQuery statements name the windows delivered up to now.")
    return notes
