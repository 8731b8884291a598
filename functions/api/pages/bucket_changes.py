"""What is done with one saved bucket: test it, rotate its key, delete it."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from functions.api.pages.bucket_steps import failed, shown
from functions.api.pages.frame import show, show_with, told
from functions.api.pages.given_credentials import credentials_given
from functions.api.pages.visits import Visit, go, is_fragment, page, url
from shared.errors import NotFound, SluiceError
from shared.jobs import manage_buckets
from shared.jobs.manage_buckets import list_buckets
from shared.jobs.try_bucket import try_bucket
from shared.state.buckets import SavedBucket

ONE = "/buckets/<id:bucket_id>"


@page(ONE + "/test", "buckets.list", methods=("GET", "POST"), change="buckets.test")
def test_bucket(visit: Visit, bucket_id: int) -> ResponseReturnValue:
    """Try what is saved; the steps are shown in place, or on a page of their own."""
    saved = _existing(visit, bucket_id)
    if request.method == "GET":
        return redirect(url("buckets"))
    error = steps = None
    try:
        write = request.form.get("write") == "yes"
        tried = try_bucket(
            visit.services, visit.account_id, saved.url, write=write, actor=visit.actor
        )
        steps = shown(tried)
    except SluiceError as refused:
        error = refused
    problem = told(error) if error and steps is None else None
    name = "test_result.html" if is_fragment() else "test_bucket.html"
    return show(name, bucket=saved, steps=steps, error=problem)


@page(ONE + "/rotate", "buckets.rotate", methods=("GET", "POST"))
def rotate_bucket(visit: Visit, bucket_id: int) -> ResponseReturnValue:
    """Give it new credentials, which take the place of the old ones when they work."""
    saved = _existing(visit, bucket_id)
    error = None
    if request.method == "POST":
        try:
            manage_buckets.rotate_bucket(
                visit.services,
                visit.account_id,
                saved.url,
                **credentials_given(),
                actor=visit.actor,
            )
            return go("buckets", "rotated", tried=bucket_id)
        except SluiceError as refused:
            error = refused
    return _form("rotate_bucket.html", saved, error)


@page(ONE + "/delete", "buckets.remove", methods=("GET", "POST"))
def delete_bucket(visit: Visit, bucket_id: int) -> ResponseReturnValue:
    """Forget it after one question; refused while an export needs it."""
    saved = _existing(visit, bucket_id)
    error = None
    if request.method == "POST":
        try:
            removed = manage_buckets.remove_bucket(
                visit.services, visit.account_id, saved.url, actor=visit.actor
            )
            return go("buckets", "deleted-with-key" if removed.access.secret else "deleted")
        except SluiceError as refused:
            error = refused
    return _form("delete_bucket.html", saved, error)


def _form(template: str, saved: SavedBucket, error: SluiceError | None) -> ResponseReturnValue:
    steps = None if error is None else failed(error)
    return show_with(
        template,
        error,
        told_elsewhere=steps is not None,
        bucket=saved,
        steps=steps,
    )


def _existing(visit: Visit, bucket_id: int) -> SavedBucket:
    for saved in list_buckets(visit.services, visit.account_id):
        if saved.bucket_id == bucket_id:
            return saved
    raise NotFound("The account has no such bucket.")
