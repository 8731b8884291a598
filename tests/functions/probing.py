"""The function prober behind a real web server, and whoever asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import functions_framework
from google.auth import crypt, jwt
from google.auth.credentials import Credentials
from werkzeug.serving import make_server

from shared.adapters.http_prober import HttpProber
from tests.adapters.test_push_tokens import KEY_ID, claims
from tests.leaks import watch

MAIN = Path(__file__).parents[2] / "main.py"
API = "api@our-project.iam.gserviceaccount.com"
MONITOR = "monitor@our-project.iam.gserviceaccount.com"


class Identity(Credentials):
    """A service account of ours, as Google signs for it."""

    def __init__(self, audience, email, key):
        super().__init__()
        signer = crypt.RSASigner.from_string(key.private_pem)
        told = claims(aud=audience, email=email)
        self.token = watch(jwt.encode(signer, told, key_id=KEY_ID).decode())

    def refresh(self, request):
        raise AssertionError("the token is new")


@dataclass
class Running:
    """The function at its address, and whoever asks it."""

    url: str
    key: object

    def asked_by(self, email: str = API, audience: str = "") -> HttpProber:
        return HttpProber(
            self.url, identity=lambda url: Identity(audience or url, email, self.key), answer_s=60
        )


@contextmanager
def serving() -> Iterator[str]:
    app = functions_framework.create_app("prober", str(MAIN))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class WriteOnly:
    """The store of secrets as the function api may use it."""

    def __init__(self, secrets):
        self.put, self.destroy = secrets.put, secrets.destroy

    def get(self, reference):
        raise AssertionError("a secret was read outside of the prober")
