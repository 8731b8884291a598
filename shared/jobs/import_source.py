"""Whether the source of an import is there and has the columns that its mapping names."""

from shared.domain.import_mapping import check_columns
from shared.domain.import_specs import ImportSpec
from shared.errors import CustomerFault, InvalidInput
from shared.import_ports import Source
from shared.jobs.services import Services
from shared.jobs.try_connection import connection_of


def check_source(services: Services, account_id: int, spec: ImportSpec, *, start: bool) -> None:
    """Raise InvalidInput unless the import could run, or be kept as a draft."""
    connection_of(services, account_id, spec.connection_id)
    if spec.mapping is None and start:
        raise InvalidInput("Map the columns first, or keep the import as a draft.")
    if spec.mapping is None:
        return
    try:
        check_mapped(services.looks.saved(account_id, spec.connection_id), spec)
    except CustomerFault as error:
        raise InvalidInput(error.message, reason=error.reason) from error


def check_mapped(source: Source, spec: ImportSpec) -> None:
    """Raise CustomerFault unless the source has the columns that are mapped."""
    if spec.mapping is not None:
        check_columns(spec.mapping, source.describe(spec.source).columns)
