"""Writes one slice of a run into the customer's bucket."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, take_push
from shared.jobs.write_slice import write_slice
from shared.push import Push, pointer

CALLERS = start()


@functions_framework.http
def worker(request: Request) -> Answer:
    """Takes a push of {account_id, run_id, slice_no}."""

    def job(push: Push) -> None:
        message = pointer(push, ("account_id", "run_id", "slice_no"))
        write_slice(services(), message["account_id"], message["run_id"], message["slice_no"])

    return take_push(request, CALLERS, job)
