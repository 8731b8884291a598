"""The command that serves the dashboard and the API on this machine."""

from typing import Annotated

import typer

from functions.local.cli_services import local_services
from functions.local.fork_server import begin_loading


def serve(
    port: Annotated[int, typer.Option(help="0 takes any free one.", min=0, max=65_535)] = 8080,
) -> None:
    """Serve the dashboard and the API, and let exports run.

    Only this machine reaches it. Ctrl-C ends everything that it started.
    """
    begin_loading()
    from functions.local.local_member import be_a_member
    from functions.local.serve import serve as serve_all
    from shared.config import TRIAL_BUCKET, from_environment

    services = local_services()
    be_a_member(services)
    # The folder that the form offers as a bucket.
    from_environment().home.joinpath(TRIAL_BUCKET).mkdir(exist_ok=True)
    serve_all(services, port)
