"""The run's schema as its files show it: property names cleaned, types as they were found."""

from shared.formats.json_names import distinct_names, shown_name
from shared.ports import Schema


def cleaned_schema(found: Schema) -> Schema:
    """Property names as rows carry them once they are cleaned; see `formats.batches.cleaned`.

    Two raw names may meet in one cleaned name. In a row that has both, the later one carries a
    hash; in a row that has one of them only, it carries the plain cleaned name. Both names are
    therefore in the schema, and the shared one is text unless all who share it agree on a type.
    """
    return {owner: _cleaned(properties) for owner, properties in found.items()}


def _cleaned(properties: dict[str, str]) -> dict[str, str]:
    types: dict[str, str] = {}
    for raw, name in distinct_names(properties).items():
        plain = shown_name(raw)
        for column in {name, plain}:
            same = types.setdefault(column, properties[raw]) == properties[raw]
            types[column] = properties[raw] if same else "string"
    return dict(sorted(types.items()))
