"""The reader kit: how to read what an export delivered, for each tool."""

from pydantic import Field

from functions.api.rest.export_queries import ExportPath
from functions.api.rest.models import Input, Output
from functions.api.rest.routes import Call, Resource
from shared.domain.reader_kit import ReaderKit, Tool
from shared.jobs.reader_kits import reader_kit_of

reader_kits = Resource(
    "Reader kit",
    "Snippets to copy that read exactly the files of an export: those that manifests list, of a "
    "window that was delivered again the newest delivery only.",
)


class KitQuery(Input):
    """Which snippets."""

    tool: Tool | None = Field(
        default=None,
        strict=False,
        description="Only this tool.",
        json_schema_extra={"example": "duckdb"},
    )
    event: str | None = Field(
        default=None,
        min_length=1,
        max_length=1_000,
        description="Only this event in the statements for BigQuery, which has a table an event.",
        json_schema_extra={"example": "Charged"},
    )


class SnippetOut(Output):
    """A few lines to copy."""

    tool: Tool
    title: str
    language: str = Field(description="sql or python.")
    text: str


class ReaderKitOut(Output):
    """The snippets, and what a reader has to know about the files."""

    request_id: int
    snippets: list[SnippetOut]
    notes: list[str]


@reader_kits.get("/accounts/<id:account_id>/exports/<id:export_id>/reader-kit", "files.list")
def get_reader_kit(call: Call, path: ExportPath, query: KitQuery) -> ReaderKitOut:
    """Show how to read an export's files.

    With DuckDB, pandas, Spark and, once something was delivered, BigQuery.
    """
    kit = reader_kit_of(call.services, path.account_id, path.export_id, event=query.event)
    return _shown(kit if query.tool is None else kit.only(query.tool))


def _shown(kit: ReaderKit) -> ReaderKitOut:
    return ReaderKitOut(
        request_id=kit.request_id,
        snippets=[SnippetOut.model_validate(snippet) for snippet in kit.snippets],
        notes=list(kit.notes),
    )
