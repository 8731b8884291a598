"""The BigQuery emulator comes up on loopback, alone, and goes; where it is missing, it says so."""

import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.servers import bigquery as server_module
from tests.servers.bigquery import bigquery_server


def is_open(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((host, port)) == 0


def test_it_answers_while_it_is_needed_and_is_gone_afterwards():
    with bigquery_server() as server, bigquery_server() as other:
        assert len({server.rest_url, other.rest_url, server.read_host, other.read_host}) == 4
        url = f"{server.rest_url}/bigquery/v2/projects/test-project/datasets"
        assert requests.get(url, timeout=10).json()["totalItems"] == 0
        addresses = [urlsplit(server.rest_url), urlsplit(f"grpc://{server.read_host}")]
        assert all(is_open(each.hostname, each.port) for each in addresses)
    assert not any(is_open(each.hostname, each.port) for each in addresses)


def test_without_its_venv_it_says_who_makes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(server_module, "VENV", tmp_path / ".venv-bigquery")
    told = r"not installed in \.venv-bigquery; `make test` and `make setup` install it"
    with pytest.raises(RuntimeError, match=told), bigquery_server():
        pass
