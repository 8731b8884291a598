"""The options that several commands share; None is "not chosen": the domain has the defaults."""

from typing import Annotated

import typer

from shared.domain.exports import Compression, DataType, Format

AccountId = Annotated[int, typer.Option("--account", help="Account id.", min=0)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Now = Annotated[str | None, typer.Option(help="Pretend that it is this time (RFC 3339).")]
PageSize = Annotated[int | None, typer.Option(help="1 to 200; 20 unless chosen.")]
PageToken = Annotated[str | None, typer.Option(help="Of the page before.")]
KeyFile = Annotated[
    str | None, typer.Option(metavar="FILE", help="JSON key of a service account; - reads it.")
]
Impersonate = Annotated[
    str | None, typer.Option(metavar="EMAIL", help="Service account to act as, without a key.")
]
RequestId = Annotated[int, typer.Argument(help="Request id of the export.")]

Bucket = Annotated[
    str, typer.Option(help="Where to: gs://NAME of a saved bucket, or file:///folder.")
]
FormatChoice = Annotated[Format | None, typer.Option("--format", help="json unless chosen.")]
DataTypeChoice = Annotated[DataType | None, typer.Option(help="all_events unless chosen.")]
Events = Annotated[list[str] | None, typer.Option("--event", help="For select_events; repeat it.")]
Codec = Annotated[
    Compression | None,
    typer.Option(help="none for events in text, gzip for profiles and Parquet unless chosen."),
]
AsString = Annotated[bool | None, typer.Option(help="Property values as strings.")]
Priority = Annotated[
    str | None, typer.Option(help="For several identifiers: email,identity,phone.")
]
FirstLine = Annotated[bool | None, typer.Option(help="JSON events: the name on line 1.")]
FormulaGuard = Annotated[bool | None, typer.Option(help="CSV: ' before = + - @.")]
SendTo = Annotated[
    list[str] | None, typer.Option("--send-to", help="Address for notices, too; repeat it.")
]
Prefix = Annotated[str | None, typer.Option(help="Template in front of object names.")]
