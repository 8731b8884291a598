"""What goes wrong on every line to Google's services in the course of one delivery."""

import grpc

from tests.e2e.cloud import Cloud
from tests.e2e.google import Google
from tests.servers.fault_proxy import Fault
from tests.servers.push_proxy import Kind, Trouble
from tests.servers.read_proxy import Break

JOBS, UPLOAD, LOOK = r"/jobs", r"^/upload/", r"^/storage/v1/b/[^/]+/o/"


def on_pushes(cloud: Cloud) -> list[Trouble]:
    """Every kind of trouble on the way to the planner and to the workers."""
    rates = {Kind.DUPLICATE: 2, Kind.DROP: 3, Kind.REORDER: 3, Kind.DELAY: 4}
    return [
        cloud.proxy.add(Trouble(kind, route, every=every, seconds=2))
        for route in ("planner", "worker")
        for kind, every in rates.items()
    ]


def on_lines(google: Google) -> list[Fault | Break]:
    """Refusals, cuts and lost answers, spread over the first dozens of requests of each line."""
    warehouse = [
        Fault(method="POST", path=JOBS, answer=503, after=4, times=2),
        Fault(method="POST", path=JOBS, lose_answer=True, after=11, times=2),
        Fault(method="GET", path=JOBS, cut="before", after=7, times=2),
    ]
    storage = [
        Fault(path=UPLOAD, answer=503, after=3, times=2),
        Fault(path=UPLOAD, lose_answer=True, after=9, times=3),
        Fault(path=UPLOAD, cut="middle", after=17, times=2),
        Fault(path=UPLOAD, cut="after", after=25, times=2),
        Fault(path=UPLOAD, answer=429, after=33, times=2),
        Fault(method="GET", path=LOOK, answer=500),
    ]
    reads = [
        Break("ReadRows", grpc.StatusCode.UNAVAILABLE, times=2, after_answers=1),
        Break("CreateReadSession", grpc.StatusCode.UNAVAILABLE),
    ]
    return [
        *map(google.bigquery_line.add, warehouse),
        *map(google.storage_line.add, storage),
        *map(google.read_line.add, reads),
    ]
