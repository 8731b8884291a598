"""Rows of many hours, and buckets that let some in and others not."""

from shared.domain.bucket_steps import Trial
from shared.domain.runs import RunStatus
from shared.errors import CustomerFault, Transient
from tests.warehouse_rows import HOUR, MIDNIGHT, MINUTE, event

DENIED = CustomerFault("No.", reason="403-forbidden")


def every_hour(count):
    """A few events in each of so many hours from midnight on, by the hour."""
    moments = [MIDNIGHT + n * HOUR + k * MINUTE for n in range(count) for k in range(4)]
    return [event(n, ts=at, ingested_at=at) for n, at in enumerate(moments)]


def failed(house, export):
    return [run for run in house.runs(export) if run.status is RunStatus.FAILED]


def delivered(house, export):
    return [run for run in house.runs(export) if run.status is RunStatus.DONE]


class Access:
    """A bucket that lets some in and others not: the probe as told, runs as told."""

    def __init__(self, house, *, run_fault=None, probe_fault=None):
        self._open = house.services.bucket
        self.run_fault, self.probe_fault = run_fault, probe_fault
        self.refused = 0

    def __call__(self, account_id, url):
        return _Door(self._open(account_id, url), self)

    def probe(self, account_id, url, access=None):
        del account_id, url, access
        if isinstance(self.probe_fault, Transient):
            raise self.probe_fault
        return Trial(fault=self.probe_fault)


class _Door:
    def __init__(self, bucket, access):
        self._bucket, self._access = bucket, access

    def __getattr__(self, name):
        fault = self._access.run_fault
        if fault is not None and name in ("open_spool", "create"):
            self._access.refused += 1
            raise fault
        return getattr(self._bucket, name)
