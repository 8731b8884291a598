"""Messages through Google Pub/Sub; PUBSUB_EMULATOR_HOST leads the client library to an emulator."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from functools import cached_property
from itertools import islice

from google.api_core.exceptions import (
    Aborted,
    DeadlineExceeded,
    GoogleAPIError,
    InternalServerError,
    ResourceExhausted,
    ServiceUnavailable,
    Unknown,
)
from google.api_core.retry import Retry, if_exception_type
from google.api_core.timeout import ConstantTimeout
from google.auth.exceptions import GoogleAuthError
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions

from shared.config import Publishing
from shared.errors import Transient
from shared.tracing import TRACEPARENT, outgoing

_TRY_AGAIN = if_exception_type(
    Aborted,
    DeadlineExceeded,
    InternalServerError,
    ResourceExhausted,
    ServiceUnavailable,
    Unknown,
)


class PubSubQueue:
    """Publishes to the topics of one project."""

    def __init__(self, project: str, publishing: Publishing | None = None) -> None:
        self._project = project
        self._publishing = publishing or Publishing()

    def publish(self, topic: str, messages: Sequence[Mapping[str, int]]) -> None:
        """Hand messages to `topic`; returns when the server has accepted all.

        Raises Transient when it has not; some may have been sent, which is harmless.
        """
        waiting = iter(messages)
        while batch := list(islice(waiting, self._publishing.messages_at_once)):
            self._publish(topic, batch)

    def _publish(self, topic: str, batch: Sequence[Mapping[str, int]]) -> None:
        path = f"projects/{self._project}/topics/{topic}"
        try:
            futures = [
                self._client.publish(path, _data(message), **{TRACEPARENT: outgoing()})
                for message in batch
            ]
            for future in futures:
                # The library gives up sooner by itself; this is for a thread of it that died.
                future.result(timeout=2 * self._publishing.deadline_s)
        except (GoogleAPIError, GoogleAuthError, FutureTimeout) as error:
            raise Transient(
                f"Pub/Sub did not take messages for the topic {topic} ({type(error).__name__}); "
                "they are sent again later.",
                reason="queue-unavailable",
            ) from error

    @cached_property
    def _client(self) -> PublisherClient:
        """Made on first use: its threads and channels do not outlive the fork of a web server."""
        publishing = self._publishing
        retry = Retry(predicate=_TRY_AGAIN, initial=0.1, maximum=5, timeout=publishing.deadline_s)
        return PublisherClient(
            batch_settings=BatchSettings(
                max_messages=publishing.batch_messages,
                max_bytes=publishing.batch_bytes,
                max_latency=publishing.batch_wait_s,
            ),
            publisher_options=PublisherOptions(
                retry=retry, timeout=ConstantTimeout(publishing.call_s)
            ),
        )


def _data(message: Mapping[str, int]) -> bytes:
    return json.dumps(dict(message), separators=(",", ":")).encode("ascii")
