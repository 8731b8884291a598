"""The function `api` in a process of its own, served as in the cloud: `STATE_URL` is its database.

The arguments are the descriptor of a listening socket, and where the keys of IAP are published.
"""

import os
import sys
from functools import cache

from bench.control_fill import NOW
from bench.stand_ins import services_over
from shared import bootstrap
from shared.adapters.identity_tokens import IapTokens
from shared.jobs.services import Services
from shared.ports import SignIn
from shared.state.database import Database

AUDIENCE = "/projects/1/global/backendServices/2"


def main() -> None:
    """Serve until the input ends, with one process of eight threads."""
    listener, keys_url = int(sys.argv[1]), sys.argv[2]

    @cache
    def services() -> Services:
        return services_over(Database(os.environ["STATE_URL"]), NOW)

    @cache
    def sign_in() -> SignIn:
        return SignIn(iap=IapTokens(AUDIENCE, keys_url=keys_url))

    bootstrap.services, bootstrap.sign_in = services, sign_in
    # What it loads takes these two by their names.
    from functions.local import web

    web.Web(listener, os.open(os.devnull, os.O_WRONLY)).run()


if __name__ == "__main__":
    main()
