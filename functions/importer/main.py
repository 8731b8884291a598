"""Runs one import: reads a customer's dataset and publishes its rows into the warehouse."""

import functions_framework
from flask import Request

from shared.bootstrap import services, start
from shared.handling import Answer, take_push
from shared.jobs.import_run import import_run
from shared.push import Push, pointer

CALLERS = start()


@functions_framework.http
def importer(request: Request) -> Answer:
    """Takes a push of {account_id, run_id}."""

    def job(push: Push) -> None:
        message = pointer(push, ("account_id", "run_id"))
        import_run(services(), message["account_id"], message["run_id"])

    return take_push(request, CALLERS, job)
