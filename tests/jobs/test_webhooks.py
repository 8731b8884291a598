"""Webhooks against a real server that checks signatures: told of each change, until it is taken."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from shared.adapters.webhook_posts import WebhookPosts
from shared.domain.members import COMMAND_LINE, Actor, Role, Via
from shared.domain.webhooks import WebhookEvent
from shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, OurFault
from shared.jobs import manage_webhooks as jobs
from shared.jobs.audit import list_audit
from shared.jobs.manage_exports import stop_export
from shared.jobs.manage_members import put_member
from shared.jobs.monitor import monitor
from shared.jobs.notices_view import MailView, get_notice, list_notices
from shared.jobs.services import Services
from shared.jobs.webhooks import AT_ONCE, LEASE, deliver_due, emit
from shared.state import webhook_messages
from shared.state.webhook_messages import WebhookMessage
from shared.state.webhooks import Webhook
from tests.jobs.house import House
from tests.jobs.samples import mixed_events
from tests.leaks import watch
from tests.servers.receiver import NAME, Receiver, running_receiver

pytestmark = pytest.mark.kept_open

BOB = "bob@example.com"
HERE = ip_address("127.0.0.1")
ME = Actor("ann@example.com", Role.ADMIN, Via.IAP)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with running_receiver(tmp_path) as running:
        yield running


@dataclass
class Hooked:
    """A house that may call the receiver, which is on this machine."""

    house: House
    receiver: Receiver
    services: Services = field(init=False)

    def __post_init__(self) -> None:
        # Receivers refuse messages of another time than their own.
        self.house.now = datetime.now(UTC)
        self.services = self.house.services = self.house.with_(
            posts=WebhookPosts(
                context=self.receiver.authority.client_context(),
                resolve=lambda host, port: [HERE],
                may_call=lambda address: address == HERE,
                call_s=5,
            )
        )

    def create(self, *events: WebhookEvent) -> Webhook:
        made, secret = jobs.create_webhook(
            self.services, ME, 1, self.receiver.url, events or list(WebhookEvent)
        )
        self.receiver.secret = watch(secret)
        return made

    def emit(self, event: WebhookEvent = WebhookEvent.FAILED, export_id: int = 7) -> None:
        now = self.house.now
        self.services.database.run(lambda c: emit(c, 1, event, export_id, {"n": 1}, now=now))

    def deliver(self) -> int:
        return deliver_due(self.services, self.house.now)

    def messages(self, hook: Webhook) -> list[WebhookMessage]:
        return jobs.list_messages(self.services, ME, 1, hook.webhook_id)

    def now(self, hook: Webhook) -> Webhook:
        found = jobs.list_webhooks(self.services, ME, 1)
        return next(each for each in found if each.webhook_id == hook.webhook_id)

    def mails(self) -> list[MailView]:
        """The e-mails about webhooks."""
        found = list_notices(self.services, ME, 1).items
        return [get_notice(self.services, ME, 1, each.notice.notice_id) for each in found]

    @property
    def told(self) -> list[str]:
        return [told["type"] for _, told in self.receiver.told]


@pytest.fixture
def hooked(house: House, receiver: Receiver) -> Hooked:
    return Hooked(house, receiver)


def test_the_life_of_an_export_is_told_in_messages_that_verify(hooked):
    hook = hooked.create()
    house = hooked.house
    house.load(mixed_events())
    export = house.recurring(start_on=house.now.date() - timedelta(days=1))
    house.finish()
    stop_export(hooked.services, 1, export.export_id)
    # The clock of the house has gone on, and receivers look at their own.
    house.now = datetime.now(UTC)
    while hooked.deliver():
        pass
    assert hooked.receiver.forged == 0
    assert set(hooked.told) == {"export.initiated", "export.completed", "export.stopped"}
    completed = next(told for _, told in hooked.receiver.told if told["type"] == "export.completed")
    assert completed["data"]["export_id"] == export.export_id
    assert completed["data"]["rows"] >= 0
    assert completed["data"]["manifest"].endswith(".json")
    ids = [headers["webhook-id"] for headers, _ in hooked.receiver.told]
    assert len(ids) == len(set(ids))
    assert {each.status for each in hooked.messages(hook)} == {"DELIVERED"}


def test_a_failed_run_and_a_recovery_are_told(hooked):
    hooked.create(WebhookEvent.FAILED, WebhookEvent.RECOVERED)
    house = hooked.house
    house.load(mixed_events())
    house.recurring()
    house.now += timedelta(hours=5)
    house.tick()
    shutil.rmtree(house.bucket)
    house._seen.clear()
    house.drain()
    monitor(hooked.services, house.now)
    house.bucket.mkdir()
    for _ in range(4):
        house.now += timedelta(hours=1)
        monitor(hooked.services, house.now)
        house.drain()
        house.finish()
    queued = hooked.services.database.run(lambda c: webhook_messages.newest(c, 1, 1, 50))
    assert [each.event for each in reversed(queued)][:1] == ["export.failed"]
    assert queued[0].event == "export.recovered"
    assert [each.event for each in queued].count("export.recovered") == 1


def test_nothing_is_told_of_a_change_that_did_not_take_place(hooked):
    hook = hooked.create()
    with pytest.raises(InvalidInput):
        hooked.house.export(bucket="file:///no/such/folder")
    assert hooked.messages(hook) == []


def test_a_webhook_is_told_what_it_asked_for_and_nothing_of_other_accounts(hooked):
    hook = hooked.create(WebhookEvent.STOPPED)
    hooked.emit(WebhookEvent.FAILED)
    now = hooked.house.now
    hooked.services.database.run(lambda c: emit(c, 2, WebhookEvent.STOPPED, 7, now=now))
    assert hooked.messages(hook) == []
    hooked.emit(WebhookEvent.STOPPED)
    assert len(hooked.messages(hook)) == 1


def test_a_server_that_fails_gets_the_same_message_again(hooked):
    hook = hooked.create()
    hooked.emit()
    hooked.receiver.answers = [500, 302]
    hooked.receiver.drops = 1
    for reason in ("webhook-unreachable", "webhook-refused", "webhook-refused"):
        assert hooked.deliver() == 1
        assert hooked.messages(hook)[0].reason == reason
        assert hooked.deliver() == 0
        hooked.house.now += timedelta(minutes=20)
    # So much later than its clock the receiver would not believe it: its clock is the true one.
    hooked.receiver.secret = ""
    assert hooked.deliver() == 1
    [message] = hooked.messages(hook)
    assert (message.status, message.attempts, message.answer) == ("DELIVERED", 4, 200)
    assert hooked.receiver.ids == [message.message_id] * 4
    assert hooked.deliver() == 0


def test_after_a_day_of_silence_the_webhook_is_switched_off_and_that_is_told(hooked):
    put_member(hooked.services, COMMAND_LINE, 1, BOB, Role.ADMIN)
    hook = hooked.create()
    hooked.emit()
    hooked.emit()
    hooked.receiver.answers = [503] * 1_000
    began = hooked.house.now
    while hooked.now(hook).disabled_at is None:
        hooked.deliver()
        hooked.house.now += timedelta(minutes=1)
        assert hooked.house.now - began < timedelta(hours=26)
    off = hooked.now(hook)
    assert timedelta(hours=24) <= off.disabled_at - began <= timedelta(hours=25)
    assert off.disabled_reason == "webhook-given-up"
    assert {each.status for each in hooked.messages(hook)} == {"FAILED"}
    newest = list_audit(hooked.services, 1, action="webhooks.update").items[0]
    assert newest.detail["reason"] == "webhook-given-up"
    [mail] = hooked.mails()
    assert mail.subject == f"Webhook to {NAME}:{hooked.receiver.port} was switched off"
    assert [each.email for each in mail.view.recipients] == [BOB]
    assert "took a message in none of 24 hours" in " ".join(mail.text.split())
    assert f"/accounts/1/webhooks/{hook.webhook_id}\n" in mail.text
    # What follows the server's name may be a secret.
    assert "x=1" not in mail.text + mail.html
    hooked.emit()
    assert len(hooked.messages(hook)) == 2
    on = jobs.update_webhook(hooked.services, ME, 1, hook.webhook_id, enabled=True)
    assert on.disabled_at is None
    hooked.emit()
    assert len(hooked.messages(hook)) == 3


def test_a_server_that_says_it_is_gone_is_not_asked_again(hooked):
    hook = hooked.create()
    hooked.emit()
    hooked.receiver.answers = [410]
    hooked.deliver()
    assert hooked.now(hook).disabled_reason == "webhook-gone"
    [mail] = hooked.mails()
    assert "says that it is gone (410)" in mail.text
    hooked.deliver()
    assert len(hooked.mails()) == 1


def test_a_webhook_that_comes_to_lead_inside_is_not_called(hooked):
    hook = hooked.create()
    hooked.emit()
    inside = hooked.house.with_(posts=WebhookPosts(resolve=lambda host, port: [HERE]))
    deliver_due(inside, hooked.house.now)
    assert hooked.receiver.calls == 0
    assert hooked.messages(hook)[0].reason == "webhook-address"
    with pytest.raises(InvalidInput):
        jobs.create_webhook(inside, ME, 1, hooked.receiver.url, ["export.failed"])
    with pytest.raises(InvalidInput):
        jobs.update_webhook(inside, ME, 1, hook.webhook_id, url="https://127.0.0.1/")


def test_after_a_rotation_both_secrets_verify_for_a_day_and_then_the_new_one(hooked):
    hook = hooked.create()
    old = hooked.receiver.secret
    changed, new = jobs.rotate_webhook(hooked.services, ME, 1, hook.webhook_id)
    watch(new)
    for secret in (old, new):
        hooked.receiver.secret = secret
        hooked.emit()
        hooked.deliver()
    assert (len(hooked.receiver.told), hooked.receiver.forged) == (2, 0)
    hooked.house.now += timedelta(hours=24)
    hooked.deliver()
    assert hooked.now(hook).old_secret is None
    with pytest.raises(OurFault):
        hooked.services.secrets.get(changed.old_secret)


def test_a_removed_webhook_takes_its_messages_and_its_secret_along(hooked):
    hook = hooked.create()
    hooked.emit()
    jobs.remove_webhook(hooked.services, ME, 1, hook.webhook_id)
    assert hooked.deliver() == 0
    with pytest.raises(NotFound):
        hooked.messages(hook)
    with pytest.raises(OurFault):
        hooked.services.secrets.get(hook.secret)


def test_a_test_message_says_that_it_is_one(hooked):
    hook = hooked.create(WebhookEvent.FAILED)
    jobs.try_webhook(hooked.services, ME, 1, hook.webhook_id)
    hooked.deliver()
    assert hooked.told == ["webhook.test"]
    jobs.update_webhook(hooked.services, ME, 1, hook.webhook_id, enabled=False)
    with pytest.raises(Conflict, match="switched off"):
        jobs.try_webhook(hooked.services, ME, 1, hook.webhook_id)


def test_only_an_admin_of_the_account_has_to_do_with_webhooks(hooked):
    hook = hooked.create()
    editor = Actor("ben@example.com", Role.EDITOR, Via.IAP)
    for attempt in (
        lambda: jobs.list_webhooks(hooked.services, editor, 1),
        lambda: jobs.create_webhook(hooked.services, editor, 1, "https://x.example.com", []),
        lambda: jobs.rotate_webhook(hooked.services, editor, 1, hook.webhook_id),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(NotFound):
        jobs.remove_webhook(hooked.services, COMMAND_LINE, 2, hook.webhook_id)


def test_what_a_sender_held_that_died_is_sent_once_its_lease_is_over(hooked):
    hooked.create()
    hooked.emit()
    taken = hooked.services.database.run(
        lambda c: webhook_messages.claim_due(
            c, hooked.house.now, lease=LEASE, longest=timedelta(days=1), limit=AT_ONCE
        )
    )
    assert len(taken) == 1
    assert hooked.deliver() == 0
    hooked.house.now += LEASE
    assert hooked.deliver() == 1


def test_both_databases_hand_out_each_message_once(build: Callable[..., House], postgres_url):
    house = build(state_url=postgres_url)
    rows = [
        {"message_id": f"m{n}", "account_id": 1, "webhook_id": 1, "event": "x", "body": "{}"}
        for n in range(5)
    ]
    house.services.database.run(lambda c: webhook_messages.queue(c, rows, house.now))
    given = {"lease": LEASE, "longest": timedelta(days=1), "limit": 3}
    with house.services.database.transaction() as one, house.services.database.transaction() as two:
        first = webhook_messages.claim_due(one, house.now, **given)
        second = webhook_messages.claim_due(two, house.now, **given)
    assert (len(first), len(second)) == (3, 2)
    assert not {each.message_no for each in first} & {each.message_no for each in second}
    house.services.database.close()


def test_one_look_sends_all_that_is_due(hooked):
    hook = hooked.create()
    for number in range(3 * AT_ONCE + 1):
        hooked.emit(export_id=number)
    assert hooked.deliver() == 3 * AT_ONCE + 1
    assert len(hooked.receiver.told) == 3 * AT_ONCE + 1
    assert {each.status for each in hooked.messages(hook)} == {"DELIVERED"}


def test_a_server_that_is_silent_is_asked_once_a_look_and_keeps_nobody_waiting(hooked):
    silent = hooked.create()
    hooked.emit()
    hooked.emit()
    hooked.receiver.drops = 1
    assert hooked.deliver() == 2
    assert hooked.receiver.calls == 1
    assert {each.reason for each in hooked.messages(silent)} == {"webhook-unreachable"}
    hooked.house.now += timedelta(minutes=1)
    assert hooked.deliver() == 2
    assert len(hooked.receiver.told) == 2
