"""A proxy before a Storage Read API that cuts answers small, and breaks streams on request.

It resumes a stream at the offset that is asked for, which the emulator does not.
"""

from collections.abc import Iterator
from concurrent import futures
from dataclasses import dataclass, field
from typing import Any

import grpc
import pyarrow as pa
from google.cloud.bigquery_storage_v1 import types

_SERVICE = "/google.cloud.bigquery.storage.v1.BigQueryRead/"
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
# Only a server that hangs meets it.
PATIENCE_S = 60


@dataclass
class Break:
    """Ends calls with a status: the first `times` of them, each after so many answers."""

    method: str  # CreateReadSession or ReadRows
    code: grpc.StatusCode
    times: int = 1
    after_answers: int = 0
    fired: int = 0


@dataclass
class ReadProxy:
    """`with ReadProxy(read_host) as proxy:` listens at `proxy.host` on the loopback."""

    upstream: str
    rows_an_answer: int = 10
    breaks: list[Break] = field(default_factory=list)
    # The offsets that streams were read from, in order, and how many sessions were opened.
    offsets: list[int] = field(default_factory=list)
    sessions: int = 0
    host: str = ""

    def add(self, fault: Break) -> Break:
        """Let this happen; the test asserts on its `fired`."""
        self.breaks.append(fault)
        return fault

    def __enter__(self) -> "ReadProxy":
        self._channel = grpc.insecure_channel(self.upstream, options=_OPTIONS)
        self._server = grpc.server(futures.ThreadPoolExecutor(8), options=_OPTIONS)
        handlers = {
            "CreateReadSession": grpc.unary_unary_rpc_method_handler(self._create),
            "ReadRows": grpc.unary_stream_rpc_method_handler(self._read),
        }
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(_SERVICE.strip("/"), handlers),)
        )
        self.host = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(grace=None).wait(PATIENCE_S)
        self._channel.close()

    def _create(self, request: bytes, context: Any) -> bytes:
        self.sessions += 1
        fault = self._due("CreateReadSession")
        if fault is not None:
            context.abort(fault.code, "as the test wished")
        try:
            return self._channel.unary_unary(f"{_SERVICE}CreateReadSession")(
                request, timeout=PATIENCE_S
            )
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())
        raise AssertionError("abort raises")

    def _read(self, request: bytes, context: Any) -> Iterator[bytes]:
        asked = types.ReadRowsRequest.deserialize(request)
        self.offsets.append(asked.offset)
        fault = self._due("ReadRows")
        for number, answer in enumerate(self._small_answers(request, asked.offset)):
            if fault is not None and number == fault.after_answers:
                context.abort(fault.code, "as the test wished")
            yield answer
        assert fault is None or fault.after_answers == 0, "the stream was too short to break"
        if fault is not None:
            context.abort(fault.code, "as the test wished")

    def _due(self, method: str) -> Break | None:
        for fault in self.breaks:
            if fault.method == method and fault.fired < fault.times:
                fault.fired += 1
                return fault
        return None

    def _small_answers(self, request: bytes, offset: int) -> Iterator[bytes]:
        read = self._channel.unary_stream(f"{_SERVICE}ReadRows")
        schema = None
        for message in read(request, timeout=PATIENCE_S):
            answer = types.ReadRowsResponse.deserialize(message)
            if answer.arrow_schema.serialized_schema:
                schema = pa.ipc.read_schema(pa.py_buffer(answer.arrow_schema.serialized_schema))
            rows = pa.ipc.read_record_batch(
                pa.py_buffer(answer.arrow_record_batch.serialized_record_batch), schema
            )
            wanted, offset = rows.slice(offset), max(0, offset - rows.num_rows)
            for first in range(0, wanted.num_rows, self.rows_an_answer):
                piece = wanted.slice(first, self.rows_an_answer)
                batch = types.ArrowRecordBatch(
                    serialized_record_batch=piece.serialize().to_pybytes()
                )
                made = types.ReadRowsResponse(arrow_record_batch=batch, row_count=piece.num_rows)
                yield types.ReadRowsResponse.serialize(made)
