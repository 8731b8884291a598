"""Freezes a selection into one Arrow file a slice, in one streaming pass over the warehouse."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from shared.adapters.duckdb_sql import identity_sql
from shared.adapters.row_columns import EVENT_COLUMNS, PROFILE_COLUMNS
from shared.domain.selection import Selection
from shared.domain.slices import Slicing

# Rows of one batch: its bytes stay in the processor's cache while they are sorted and written.
BATCH_ROWS = 20_480
# Rows are sorted to their slices by one integer: slice_no * FILES_STRIDE + file_no.
FILES_STRIDE = 1024
# Each open slice is an open file; more slices than this are written in several passes.
OPEN_SLICES = 400
CHECKSUM_MASK = 2**63 - 1


def write_snapshot(
    con: duckdb.DuckDBPyConnection, selection: Selection, slicing: Slicing, folder: Path
) -> dict[str, int]:
    """Write `slice-<n>.arrow` files and return the counts of the snapshot."""
    con.register("slicing_groups", slicing.groups)
    duplicates = 0
    frozen = _write(con, selection, slicing, folder, without_dropped=False)
    checksum = frozen.ids_checksum()
    if not selection.profiles and frozen.has_equal_ids():
        duplicates = _find_duplicates(con)
    if duplicates:
        # Seldom: once more, without the rows that are there already. A slice of nothing else
        # gets no file this time, so the first ones must not stay.
        for path in folder.glob("slice-*.arrow"):
            path.unlink()
        frozen = _write(con, selection, slicing, folder, without_dropped=True)
    con.unregister("slicing_groups")
    unplaced = frozen.rows_at.pop(-1, 0)
    return {
        "rows": sum(frozen.rows_at.values()),
        "rows_duplicate": duplicates,
        "rows_late": _late_rows(frozen.rows_at, selection, slicing),
        "rows_unplaced": unplaced,
        "ids_checksum": checksum,
    }


@dataclass(slots=True)
class _Frozen:
    """What passed by while the files were written."""

    # Rows by place, which is slice_no * FILES_STRIDE + file_no, or -1 for none.
    rows_at: Counter[int] = field(default_factory=Counter)
    # 64-bit hashes of all row ids, 8 bytes a row: one buffer, sorted where it lies in the end.
    id_hashes: bytearray = field(default_factory=bytearray)

    def ids_checksum(self) -> int:
        """All hashes in one number; 63 bits, which every database has."""
        hashes = np.frombuffer(self.id_hashes, np.uint64)
        return int(np.bitwise_xor.reduce(hashes)) & CHECKSUM_MASK

    def has_equal_ids(self) -> bool:
        """Whether two rows may have one id: sorting hashes costs a tenth of grouping the ids."""
        hashes = np.frombuffer(self.id_hashes, np.uint64)
        hashes.sort()
        return bool((hashes[1:] == hashes[:-1]).any())


def _write(
    con: duckdb.DuckDBPyConnection,
    selection: Selection,
    slicing: Slicing,
    folder: Path,
    *,
    without_dropped: bool,
) -> _Frozen:
    frozen = _Frozen()
    passes = range(0, max(slicing.slice_count, 1), OPEN_SLICES)
    for first in passes:
        sql = _snapshot_sql(selection, without_dropped, first if len(passes) > 1 else None)
        _write_pass(con.sql(sql), folder, frozen)
    return frozen


def _find_duplicates(con: duckdb.DuckDBPyConnection) -> int:
    """Fill `dropped_rows` with all but the first arrived row of each id; gives their number."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE dropped_rows AS "
        "WITH repeated AS (SELECT hash(event_id) AS h FROM selected GROUP BY 1 HAVING count(*) > 1)"
        " SELECT row_no FROM selected WHERE hash(event_id) IN (FROM repeated)"
        " QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY ingested_at, row_no) > 1"
    )
    return _count(con, "dropped_rows")


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _snapshot_sql(selection: Selection, without_dropped: bool, first: int | None) -> str:
    columns = PROFILE_COLUMNS if selection.profiles else EVENT_COLUMNS
    row_key = "object_id" if selection.profiles else "event_id"
    place, placed = place_sql(selection)
    listed = ", ".join(f"s.{column}" for column in columns)
    sql = (
        f"SELECT {listed}, {identity_sql(selection)} AS identity, {place} AS place, "
        f"hash(s.{row_key}) AS id_hash "
        f"FROM {placed}"
    )
    conditions = []
    if without_dropped:
        conditions.append("s.row_no NOT IN (FROM dropped_rows)")
    if first is not None:
        low, high = first * FILES_STRIDE, (first + OPEN_SLICES) * FILES_STRIDE
        unplaced = " OR place < 0" if first == 0 else ""
        conditions.append(f"((place >= {low} AND place < {high}){unplaced})")
    return sql + (f" WHERE {' AND '.join(conditions)}" if conditions else "")


def place_sql(selection: Selection) -> tuple[str, str]:
    """A row's place, and the rows of `selected` beside the groups that tell it."""
    row_key = "object_id" if selection.profiles else "event_id"
    on = (
        "true"
        if selection.profiles
        else ("s.event_name = g.event_name AND s.event_date = g.event_date")
    )
    place = (
        f"coalesce((g.first_slice + CASE WHEN g.parts > 1 THEN hash(s.{row_key}) % g.parts "
        f"ELSE 0 END) * {FILES_STRIDE} + g.file_no, -1)::BIGINT"
    )
    return place, f"selected s LEFT JOIN slicing_groups g ON {on}"


def _write_pass(relation: duckdb.DuckDBPyRelation, folder: Path, frozen: _Frozen) -> None:
    writers: dict[int, pa.ipc.RecordBatchFileWriter] = {}
    try:
        for batch in relation.to_arrow_reader(BATCH_ROWS):
            frozen.id_hashes += memoryview(batch.column("id_hash").to_numpy()).cast("B")
            for place, piece in _by_place(batch.drop_columns(["id_hash"])):
                frozen.rows_at[place] += piece.num_rows
                if place < 0:
                    continue
                number = place // FILES_STRIDE
                if number not in writers:
                    path = str(folder / f"slice-{number}.arrow")
                    writers[number] = pa.ipc.new_file(path, piece.schema)
                writers[number].write_batch(piece)
    finally:
        for writer in writers.values():
            writer.close()


def _by_place(batch: pa.RecordBatch) -> list[tuple[int, pa.RecordBatch]]:
    """Cut a batch into pieces of one file each; the order of rows within a piece stays."""
    places = batch.column("place").to_numpy()
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    moved = batch.take(pa.array(order))
    file_no = pa.array((ordered % FILES_STRIDE).astype(np.int32))
    position = batch.schema.get_field_index("place")
    moved = moved.set_column(position, "file_no", file_no)
    edges = [0, *(np.flatnonzero(np.diff(ordered)) + 1).tolist(), len(ordered)]
    return [
        (int(ordered[low]), moved.slice(low, high - low))
        for low, high in itertools.pairwise(edges)
        if high > low
    ]


def _late_rows(counted: Counter[int], selection: Selection, slicing: Slicing) -> int:
    """Rows whose local date lies before the window; all rows of one place have one date."""
    if selection.late_before is None:
        return 0
    late = 0
    for group in slicing.groups.select(
        ["event_date", "first_slice", "file_no", "parts"]
    ).to_pylist():
        if group["event_date"] is not None and group["event_date"] < selection.late_before:
            places = range(group["first_slice"], group["first_slice"] + group["parts"])
            late += sum(counted[n * FILES_STRIDE + group["file_no"]] for n in places)
    return late
