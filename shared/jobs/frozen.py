"""What a run has frozen, as the planner and the worker need it."""

from shared.domain.exports import ExportSpec
from shared.domain.names import RunNames
from shared.domain.selection import Selection, select_rows
from shared.errors import OurFault
from shared.formats.files import Layout
from shared.state.runs import Run


def frozen_spec(run: Run) -> ExportSpec:
    """The export's settings as they were at the freeze."""
    if run.spec is None or run.freeze_at is None:
        raise OurFault("The run has not been frozen yet.", reason="run-not-frozen")
    return run.spec


def selection_of(run: Run) -> Selection:
    """The rows of the run."""
    spec = frozen_spec(run)
    assert run.freeze_at is not None
    return select_rows(run.account_id, spec, run.kind, run.window, run.freeze_at)


def layout_of(run: Run, file_bytes_max: int) -> Layout:
    """How the run's files look."""
    spec = frozen_spec(run)
    return Layout(
        profiles=spec.data_type.is_profiles,
        format=spec.format,
        compression=spec.compression,
        as_string=spec.as_string,
        time_zone=spec.time_zone,
        first_line=spec.first_line,
        formula_guard=spec.formula_guard,
        schema=run.schema or {},
        full_base=selection_of(run).full_base,
        request_id=run.export_id,
        run_stamp=run.stamp,
        file_bytes_max=file_bytes_max,
    )


def names_of(run: Run) -> RunNames:
    """How the run's objects are called."""
    spec = frozen_spec(run)
    return RunNames(
        account_id=run.account_id,
        request_id=run.export_id,
        run_stamp=run.stamp,
        database_id=str(run.database_id),
        format=spec.format,
        compression=spec.compression,
        prefix=spec.prefix,
        time_zone=spec.time_zone,
    )


def new_snapshot_id(run: Run, attempt: int) -> str:
    """An id that no other plan takes, nor a run of another state that shares the warehouse."""
    frozen_spec(run)
    # Not the moment as of which it reads, which a delivery that state forgot may have had as well.
    return f"run-{run.run_id}-{attempt}-{run.started_at:%Y%m%d%H%M%S%f}"
