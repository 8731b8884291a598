"""The failure drill: e-mails in their order and at the promised times, and nothing else touched."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from functions.local.verify import verify
from shared.config import Rate, Rates
from shared.domain.members import COMMAND_LINE, Actor, Role, Via
from shared.drill.asking import ask_for_drill
from shared.drill.breakages import BREAKAGES
from shared.drill.drill import DrillReport
from shared.errors import InvalidInput, NotAllowed, OurFault, TooMany
from shared.jobs.manage_members import put_member
from shared.logs import log, silence
from shared.state.tables import metadata
from tests.jobs.house import House

HOUR = timedelta(hours=1)
ANN = Actor("ann@example.com", Role.ADMIN, Via.LOCAL)


@dataclass
class Drilled:
    """A drill that was run, and its folder."""

    report: DrillReport
    folder: Path
    house: House
    state_before: dict[str, list[str]]

    @property
    def mails(self) -> list[EmailMessage]:
        """Its e-mails as they lie in the folder, by their dates."""
        found = [
            message_from_bytes(path.read_bytes(), policy=default)
            for path in (self.folder / "mail").glob("*.eml")
        ]
        return sorted(found, key=lambda each: parsedate_to_datetime(each["Date"]))

    @property
    def dates(self) -> list[datetime]:
        return [parsedate_to_datetime(each["Date"]) for each in self.mails]


def state(house: House) -> dict[str, list[str]]:
    def read(connection):
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
        }

    return house.services.database.run(read)


def drilled(folder: Path, **choices) -> Drilled:
    house = House(folder / "house").set_up()
    before = state(house)
    place = folder / "drill"
    report = ask_for_drill(house.services, ANN, 1, place, **choices)
    return Drilled(report, place, house, before)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> Drilled:
    """A drill in which nobody does anything."""
    return drilled(tmp_path_factory.mktemp("stopped"), breaks="permission")


@pytest.fixture(scope="module")
def mended(tmp_path_factory) -> Drilled:
    """A drill whose bucket is mended after two days."""
    return drilled(tmp_path_factory.mktemp("mended"), breaks="bucket", mend_after=2)


def test_three_mails_come_in_their_order_and_at_the_promised_times(stopped):
    first, second, third = stopped.mails
    assert "cannot be delivered" in first["Subject"]
    assert second["Subject"].startswith("Reminder")
    assert third["Subject"].endswith("was stopped")
    assert {mail["To"] for mail in stopped.mails} == {ANN.email}
    began, after_first, after_second = stopped.dates
    # Each at the look of the monitor after it was due, which is at most an hour later.
    assert 24 * HOUR <= after_first - began <= 25 * HOUR
    assert 72 * HOUR <= after_second - began <= 73 * HOUR
    promised = first.get_body(("plain",)).get_content()
    stops = (began + 72 * HOUR).astimezone(UTC)
    assert "/accounts/1/buckets#bucket-1\r\n" in promised
    assert f"{stops:%A}, {stops.day} {stops:%B %Y, %H:%M}" in " ".join(promised.split())


def test_what_nobody_mends_is_stopped_and_keeps_what_was_delivered(stopped):
    report = stopped.report
    assert report.outcome == "STOPPED"
    assert [mail.title for mail in report.mails] == ["Notice 1", "Notice 2", "Notice 3"]
    assert any("The export is stopped" in each.text for each in report.happenings)
    assert report.proof.windows == len(verify(str(stopped.folder / "bucket")).manifests)
    times = [each.at for each in report.happenings]
    assert times == sorted(times)


def test_what_is_mended_after_two_days_receives_every_window_it_missed(mended):
    report = mended.report
    assert report.outcome == "RECOVERED"
    assert [mail.title for mail in report.mails] == ["Notice 1", "Notice 2", "Recovery note"]
    assert mended.mails[-1]["Subject"].endswith("works again")
    assert report.ended_at - report.began_at > 48 * HOUR
    checked = verify(str(mended.folder / "bucket"))
    assert checked.problems == ()
    found = (len(checked.manifests), checked.files, checked.rows)
    assert found == (report.proof.windows, report.proof.files, report.proof.rows)
    # Until the last window that was due.
    assert report.ended_at - report.proof.until < 5 * HOUR


@pytest.mark.parametrize("name", ["stopped", "mended"])
def test_of_the_account_only_the_audit_log_and_the_rate_know_of_it(name, request):
    done: Drilled = request.getfixturevalue(name)
    after = state(done.house)
    changed = {table for table, rows in after.items() if rows != done.state_before[table]}
    assert changed == {"audit_log", "rates"}
    [entry] = after["audit_log"]
    assert "notices.drill" in entry
    assert ANN.email in entry
    # No mail, no file, no key: what a house has before anything was done in it.
    assert {path.name.partition("-")[0] for path in done.house.folder.iterdir()} <= {
        "bucket",
        "state.sqlite",
    }
    assert list(done.house.bucket.iterdir()) == []


def test_the_reason_is_found_as_it_would_be_in_a_real_bucket(tmp_path):
    from shared.drill.sandbox import BUCKET, Sandbox
    from shared.errors import CustomerFault
    from shared.jobs.manage_accounts import get_account
    from shared.jobs.probe import probe

    house = House(tmp_path / "house").set_up()
    account = get_account(house.services, COMMAND_LINE, 1)
    sandbox = Sandbox(tmp_path / "drill", house.services.mailing, house.now)
    sandbox.set_up(account, ANN.email)
    found = {}
    for name, breakage in BREAKAGES.items():
        sandbox.cloud.broken = breakage
        trial = probe(sandbox.services, 1, BUCKET)
        bucket = sandbox.services.bucket(1, BUCKET)
        try:
            with bucket.open_spool() as spool:
                spool.write(b"x")
                bucket.create(f"{name}.json", spool, crc32c="", size=1, metadata={})
        except CustomerFault as fault:
            found[name] = (trial.fault and trial.fault.reason, fault.reason)
    sandbox.close()
    assert found == {
        "key": ("403-forbidden", "403-forbidden"),
        "disabled": ("403-key-disabled", "403-key-disabled"),
        "permission": ("403-create-not-granted", "403-forbidden"),
        "bucket": ("404-bucket-not-found", "404-bucket-not-found"),
        # All looks well until a file is created.
        "retention": (None, "403-retention-policy-not-met"),
        "billing": ("403-billing", "403-billing"),
        "address": ("403-ip-not-allowed", "403-ip-not-allowed"),
        "organisation": ("403-organisation-policy", "403-organisation-policy"),
    }


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"breaks": "everything"}, "Choose what breaks: key, "),
        ({"breaks": "key", "mend_after": 3}, "after notice 1 or 2"),
    ],
)
def test_a_drill_that_cannot_be_is_refused_and_not_noted(tmp_path, choices, told):
    house = House(tmp_path / "house").set_up()
    before = state(house)
    with pytest.raises(InvalidInput, match=told):
        ask_for_drill(house.services, ANN, 1, tmp_path / "drill", **choices)
    assert state(house) == before
    assert not (tmp_path / "drill").exists()


def test_a_drill_is_an_admins_and_not_asked_for_too_often(tmp_path):
    house = House(tmp_path / "house").set_up()
    put_member(house.services, COMMAND_LINE, 1, ANN.email, Role.ADMIN)
    editor = Actor("ben@example.com", Role.EDITOR, Via.LOCAL)
    with pytest.raises(NotAllowed):
        ask_for_drill(house.services, editor, 1, tmp_path / "drill", breaks="key")
    rare = house.with_(rates=Rates(drill=Rate(1)))
    # In a folder that cannot be one, so that it ends as soon as it begins.
    (tmp_path / "file").write_text("")
    with pytest.raises(Exception, match="file"):
        ask_for_drill(rare, ANN, 1, tmp_path / "file", breaks="key")
    with pytest.raises(TooMany):
        ask_for_drill(rare, ANN, 1, tmp_path / "drill", breaks="key")


def test_what_fails_on_purpose_is_not_logged(caplog):
    with caplog.at_level("INFO", "sluice"):
        with silence():
            log("export_stopped", severity="WARNING")
        log("export_stopped", severity="WARNING")
    assert len(caplog.records) == 1


def test_a_file_that_is_not_what_its_manifest_says_is_found(tmp_path):
    from shared.drill.proof import prove
    from shared.drill.sandbox import Sandbox
    from shared.jobs.manage_accounts import get_account

    house = House(tmp_path / "house").set_up()
    account = get_account(house.services, COMMAND_LINE, 1)
    sandbox = Sandbox(tmp_path / "drill", house.services.mailing, house.now)
    export = sandbox.set_up(account, ANN.email)
    with pytest.raises(OurFault, match="without a gap"):
        prove(sandbox, export)
    sandbox.work()
    assert prove(sandbox, export).windows > 6
    [first, *_] = sandbox.bucket.glob("*.json")
    first.write_bytes(first.read_bytes() + b"\n")
    with pytest.raises(OurFault, match="not what its manifest says"):
        prove(sandbox, export)
    sandbox.close()
