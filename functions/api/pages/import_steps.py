"""The steps of an import's form, one after another; what was given goes along in the form."""

from dataclasses import dataclass, field
from typing import Any

from flask.typing import ResponseReturnValue

from functions.api.pages.frame import Told, show, status_of, told
from functions.api.pages.import_fields import (
    Form,
    SourceFields,
    Wrong,
    as_before,
    read_mapping,
    read_source,
    step_of,
)
from functions.api.pages.import_form import choices_of
from functions.api.pages.import_looks import Look
from functions.api.pages.import_schedules import next_words, read_schedule
from functions.api.pages.import_seen import COLUMNS_MAX, Seen, key_of, seen_in
from functions.api.pages.visits import Visit
from shared.domain.counted import counted
from shared.domain.import_mapping import Mapping
from shared.domain.import_schedules import MANUAL, Schedule, When
from shared.domain.import_specs import ImportSpec
from shared.errors import SluiceError
from shared.jobs.look_at_source import DryRun, SourcePreview, dry_run

STEPS = (
    ("source", "Source"),
    ("mapping", "Mapping"),
    ("check", "Dry run"),
    ("schedule", "Schedule"),
)
_ORDER = [name for name, _ in STEPS]


@dataclass(slots=True)
class Steps:
    """One request for the form: what was given, and what is to be shown of it."""

    visit: Visit
    form: Form
    # What is edited; None for an import that is to be made.
    before: ImportSpec | None = None
    step: str = field(init=False)
    wrong: dict[str, str] = field(default_factory=dict)
    error: Told | None = None
    status: int = 200
    notes: list[str] = field(default_factory=list)
    preview: SourcePreview | None = None
    result: DryRun | None = None
    times: list[str] | None = None

    def __post_init__(self) -> None:
        asked = self.form.get("step", "")
        self.step = asked if asked in _ORDER else "source"

    @property
    def seen(self) -> Seen:
        """The columns that came along."""
        return seen_in(self.form.get("columns", ""))

    def follow(self) -> None:
        """Do what the button asks for; what is refused stands where it belongs."""
        try:
            self._follow(self.form.get("go", ""))
        except SluiceError as error:
            self.refuse(error)

    def refuse(self, error: SluiceError) -> None:
        """Show the step that can mend it, with the reason beside its field where there is one."""
        self.status = status_of(error)
        if isinstance(error, Wrong):
            self.step, self.wrong = error.step, error.fields
        else:
            self.error = told(error)

    def spec(self, *, draft: bool) -> ImportSpec:
        """All that was given; a draft may lack its mapping. Raises Wrong."""
        source = read_source(self.form)
        mapping: Mapping | None = None
        if "identity" in self.form or not draft:
            if not self.seen.columns:
                raise Wrong("source", {"table": "Go on to the mapping first."})
            before = None if self.before is None else self.before.mapping
            mapping = as_before(read_mapping(self.form, self.seen), before)
        return ImportSpec(
            nickname=source.nickname,
            connection_id=source.connection_id,
            source=source.query,
            mapping=mapping,
            schedule=self._schedule() if "when" in self.form else MANUAL,
        )

    def show(self, template: str, **more: Any) -> ResponseReturnValue:
        """The page of the step."""
        return show(
            template,
            status=self.status,
            error=self.error,
            wrong=self.wrong,
            notes=self.notes,
            step=self.step,
            steps=STEPS,
            given=self.form,
            carried=[
                (name, value)
                for name, value in self.form.items(multi=True)
                if step_of(name) not in ("", self.step)
            ],
            seen=self.seen,
            preview=self.preview,
            result=self.result,
            times=self.times,
            **choices_of(self.visit, self.form, self.step),
            **more,
        )

    def _follow(self, go: str) -> None:
        if go == "preview":
            self.preview = self._look().rows()
        elif go == "suggest":
            self._told(self._look(), Look.suggest)
        elif go == "add":
            self._add()
        elif go == "check":
            self._check()
        elif go == "times":
            self._show_times()
        elif go.startswith("to-") and go[3:] in _ORDER:
            self._move(go[3:])

    def _look(self) -> Look:
        return Look(self.visit, self.form, read_source(self.form))

    def _told(self, look: Look, do: Any) -> None:
        do(look)
        self.notes += look.notes

    def _move(self, target: str) -> None:
        """Back whatever stands there; forwards only over steps that are right."""
        if _ORDER.index(target) > _ORDER.index(self.step):
            source = read_source(self.form)
            if target == "mapping" or not self._is_mapped(source):
                self._told(self._look(), Look.fill)
                target = "mapping"
            else:
                read_mapping(self.form, self.seen)
        self.step = target
        if target == "schedule" and "when" in self.form:
            self._show_times()

    def _is_mapped(self, source: SourceFields) -> bool:
        key = key_of(source.connection_id, source.query)
        return "identity" in self.form and self.seen.key == key

    def _add(self) -> None:
        """Columns that are not shown, by name."""
        seen = self.seen
        names = [each.strip() for each in self.form.get("others", "").splitlines()]
        new = dict.fromkeys(name for name in names if name and name not in seen.names)
        more = seen.with_columns(new)
        self.form["columns"] = more.to_text()
        if left := len(seen.columns) + len(new) - len(more.columns):
            self.notes.append(
                f"{counted(left, 'column was', 'columns were')} not added, since a form has "
                f"up to {COLUMNS_MAX}; "
                "make another import for them."
            )

    def _check(self) -> None:
        visit, source = self.visit, read_source(self.form)
        mapping = read_mapping(self.form, self.seen)
        self.step = "check"
        self.result = dry_run(
            visit.services,
            visit.account_id,
            source.connection_id,
            source.query,
            mapping,
            actor=visit.actor,
        )

    def _show_times(self) -> None:
        self.times = next_words(read_schedule(self.form, self.visit), self.visit.now)

    def _schedule(self) -> Schedule:
        schedule = read_schedule(self.form, self.visit)
        unchanged = self.before is not None and self.before.schedule == schedule
        over = schedule.when is When.AT and not next_words(schedule, self.visit.now)
        if over and not unchanged:
            raise Wrong("schedule", {"at": "This moment is over; choose one to come."})
        return schedule
