"""The dashboards' server takes a port that is free, and says which."""

import socket

import pytest

from sandbox.commands.ui import HOST, free_port
from sandbox.system.errors import InputError


def test_the_next_port_is_taken_where_one_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        found = free_port(port)
        assert port < found < port + 100
        with socket.create_server((HOST, found)):  # it is free indeed
            pass
        monkeypatch.setattr("sandbox.commands.ui.TRIES", 1)
        with pytest.raises(InputError, match=f"ui: --port: expected one that is free, got {port}"):
            free_port(port)
    assert free_port(port) == port
