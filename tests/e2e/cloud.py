"""The cloud in small: real functions, a real queue that pushes to them, and trouble on the way."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from shared.ports import TOPIC_SLICES, TOPIC_WINDOWS
from tests.e2e.functions import Process, running_functions
from tests.servers.pubsub import PubSub, Retries
from tests.servers.push_proxy import PushProxy, running_proxy

DEAD = "dead-letters"
# Topic -> the function that its subscription pushes to.
PUSHED = {TOPIC_WINDOWS: "planner", TOPIC_SLICES: "worker", DEAD: "monitor"}
# Between two ticks; Cloud Scheduler waits a minute.
TICK_S = 1.0
CALL_S = 60


@dataclass(frozen=True, slots=True)
class Cloud:
    """What a test holds of it."""

    pubsub: PubSub
    proxy: PushProxy
    processes: Mapping[str, list[Process]]

    def tick(self) -> int:
        """Call the scheduler, as Cloud Scheduler does; gives its status."""
        [scheduler] = self.processes["scheduler"]
        return requests.post(scheduler.url, timeout=CALL_S).status_code

    def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Tick until it is done; tells what the functions said when it never is."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise AssertionError(f"not done after {seconds} s:\n{self.said()}")
            self.tick()
            time.sleep(TICK_S)

    def said(self) -> str:
        """The end of each function's log, and how pushes were answered."""
        every = [process for group in self.processes.values() for process in group]
        logs = [f"== {each.log.name}\n{each.said()[-3_000:]}" for each in every]
        return "\n".join([*logs, *map(str, self.proxy.passed[-50:])])

    def events(self) -> list[dict[str, Any]]:
        """The log events of all functions."""
        every = [process for group in self.processes.values() for process in group]
        lines = [line for each in every for line in each.said().splitlines()]
        return [json.loads(line) for line in lines if line.startswith('{"severity"')]


@contextmanager
def running_cloud(
    folder: Path, pubsub: PubSub, environment: Mapping[str, str], *, workers: int = 2
) -> Iterator[Cloud]:
    """Start the functions with this environment, and a push subscription to each.

    `environment` says where state, warehouse and secrets are; the queue is `pubsub`.
    """
    own = {
        "QUEUE_URL": f"pubsub://{pubsub.project}",
        "PUBSUB_EMULATOR_HOST": pubsub.host,
        "GOOGLE_CLOUD_PROJECT": pubsub.project,
        "LOG_LEVEL": "INFO",
    }
    with (
        running_functions(folder, {**own, **environment}, workers=workers) as processes,
        running_proxy() as proxy,
    ):
        _subscribe(pubsub, proxy, processes)
        yield Cloud(pubsub, proxy, processes)


def _subscribe(pubsub: PubSub, proxy: PushProxy, processes: Mapping[str, list[Process]]) -> None:
    for topic in PUSHED:
        pubsub.create_topic(topic)
    for topic, name in PUSHED.items():
        url = proxy.route(name, [process.url for process in processes[name]])
        retries = Retries(dead_letter_topic=None if topic == DEAD else DEAD)
        pubsub.create_push(f"{topic}-push", topic, url, retries)
