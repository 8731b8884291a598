"""Integrate analytics partner - Google Cloud: the saved buckets, and the form for another one."""

from flask import request
from flask.typing import ResponseReturnValue

from functions.api.pages.bucket_steps import ADVICE, TRIED, failed
from functions.api.pages.frame import show_with
from functions.api.pages.given_credentials import credentials_given, key_was_given
from functions.api.pages.visits import Visit, go, page
from shared.domain.cloud_names import BUCKET_SCHEME
from shared.errors import InvalidInput, SluiceError
from shared.jobs.manage_buckets import add_bucket, list_buckets
from shared.state.buckets import proof

FIELDS = ("nickname", "bucket", "impersonate")


@page("/buckets", "buckets.list", methods=("GET", "POST"), change="buckets.create")
def buckets(visit: Visit) -> ResponseReturnValue:
    """Show them; Save Credentials tries the new ones first."""
    if request.method == "GET":
        return _page(visit)
    try:
        saved = add_bucket(
            visit.services,
            visit.account_id,
            bucket_url(request.form.get("bucket", "")),
            nickname=request.form.get("nickname", ""),
            **credentials_given(),
            actor=visit.actor,
        )
    except SluiceError as error:
        return _page(visit, error)
    return go("buckets", "saved", tried=saved.bucket_id)


def bucket_url(name: str) -> str:
    """The address of a bucket by its name, which is taken as it was written."""
    return name if name.startswith(BUCKET_SCHEME) else BUCKET_SCHEME + name


def _page(visit: Visit, error: SluiceError | None = None) -> ResponseReturnValue:
    steps = None if error is None else failed(error)
    return show_with(
        "buckets.html",
        error,
        told_elsewhere=steps is not None,
        # Refused before anything was tried.
        advice=ADVICE if error and error.reason == InvalidInput.default_reason else (),
        buckets=list_buckets(visit.services, visit.account_id),
        given={name: request.form.get(name, "") for name in FIELDS},
        steps=steps,
        # A key is never sent back, so it has to be given once more.
        again=key_was_given(),
        tried=TRIED,
        # Its steps are shown once more: saving has tried them, and the address tells of none.
        just_saved=request.args.get("tried", ""),
        proof=visit.services.database.run(lambda c: proof(c, visit.account_id)),
    )
