"""Writes one slice of a run into the customer's bucket."""

import functions_framework
from flask import Request

from shared.bootstrap import services
from shared.handling import Answer, answer
from shared.jobs.write_slice import write_slice
from shared.push import pointer


@functions_framework.http
def worker(request: Request) -> Answer:
    """Takes a push of {account_id, run_id, slice_no}."""

    def job() -> None:
        fields = ("account_id", "run_id", "slice_no")
        message = pointer(request.get_data(), fields)
        write_slice(services(), message["account_id"], message["run_id"], message["slice_no"])

    return answer(job)
