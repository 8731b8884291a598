"""Sends e-mails and webhooks each minute beside whatever else this process does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from functions.local.output import errors
from shared.errors import SluiceError
from shared.jobs.outbox import send_outbox
from shared.jobs.services import Services

EVERY_S = 60.0
# A mail server or a receiver that hangs keeps nobody from ending this process.
END_S = 2.0


@contextmanager
def sending(services: Services, every_s: float = EVERY_S) -> Iterator[None]:
    """Send until the block ends: in a thread, since servers of others may take their time."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(every_s):
            try:
                send_outbox(services, services.clock())
            except SluiceError as error:
                errors.print(f"Outbox: {error.message}", markup=False, soft_wrap=True)

    thread = threading.Thread(target=work, name="sender", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(END_S)
