"""The connection of the TCP trial, segments as a codec decodes them, and a way to each state."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from netfsm.machine import CompiledMachine, compile_machine
from netfsm.spec import load_spec
from netfsm.spec.formats import Format
from netfsm.spec.model import Machine
from netfsm.wire.codec import Codec, compile_format
from netfsm.wire.refusal import Refusal

FOLDER: Final = Path(__file__).parents[1] / "specs" / "tcp"
CONNECTION: Final = FOLDER / "connection.yaml"
HERE, THERE, ANY = "192.0.2.1:5000", "192.0.2.2:80", "*"
ISS, IRS = 100, 300
FIN, SYN, RST, ACK = 1, 2, 4, 16

Step = tuple[str, dict[str, Any]]


@cache
def connection() -> Machine:
    """The machine."""
    machine = load_spec(CONNECTION)
    assert isinstance(machine, Machine)
    return machine


@cache
def codec() -> Codec:
    """The codec of its segments."""
    layout = load_spec(FOLDER / "header.yaml")
    assert isinstance(layout, Format)
    return compile_format(layout)


def port(socket: str) -> int:
    """The port of a socket such as 192.0.2.1:80; 0 where none is said."""
    number = socket.rpartition(":")[2]
    return int(number) if number.isdecimal() else 0


def end(local: str = HERE, remote: str = THERE) -> CompiledMachine:
    """A new connection between two sockets."""
    return compile_machine(connection())(local, remote, functions={"port": port})


def segment(text: int = 0, **fields: int) -> Any:
    """What a decoder makes of a segment with `fields` and so many octets of text."""
    told = {"SPORT": 80, "DPORT": 5000, "WND": 65535, **fields}
    return decoded(codec().encode(codec().build(told, bytes(text))))


def decoded(octets: bytes, *, checked: bool = False) -> Any:
    """The segment in `octets`, which is one; `checked` passes over its checksum."""
    packet = codec().decode(octets, checked=checked)
    assert not isinstance(packet, Refusal), packet
    return packet


def arrives(text: int = 0, **fields: int) -> Step:
    """The step that such a segment from the peer is."""
    return "segment", {"SEG": segment(text, **fields), "source": THERE, "ISN": ISS}


OPEN: Final[Step] = ("OPEN", {"active": True, "foreign": THERE, "ISN": ISS})
CLOSE: Final[Step] = ("CLOSE", {})
TRANSMIT: Final[Step] = ("transmit", {})
SYN_ACK: Final = arrives(SEQ=IRS, ACK=ISS + 1, CTL=SYN | ACK)
PEERS_FIN: Final = arrives(SEQ=IRS + 1, ACK=ISS + 1, CTL=FIN | ACK)
ACK_OF_FIN: Final = arrives(SEQ=IRS + 1, ACK=ISS + 2, CTL=ACK)
LAST_ACK: Final = arrives(SEQ=IRS + 2, ACK=ISS + 2, CTL=ACK)

_UP: Final = [OPEN, SYN_ACK]
_FIN: Final = [*_UP, CLOSE, TRANSMIT]
PATHS: Final[dict[str, list[Step]]] = {
    "CLOSED": [],
    "LISTEN": [("OPEN", {"active": False, "foreign": ANY, "ISN": ISS})],
    "SYN-SENT": [OPEN],
    "SYN-RECEIVED": [OPEN, arrives(SEQ=IRS, CTL=SYN)],
    "ESTABLISHED": _UP,
    "FIN-WAIT-1": _FIN,
    "FIN-WAIT-2": [*_FIN, ACK_OF_FIN],
    "CLOSE-WAIT": [*_UP, PEERS_FIN],
    "CLOSING": [*_FIN, PEERS_FIN],
    "LAST-ACK": [*_UP, PEERS_FIN, CLOSE, TRANSMIT],
    "TIME-WAIT": [*_FIN, PEERS_FIN, LAST_ACK],
}
