"""The Cloud Storage server of the tests: what it can do, and what needs the proxy."""

import os

import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from tests.servers.cloud_storage import PROJECT, running_cloud_storage
from tests.servers.fault_proxy import FaultProxy


@pytest.mark.parametrize("on_disk", [False, True])
def test_an_object_goes_in_once_and_comes_back_through_the_proxy(on_disk):
    with running_cloud_storage(on_disk=on_disk) as server, FaultProxy(server.url) as proxy:
        name = server.new_bucket()
        client = Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": proxy.url})
        blob = client.bucket(name).blob("a/b c~ü?.json")
        blob.metadata = {"rows": "1"}
        blob.upload_from_string(b"content", if_generation_match=0, timeout=10)
        with pytest.raises(PreconditionFailed):
            blob.upload_from_string(b"other", if_generation_match=0, timeout=10)
        found = server.client().bucket(name).get_blob("a/b c~ü?.json")
        assert (found.download_as_bytes(), found.metadata) == (b"content", {"rows": "1"})
        large, content = client.bucket(name).blob("large"), os.urandom(9_000_000)
        large.upload_from_string(content, if_generation_match=0, timeout=10)
        assert large.download_as_bytes(timeout=10) == content
        assert sum("upload_id" in request.path for request in proxy.requests) >= 1
        client.close()


def test_a_missing_bucket_is_not_found(cloud_storage):
    with pytest.raises(NotFound):
        cloud_storage.client().get_bucket("nobody-made-it", timeout=10)
