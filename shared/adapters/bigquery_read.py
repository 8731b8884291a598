"""Reads the rows of one slice through the Storage Read API: one session, one stream, Arrow."""

import time
from collections.abc import Iterator

import grpc
import pyarrow as pa
from google.api_core import exceptions as google
from google.cloud.bigquery_storage_v1 import types
from google.cloud.bigquery_storage_v1.services.big_query_read import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import (
    BigQueryReadGrpcTransport,
)

from shared.adapters.bigquery_errors import FAULTS, faults, is_transient
from shared.adapters.row_columns import EVENT_COLUMNS, PROFILE_COLUMNS
from shared.config import BigQueryLimits
from shared.errors import Transient
from shared.ports import SnapshotGone

# Half of the pause before the first repetition.
PAUSE_S = 0.05
_EXTRA = ("identity", "file_no")
_JSON = {
    "device", "session_props", "event_props", "comm_prefs", "subscription_groups", "props",
}  # fmt: skip
# A session that has ended is one that is not found, or whose streams may not be read any more.
_SESSION_ENDED = (google.NotFound, google.FailedPrecondition, google.InvalidArgument)


def read_client(host: str) -> BigQueryReadClient:
    """A client of BigQuery, or of an emulator at `host` without encryption and credentials."""
    if not host:
        return BigQueryReadClient()
    options = [("grpc.max_receive_message_length", -1)]
    channel = grpc.insecure_channel(host, options=options)
    return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))


class SliceReader:
    """Reads tables by slice; what is read stays in the messages' own memory."""

    def __init__(self, client: BigQueryReadClient, project: str, limits: BigQueryLimits) -> None:
        self._client = client
        self._project = project
        self._limits = limits

    def read(self, table: str, slice_no: int, *, profiles: bool) -> pa.Table:
        """The rows of a slice, with `file_no`; raises SnapshotGone when there is no such table."""
        fault: BaseException | None = None
        for _ in range(self._limits.sessions):
            session = self._session(table, slice_no, profiles=profiles)
            schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
            batches: list[pa.RecordBatch] = []
            try:
                for stream in session.streams:
                    batches.extend(self._batches(stream.name, schema))
            except _SESSION_ENDED as error:
                # Offsets mean nothing in another session: the slice is read from its start.
                fault = error
                continue
            return _typed(pa.Table.from_batches(batches, schema))
        raise Transient(
            f"{self._limits.sessions} sessions ended before the slice was read.",
            reason="warehouse-session-ended",
        ) from fault

    def _session(self, table: str, slice_no: int, *, profiles: bool) -> types.ReadSession:
        columns = (PROFILE_COLUMNS if profiles else EVENT_COLUMNS) + _EXTRA
        wanted = types.ReadSession(
            table=table,
            data_format=types.DataFormat.ARROW,
            read_options=types.ReadSession.TableReadOptions(
                selected_fields=list(columns),
                row_restriction=f"slice_no = {int(slice_no)}",
            ),
        )
        attempts = self._limits.read_attempts
        while True:
            attempts -= 1
            try:
                return self._client.create_read_session(
                    parent=f"projects/{self._project}",
                    read_session=wanted,
                    # One stream gives the rows of a slice fast enough, and in one order.
                    max_stream_count=1,
                    retry=None,
                    timeout=self._limits.call_s,
                )
            except google.NotFound as error:
                raise SnapshotGone(table) from error
            except FAULTS as error:
                if attempts <= 0 or not is_transient(error):
                    with faults("open a session for a slice"):
                        raise
                self._pause(attempts)

    def _batches(self, stream: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The rows of a stream; when it breaks it is resumed behind the last row that came."""
        offset, attempts = 0, self._limits.read_attempts
        while True:
            try:
                answers = self._client.read_rows(
                    read_stream=stream, offset=offset, retry=None, timeout=self._limits.read_s
                )
                for answer in answers:
                    message = pa.py_buffer(answer.arrow_record_batch.serialized_record_batch)
                    yield pa.ipc.read_record_batch(message, schema)
                    offset += answer.row_count
                    attempts = self._limits.read_attempts
                return
            except _SESSION_ENDED:
                raise
            except FAULTS as error:
                attempts -= 1
                if attempts <= 0 or not is_transient(error):
                    with faults("read the rows of a slice"):
                        raise
                self._pause(attempts)

    def _pause(self, attempts_left: int) -> None:
        """The next attempt waits longer than the one before."""
        time.sleep(PAUSE_S * 2 ** (self._limits.read_attempts - attempts_left))


def _typed(rows: pa.Table) -> pa.Table:
    """The rows with the types that a local warehouse gives them.

    JSON columns get their type back: BigQuery has parsed them, and sends their text.
    """
    columns = []
    for field in rows.schema:
        column = rows[field.name]
        if field.name in _JSON:
            texts = [chunk.cast(pa.string()) for chunk in column.chunks]
            made = [pa.ExtensionArray.from_storage(pa.json_(), text) for text in texts]
            column = pa.chunked_array(made, pa.json_())
        elif field.name == "file_no":
            column = column.cast(pa.int32())
        columns.append(column)
    return pa.table(columns, names=rows.column_names)
