"""One worker process of a laptop: serves push bodies to the real entry points, one at a time."""

import itertools
import logging
import os
import signal
from collections.abc import Mapping
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import functions_framework
from flask import Flask
from flask.testing import FlaskClient

from shared.adapters.inline_queue import InlineQueue
from shared.bootstrap import services
from shared.import_ports import TOPIC_IMPORTS
from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from shared.push import push_body

ENTRY_POINTS = {TOPIC_WINDOWS: "planner", TOPIC_SLICES: "worker", TOPIC_IMPORTS: "importer"}
MAIN = Path(__file__).parents[2] / "main.py"


def serve(pipe: Connection, environment: Mapping[str, str]) -> None:
    """Answer (topic, content) with (status, text, messages published) until the pipe closes.

    `environment` is that of the command which started this process: its settings and its clock.
    """
    os.environ.update(environment)
    # Ctrl-C is for the process that a person talks to; it ends this one by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("sluice").setLevel(logging.ERROR)
    queue = services().queue
    assert isinstance(queue, InlineQueue)
    for number in itertools.count():
        try:
            topic, content = pipe.recv()
        except (EOFError, OSError):
            return
        response = _client(ENTRY_POINTS[topic]).post(
            "/", json=push_body(topic, content, f"local-{number}")
        )
        answer = response.status_code, response.get_data(as_text=True)[:200], queue.take()
        try:
            pipe.send(answer)
        except OSError:
            # Ctrl-C came meanwhile; the next tick finds in state what was done.
            return


@cache
def _client(entry_point: str) -> FlaskClient:
    # The framework has no types.
    app: Flask = functions_framework.create_app(entry_point, str(MAIN))  # type: ignore[no-untyped-call]
    return app.test_client()
