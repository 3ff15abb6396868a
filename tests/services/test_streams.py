"""Services over TCP: two stacks on one cable, one of which serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netfsm.services import Services
from netfsm.services.words import pattern
from netfsm.sim import Simulation
from netfsm.wire.checksum import Octets
from tests.layers.tcp.worlds import ADDRESSES, LAYERS, Program, move_in, octets, until

SECOND = 1_000_000
URG = 0x20
PORTS = {"echo": 7, "discard": 9, "daytime": 13, "chargen": 19, "http": 80}


class Town(Simulation):
    """A simulation that keeps what Bob sends; he serves, Alice asks."""

    def __init__(self, folder: Path, seed: int = 1, **rates: Any) -> None:
        super().__init__(seed)
        self.sent: list[bytes] = []
        move_in(self, (*LAYERS, "udp"), **rates)
        bob = self.hosts["bob"]
        wanted = {port: (name, folder) for name, port in PORTS.items()}
        self._services = Services(bob.stack, wanted, lambda: 86_400 * SECOND)
        self._heard = 0

    def _send(self, host: Any, interface: str, frame: Octets) -> None:
        if host.name == "bob":
            self.sent.append(bytes(frame))
        super()._send(host, interface, frame)

    def _happen(self, at: int) -> None:
        super()._happen(at)
        reports = self.hosts["bob"].reports
        while self._heard < len(reports):
            self._heard += 1
            self._services.report(reports[self._heard - 1][1])
            self._advance(self.hosts["bob"])

    def ask(self, port: int, data: bytes = b"") -> Program:
        """A connection of Alice's to one of Bob's ports, open as she sees it."""
        socket = self.command("alice", "tcp.connect", address=ADDRESSES["bob"], port=port)

        def is_open() -> bool:
            opened = [report.data["socket"] for _, _, report in self.reports("tcp.opened")]
            return socket in opened

        until(self, is_open)
        return Program(self, "alice", socket, data)

    def run_to_the_end(self, *programs: Program) -> None:
        """Until each has sent all and has heard the end."""

        def turn() -> bool:
            for program in programs:
                program.turn()
            return all(one.ended for one in programs)

        until(self, turn)

    def segments(self) -> list[tuple[int, int]]:
        """The control bits and the TOS octet of each TCP segment that Bob has sent."""
        packets = [frame[14:] for frame in self.sent if frame[12:14] == b"\x08\x00"]
        return [(packet[33], packet[1]) for packet in packets if packet[9] == 6]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What Bob offers by HTTP."""
    (tmp_path / "page").write_bytes(octets(2, 150_000))
    return tmp_path


@pytest.mark.parametrize("seed", range(2))
def test_echo_gives_back_every_octet(folder: Path, seed: int) -> None:
    """In order, over a cable that loses and reorders."""
    town = Town(folder, seed, loss=0.05, reorder=0.2)
    said = octets(seed, 60_000)
    program = town.ask(PORTS["echo"], said)
    town.run_to_the_end(program)
    assert said == program.received


def test_discard_says_nothing_and_ends_when_the_peer_does(folder: Path) -> None:
    """RFC 863."""
    town = Town(folder)
    program = town.ask(PORTS["discard"], octets(1, 50_000))
    town.run_to_the_end(program)
    assert (b"", 50_000) == (bytes(program.received), program.sent)


def test_daytime_says_one_line_and_closes(folder: Path) -> None:
    """RFC 867."""
    town = Town(folder)
    program = town.ask(PORTS["daytime"])
    town.run_to_the_end(program)
    assert b"Friday, January 02, 1970 00:00:00-UTC\r\n" == program.received


def test_chargen_goes_on_until_the_peer_has_enough(folder: Path) -> None:
    """RFC 864; it never holds more than the connection takes."""
    town = Town(folder)
    program = town.ask(PORTS["chargen"])
    program.closed = True  # not before it has heard enough

    def enough() -> bool:
        program.turn()
        return len(program.received) > 300_000

    until(town, enough)
    whole = pattern(0, len(program.received) // 74 + 1)
    assert whole[: len(program.received)] == program.received


def test_http_serves_files_and_many_ask_at_once(folder: Path) -> None:
    """Each connection has a program of its own."""
    town = Town(folder)
    request = b"GET /page HTTP/1.1\r\nHost: bob\r\nConnection: close\r\n\r\n"
    programs = [town.ask(PORTS["http"], request) for _ in range(5)]
    town.run_to_the_end(*programs)
    assert [octets(2, 150_000)] * 5 == [
        bytes(one.received).partition(b"\r\n\r\n")[2] for one in programs
    ]


@pytest.mark.requirement("RFC 9293 SHLD-13", "RFC 9293 SHLD-23")
@pytest.mark.parametrize("name", ["echo", "discard", "daytime", "http"])
def test_no_service_sends_urgent_text_or_changes_its_codepoint(folder: Path, name: str) -> None:
    """New applications don't use the urgent mechanism, and a connection keeps one codepoint."""
    town = Town(folder)
    program = town.ask(PORTS[name], b"GET /page HTTP/1.0\r\n\r\n")
    town.run_to_the_end(program)
    segments = town.segments()
    assert segments
    assert set() == {bits & URG for bits, _ in segments} - {0}
    assert 1 == len({codepoint for _, codepoint in segments})


def test_nothing_is_left_when_all_have_gone(folder: Path) -> None:
    """No connection, and no conversation."""
    town = Town(folder)
    programs = [town.ask(PORTS[name], b"x") for name in ("echo", "discard", "daytime")]
    town.run_to_the_end(*programs)
    town.run(town.now + 300 * SECOND)
    left = [one for one in town.query("bob", "tcp.connections") if one.state != "LISTEN"]
    assert ([], 0) == (left, len(town._services._streams))
