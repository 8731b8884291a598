"""What the prober answers about a customer's dataset, as JSON texts; rows are Arrow streams."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from shared.domain.connections import ConnectionPart, Trial
from shared.errors import CustomerFault, SluiceError
from shared.import_ports import Described
from shared.source_questions import columns_of, columns_told, object_of, refused

# Cloud Run answers with at most 32 MB; a text of bytes is a third larger than they are.
ROWS_BYTES_MAX = 16_000_000
ANSWER_BYTES_MAX = 24_000_000


def answer_text(found: Trial | str | list[str] | Described | list[pa.RecordBatch]) -> str:
    """What was found, as it is answered."""
    told: Any = found
    if isinstance(found, Trial):
        told = {
            "failed_at": found.failed_at,
            "fault": _fault_told(found.fault),
            "location": found.location,
            "missing": found.missing,
        }
    elif isinstance(found, Described):
        told = {"columns": columns_told(found.columns), "bytes": found.bytes}
    elif isinstance(found, list) and found and isinstance(found[0], pa.RecordBatch):
        told = base64.b64encode(_stream(found)).decode("ascii")
    return json.dumps({"found": told})


def fault_text(fault: CustomerFault) -> str:
    """That the customer's side refuses, as it is answered."""
    return json.dumps({"fault": _fault_told(fault)})


def trial_of(answer: bytes) -> Trial:
    """What trying it out has shown."""
    found = _found(answer)
    try:
        return Trial(
            failed_at=None if found["failed_at"] is None else ConnectionPart(found["failed_at"]),
            fault=None if found["fault"] is None else _fault(found["fault"]),
            location=None if found["location"] is None else str(found["location"]),
            missing=None if found["missing"] is None else tuple(map(str, found["missing"])),
        )
    except (KeyError, TypeError, ValueError):
        raise refused() from None


def names_of(answer: bytes) -> list[str]:
    """The names that were answered."""
    found = _found(answer)
    if not isinstance(found, list):
        raise refused()
    return [str(name) for name in found]


def location_of(answer: bytes) -> str:
    """The location that was answered."""
    return str(_found(answer))


def described_of(answer: bytes) -> Described:
    """The columns that were answered."""
    found = _found(answer)
    try:
        bytes_billed = found["bytes"]
        return Described(
            columns_of(found["columns"]), None if bytes_billed is None else int(bytes_billed)
        )
    except (KeyError, TypeError, ValueError):
        raise refused() from None


def batches_of(answer: bytes) -> list[pa.RecordBatch]:
    """The rows that were answered."""
    found = _found(answer)
    if found == []:
        return []
    try:
        with pa.ipc.open_stream(base64.b64decode(found, validate=True)) as stream:
            return list(stream)
    except (TypeError, ValueError, binascii.Error, pa.ArrowException):
        raise refused() from None


def _stream(batches: Sequence[pa.RecordBatch]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _fault_told(fault: SluiceError | None) -> dict[str, str] | None:
    return None if fault is None else {"reason": fault.reason, "message": fault.message}


def _fault(found: Any) -> CustomerFault:
    return CustomerFault(str(found["message"]), reason=str(found["reason"]))


def _found(answer: bytes) -> Any:
    """What was found; raises the CustomerFault that was answered instead."""
    told = object_of(answer, ANSWER_BYTES_MAX)
    if "fault" in told:
        try:
            fault = _fault(told["fault"])
        except (KeyError, TypeError):
            raise refused() from None
        raise fault
    if "found" not in told:
        raise refused()
    return told["found"]
