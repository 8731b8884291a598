"""Whether the source of an import is there and has the columns that its mapping names."""

from collections.abc import Callable

from shared.domain.import_mapping import Mapping, check_columns
from shared.domain.import_specs import ImportSpec, SourceQuery
from shared.errors import CustomerFault, InvalidInput
from shared.import_ports import Source
from shared.jobs.services import Services
from shared.jobs.try_connection import connection_of


def check_source(services: Services, account_id: int, spec: ImportSpec, *, start: bool) -> None:
    """Raise InvalidInput unless the import could run, or be kept as a draft."""
    connection_of(services, account_id, spec.connection_id)
    if spec.mapping is None:
        if start:
            raise InvalidInput("Map the columns first, or keep the import as a draft.")
        return
    saved = spec.connection_id
    check_mapped(lambda: services.looks.saved(account_id, saved), spec.source, spec.mapping)


def check_mapped(open_it: Callable[[], Source], query: SourceQuery, mapping: Mapping) -> None:
    """Raise InvalidInput unless the source has the columns that are mapped."""
    try:
        check_columns(mapping, open_it().describe(query).columns)
    except CustomerFault as error:
        raise InvalidInput(error.message, reason=error.reason) from error
