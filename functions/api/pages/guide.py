"""The guides for customers: what to prepare at Google, and what errors mean."""

from flask.typing import ResponseReturnValue

from functions.api.pages.frame import show
from functions.api.pages.visits import Visit, page
from shared.domain.connections import Dataset, helper_sql
from shared.jobs.bucket_credentials import ownership_proof

# Names as the guide writes them; whoever follows it puts his own there.
EXAMPLE = Dataset("my-project-1", "sluice_import")


@page("/guide", "buckets.list")
def guide(visit: Visit) -> ResponseReturnValue:
    """For whoever owns a bucket: the console, the same as commands, and how to do without a key."""
    return show("guide.html", proof=ownership_proof(visit.services, visit.account_id))


@page("/guide/bigquery", "connections.list")
def bigquery_guide(visit: Visit) -> ResponseReturnValue:
    """For whoever owns a dataset: make all anew, or find what is there already."""
    return show(
        "bigquery_guide.html",
        example=EXAMPLE,
        sql=helper_sql(EXAMPLE),
        service_account=f"sluice-import@{EXAMPLE.project}.iam.gserviceaccount.com",
        proof=ownership_proof(visit.services, visit.account_id),
    )
