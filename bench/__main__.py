"""`python -m bench`: measure all and write RESULTS.md; `soak` the long run; `report` only write."""

import argparse

from bench import data, report, runs

parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
parser.add_argument("what", nargs="?", choices=("all", "soak", "report"), default="all")
parser.add_argument("--events", type=int, help="events in the warehouse")
parser.add_argument("--times", type=int, default=runs.TIMES, help="counted runs of each")
parser.add_argument(
    "--only",
    nargs="+",
    default=(),
    help="such as json-none, or where, planning, tick, control, upload, import, import-soak",
)
given = parser.parse_args()

if given.what == "all":
    runs.everything(given.events or data.EVENTS, given.times, given.only)
elif given.what == "soak":
    runs.soak(given.events or data.SOAK_EVENTS)
report.write()
print("Written to bench/RESULTS.md")
