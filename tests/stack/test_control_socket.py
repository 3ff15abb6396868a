"""The control socket: lines of JSON in and out, and nothing that a client sends does harm."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from netfsm.errors import TargetError
from netfsm.stack.control_socket import LONGEST_LINE, ControlServer, ask
from tests.stack.bench import ready_stack

LAYERS = ("ethernet", "arp", "ipv4", "icmp", "udp", "host")


def asked(server: ControlServer, **wish: object) -> Any:
    """What the server answers to a line."""
    return server.answer(json.dumps(wish).encode())


@pytest.fixture(name="server")
def _server(tmp_path: Path) -> Any:
    server = ControlServer(ready_stack(LAYERS), tmp_path / "control")
    yield server
    server.close()
    assert not (tmp_path / "control").exists()


def test_what_tools_of_the_system_ask_can_be_asked(server: ControlServer) -> None:
    """Addresses, links, routes, neighbours, counters, layers and bindings."""
    (lo, eth0) = asked(server, query="host.interfaces")["answer"]
    assert ("lo", "eth0", "02:00:00:00:00:01") == (lo["name"], eth0["name"], eth0["hwaddr"])
    assert "UP,RUNNING,BROADCAST" == eth0["flags"]
    addresses = asked(server, query="ipv4.addresses", params={"interface": "eth0"})["answer"]
    assert [("192.0.2.1", 24)] == [(one["address"], one["prefix"]) for one in addresses]
    routes = asked(server, query="ipv4.routes")["answer"]
    assert {"192.0.2.0/24", "127.0.0.0/8"} == {one["destination"] for one in routes}
    assert [] == asked(server, query="arp.neighbours")["answer"]
    counters = asked(server, query="host.counters", params={"layer": "arp"})["answer"]
    assert {"layer": "arp", "counter": "out_packets", "count": 2} in counters
    names = [one["name"] for one in asked(server, query="host.layers")["answer"]]
    assert set(LAYERS) <= set(names)
    bindings = asked(server, query="host.bindings")["answer"]
    assert {"arp", "icmp", "udp", "ipv4"} <= {one["owner"] for one in bindings}


def test_commands_change_the_stack(server: ControlServer) -> None:
    """Links, MTUs and layers; an answer of a command comes back."""
    assert {"answer": None} == asked(
        server, command="host.set_mtu", params={"interface": "eth0", "mtu": 576}
    )
    assert {"answer": 1} == asked(server, command="udp.open", params={"port": 7})
    asked(server, command="host.unload", params={"layer": "udp"})
    answer = asked(server, query="udp.sockets")
    assert "NotLoaded" == answer["error"]
    asked(server, command="host.reload", params={"layer": "icmp"})
    asked(server, command="host.set_link", params={"interface": "eth0", "up": False})
    eth0 = asked(server, query="host.interfaces")["answer"][1]
    assert (576, "BROADCAST") == (eth0["mtu"], eth0["flags"])


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"", "JSONDecodeError"),
        (b"\xff", "UnicodeDecodeError"),
        (b"[]", "ValueError"),
        (b"7", "ValueError"),
        (b'{"query": 7}', "ValueError"),
        (b'{"list": "secrets"}', "ValueError"),
        (b'{"query": "arp.neighbours", "params": []}', "TypeError"),
        (b'{"query": "arp.neighbours", "params": {"inter": "face"}}', "TypeError"),
        (b'{"query": "ipv9.addresses"}', "NotLoaded"),
        (b'{"query": "arp.nothing"}', "LookupError"),
        (
            b'{"command": "host.set_mtu", "params": {"interface": "eth0", "mtu": 9000}}',
            "ValueError",
        ),
        (b'{"command": "host.unload", "params": {"layer": "ipv4"}}', "BindingError"),
        (b'{"command": "host.load", "params": {"layer": "nobody"}}', "SpecError"),
    ],
)
def test_wrong_lines_are_answered_by_name(server: ControlServer, line: bytes, error: str) -> None:
    """The error's name and its sentence, and the stack goes on."""
    answer = server.answer(line)
    assert error == answer["error"]
    assert answer["message"]
    assert "answer" in asked(server, query="host.layers")


def serve(server: ControlServer, work: Any) -> Any:
    """Run `work` in a thread while the server answers; what it returned."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    while thread.is_alive():
        for _, call in server.descriptors().values():
            call()
    thread.join()
    return found[0]


def test_a_client_gets_its_answers_over_the_socket(server: ControlServer) -> None:
    """Only the owner may connect."""
    assert 0o600 == os.stat(server.path).st_mode & 0o777
    layers = serve(server, lambda: ask(server.path, query="host.layers"))
    assert "arp" in {one["name"] for one in layers}

    def refused() -> str:
        try:
            ask(server.path, query="arp.nothing")
        except ValueError as error:
            return str(error)
        return ""

    assert serve(server, refused).startswith("LookupError: no query arp.nothing")


def test_a_client_that_sends_no_end_of_line_is_cut_off(server: ControlServer) -> None:
    """A line has an end before 64 KiB; others are served all the same."""

    def flood() -> bytes:
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(str(server.path))
            try:
                for _ in range(64):
                    one.sendall(b"x" * (LONGEST_LINE // 16))
            except OSError:
                return b""
            return one.recv(1)

    assert b"" == serve(server, flood)
    assert 1 == len(server.descriptors())


def test_a_dead_servers_socket_is_replaced_and_a_living_ones_is_not(tmp_path: Path) -> None:
    """A second server at the same path is told that the path is taken."""
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    server = ControlServer(ready_stack(LAYERS), path)
    with pytest.raises(TargetError, match="take another path"):
        ControlServer(ready_stack(LAYERS), path)
    server.close()
    with pytest.raises(TargetError, match="start netfsm run --control PATH"):
        ask(path, query="host.layers")
