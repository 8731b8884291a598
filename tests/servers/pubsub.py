"""Google's own Pub/Sub emulator, which comes with the gcloud command, and short ways to fill it."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
from google.api_core.exceptions import DeadlineExceeded
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from tests.servers.started import NotStarted, Server, answers_http, free_port, started

INSTALL = (
    "The Pub/Sub tests need Google's emulator: install Java 17 or newer (Debian: "
    "'apt-get install default-jre-headless') and the gcloud CLI with its emulator "
    "(cloud.google.com/sdk/docs/install, then 'gcloud components install pubsub-emulator' or "
    "'apt-get install google-cloud-cli-pubsub-emulator')."
)
JAR = "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar"
USUAL_ROOTS = ("/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk", "/snap/google-cloud-sdk")
# Small and quick to start: the emulator holds a few hundred messages.
JAVA_OPTIONS = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
CALL_S = 30


@dataclass(frozen=True, slots=True)
class Retries:
    """How a subscription tries again: pauses in seconds, and attempts before the dead letter."""

    ack_deadline_s: int = 10
    minimum_s: float = 0.1
    maximum_s: float = 1
    dead_letter_topic: str | None = None
    attempts: int = 5


@dataclass(frozen=True, slots=True)
class Received:
    """A pulled message."""

    data: bytes
    attributes: Mapping[str, str]
    message_id: str


@dataclass(frozen=True, slots=True)
class PubSub:
    """One project in the emulator; projects know nothing of each other."""

    # For the variable PUBSUB_EMULATOR_HOST.
    host: str
    project: str = field(default_factory=lambda: f"test-{uuid4().hex[:12]}")

    def create_topic(self, name: str) -> str:
        """Create a topic; gives its full name."""
        path = f"projects/{self.project}/topics/{name}"
        _publisher(self.host).create_topic(name=path, timeout=CALL_S)
        return path

    def create_push(self, name: str, topic: str, url: str, retries: Retries) -> str:
        """Create a subscription that pushes to `url`; gives its full name."""
        return self._create(name, topic, retries, {"push_config": {"push_endpoint": url}})

    def create_pull(self, name: str, topic: str, retries: Retries | None = None) -> str:
        """Create a subscription to pull from; gives its full name."""
        return self._create(name, topic, retries or Retries(), {})

    def publish(self, topic: str, data: bytes, **attributes: str) -> str:
        """Publish anything, as somebody else's program might; gives the message's id."""
        message = {"data": data, "attributes": attributes}
        path = f"projects/{self.project}/topics/{topic}"
        sent = _publisher(self.host).publish(topic=path, messages=[message], timeout=CALL_S)
        return str(sent.message_ids[0])

    def pull(self, name: str, count: int) -> list[Received]:
        """Take and acknowledge so many messages, or fewer when no more come for some seconds."""
        client = _subscriber(self.host)
        path = f"projects/{self.project}/subscriptions/{name}"
        found: list[Received] = []
        while len(found) < count:
            try:
                wanted = {"subscription": path, "max_messages": count - len(found)}
                answer = client.pull(wanted, timeout=5, retry=None)
            except DeadlineExceeded:
                break
            for each in answer.received_messages:
                client.acknowledge(subscription=path, ack_ids=[each.ack_id], timeout=CALL_S)
                found.append(_received(each.message))
        return found

    def _create(self, name: str, topic: str, retries: Retries, how: Mapping[str, Any]) -> str:
        path = f"projects/{self.project}/subscriptions/{name}"
        request: dict[str, Any] = {
            "name": path,
            "topic": f"projects/{self.project}/topics/{topic}",
            "ack_deadline_seconds": retries.ack_deadline_s,
            "retry_policy": {
                "minimum_backoff": timedelta(seconds=retries.minimum_s),
                "maximum_backoff": timedelta(seconds=retries.maximum_s),
            },
            **how,
        }
        if retries.dead_letter_topic is not None:
            request["dead_letter_policy"] = {
                "dead_letter_topic": f"projects/{self.project}/topics/{retries.dead_letter_topic}",
                "max_delivery_attempts": retries.attempts,
            }
        _subscriber(self.host).create_subscription(request, timeout=CALL_S)
        return path


@contextmanager
def running_emulator() -> Iterator[str]:
    """Start the emulator on a free port of loopback; gives `host:port`."""
    java, jar = _java(), _jar()
    with tempfile.TemporaryDirectory(prefix="sluice-pubsub-") as name:
        port = free_port()
        command = [java, *JAVA_OPTIONS, "-jar", str(jar), "--host=127.0.0.1", f"--port={port}"]
        ready = answers_http(f"http://127.0.0.1:{port}/")
        with started(Server(command, Path(name) / "log", ready)):
            yield f"127.0.0.1:{port}"


def _java() -> str:
    found = shutil.which("java")
    if found is None:
        raise NotStarted(f"There is no java. {INSTALL}")
    return found


def _jar() -> Path:
    """The emulator's archive; gcloud is asked only where the usual places have none."""
    gcloud = shutil.which("gcloud")
    beside = [] if gcloud is None else [Path(gcloud).resolve().parents[1]]
    for root in [*beside, *map(Path, USUAL_ROOTS)]:
        if found := sorted(root.glob(JAR)):
            return found[-1]
    if gcloud is not None:
        ask = [gcloud, "info", "--format=value(installation.sdk_root)"]
        said = subprocess.run(ask, capture_output=True, text=True, timeout=60, check=False)
        if found := sorted(Path(said.stdout.strip() or "/nowhere").glob(JAR)):
            return found[-1]
    raise NotStarted(f"There is no Pub/Sub emulator. {INSTALL}")


def _received(message: Any) -> Received:
    return Received(message.data, dict(message.attributes), message.message_id)


def _publisher(host: str) -> PublisherClient:
    return PublisherClient(transport=PublisherGrpcTransport(channel=grpc.insecure_channel(host)))


def _subscriber(host: str) -> SubscriberClient:
    return SubscriberClient(transport=SubscriberGrpcTransport(channel=grpc.insecure_channel(host)))
