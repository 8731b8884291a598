"""Fills the mapping of an import's form from a look into its source."""

from dataclasses import dataclass, field

from functions.api.pages.import_fields import (
    Form,
    Pairs,
    SourceFields,
    Wrong,
    mapping_fields,
    read_mapping,
    step_of,
)
from functions.api.pages.import_seen import Seen, key_of, seen_in, seen_of
from functions.api.pages.visits import Visit
from shared.domain.import_mapping import Kind, Mapping
from shared.errors import InvalidInput
from shared.jobs.look_at_source import SourcePreview, preview_source, suggest_mapping

_ANEW = "The source has other columns, so its mapping is suggested anew."


@dataclass(slots=True)
class Look:
    """One look into the source that the form names, at most; `notes` tell what came of it."""

    visit: Visit
    form: Form
    source: SourceFields
    preview: SourcePreview | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Stands for the source."""
        return key_of(self.source.connection_id, self.source.query)

    def rows(self) -> SourcePreview:
        """*Preview results*; what it shows of the columns goes along for the mapping."""
        if self.preview is None:
            visit, source = self.visit, self.source
            self.preview = preview_source(
                visit.services,
                visit.account_id,
                source.connection_id,
                source.query,
                actor=visit.actor,
            )
            if "identity" not in self.form:
                self.form["columns"] = seen_of(self.preview, self.key).to_text()
        return self.preview

    def fill(self) -> None:
        """See to it that the form has the columns of this source, and a mapping of them."""
        before = seen_in(self.form.get("columns", ""))
        same = before.looked and before.key == self.key
        if "identity" not in self.form:
            self.suggest()
        elif not same:
            self._lay_out(before)

    def suggest(self) -> None:
        """A mapping from names and types; profiles where no column says when it happened."""
        wanted = Kind.PROFILES if self.form.get("kind") == Kind.PROFILES else Kind.EVENTS
        other = [Kind.PROFILES] if "kind" not in self.form else []
        seen = seen_in(self.form.get("columns", ""))
        if not seen.looked or seen.key != self.key:
            seen = seen_of(self.rows(), self.key)
        for kind in (wanted, *other):
            try:
                mapping = self._suggested(kind)
            except InvalidInput as error:
                self.notes.append(error.message)
                continue
            if self.preview is not None:
                seen = seen_of(self.preview, self.key, mapping.columns)
            self._put(*mapping_fields(mapping, seen))
            return
        self._put([("kind", str(wanted)), ("identity", "")], seen)

    def _lay_out(self, before: Seen) -> None:
        """What was mapped before stays as far as the columns of the source allow it."""
        found = {each.name for each in self.rows().columns}
        try:
            mapping = read_mapping(self.form, before)
        except Wrong:
            mapping = None
        if mapping is None or mapping.identity not in found:
            self.notes.append(_ANEW)
            self.suggest()
            return
        self._put(*mapping_fields(mapping, seen_of(self.rows(), self.key, mapping.columns)))
        lost = [name for name in mapping.columns if name not in found]
        if lost:
            names = ", ".join(lost[:5])
            self.notes.append(f"The source has no such column any more: {names}. Choose others.")

    def _suggested(self, kind: Kind) -> Mapping:
        visit, source = self.visit, self.source
        return suggest_mapping(
            visit.services,
            visit.account_id,
            source.connection_id,
            source.query,
            kind,
            actor=visit.actor,
        )

    def _put(self, pairs: Pairs, seen: Seen) -> None:
        """Let these be the fields of the mapping, and no others."""
        for name in list(self.form):
            if step_of(name) == "mapping":
                self.form.poplist(name)
        for name, value in pairs:
            self.form.add(name, value)
        self.form["columns"] = seen.to_text()
