"""The TCP trial runs on decoded segments: the figures of RFC 9293, a way to each state."""

from __future__ import annotations

from typing import Any

import pytest

from netfsm.machine import CompiledMachine, Result
from tests.machine.trial import (
    ACK,
    ANY,
    FIN,
    HERE,
    IRS,
    ISS,
    PATHS,
    RST,
    SYN,
    THERE,
    arrives,
    codec,
    decoded,
    end,
)

COMPLETIONS = ("transmit", "deliver", "acknowledge")
FIELDS = ("SPORT", "DPORT", "SEQ", "ACK", "CTL", "WND")
FLAGS = {SYN: "SYN", FIN: "FIN", RST: "RST", ACK: "ACK"}


class Peer:
    """One end: a connection, and what it has sent, as octets."""

    def __init__(self, local: str, remote: str, isn: int) -> None:
        self.machine: CompiledMachine = end(local, remote)
        self.local, self.isn = local, isn
        self.sent: list[bytes] = []
        self.told: list[str] = []

    def take(self, event: str, **inputs: Any) -> None:
        """One event, and the completions after it, until none is enabled."""
        self._out(self.machine.step(event, **inputs))
        while any(self._out(self.machine.step(each)) for each in COMPLETIONS):
            pass

    def call(self, event: str, **inputs: Any) -> None:
        """An OPEN, SEND or the like; its initial sequence number is this end's own."""
        more = {"ISN": self.isn} if event in ("OPEN", "SEND") else {}
        self.take(event, **inputs, **more)

    def hear(self, octets: bytes, source: str) -> None:
        """A segment that comes from `source`."""
        self.take("segment", SEG=decoded(octets), source=source, ISN=self.isn)

    def _out(self, result: Result | None) -> bool:
        """Take up what a step has emitted; False where there was none."""
        for emission in result[0] if result is not None else ():
            if emission.kind != "message":
                self.told.append(emission.output)
                continue
            fields = {n: v for n in FIELDS if (v := getattr(emission, n, None)) is not None}
            text = getattr(emission, "len", None) or 0
            self.sent.append(codec().encode(codec().build(fields, bytes(text))))
        return result is not None


def shown(octets: bytes) -> str:
    """A segment as the RFC's figures write it."""
    packet = decoded(octets)
    flags = ",".join(word for bit, word in FLAGS.items() if packet.CTL & bit)
    ack = f"<ACK={packet.ACK}>" if packet.CTL & ACK else ""
    text = f"<DATA={packet.len}>" if packet.len else ""
    return f"<SEQ={packet.SEQ}>{ack}{text}<CTL={flags}>"


def pass_on(sender: Peer, receiver: Peer) -> list[str]:
    """Hand over all that `sender` has sent; as the figures show it."""
    sent, sender.sent = sender.sent, []
    for octets in sent:
        receiver.hear(octets, sender.local)
    return [shown(octets) for octets in sent]


def pair() -> tuple[Peer, Peer]:
    """Two peers; the second listens."""
    a, b = Peer(HERE, THERE, ISS), Peer(THERE, ANY, IRS)
    b.call("OPEN", active=False, foreign=ANY)
    return a, b


def opened() -> tuple[Peer, Peer]:
    """Two peers whose connection is open."""
    a, b = pair()
    a.call("OPEN", active=True, foreign=THERE)
    for sender, receiver in ((a, b), (b, a), (a, b)):
        pass_on(sender, receiver)
    return a, b


def states(*peers: Peer) -> tuple[str, ...]:
    """The states that they are in."""
    return tuple(peer.machine.state for peer in peers)


def test_the_three_way_handshake() -> None:
    """Figure 6, with text behind it."""
    a, b = pair()
    a.call("OPEN", active=True, foreign=THERE)
    assert ["<SEQ=100><CTL=SYN>"] == pass_on(a, b)
    assert ["<SEQ=300><ACK=101><CTL=SYN,ACK>"] == pass_on(b, a)
    assert ("ESTABLISHED", "SYN-RECEIVED") == states(a, b)
    assert ["<SEQ=101><ACK=301><CTL=ACK>"] == pass_on(a, b)
    assert ("ESTABLISHED", "ESTABLISHED") == states(a, b)
    b.call("RECEIVE", count=10)
    a.call("SEND", count=5)
    assert ["<SEQ=101><ACK=301><DATA=5><CTL=ACK>"] == pass_on(a, b)
    assert ["acknowledged", "take_text", "received"] == b.told
    assert ["<SEQ=301><ACK=106><CTL=ACK>"] == pass_on(b, a)


def test_simultaneous_open() -> None:
    """Figure 7, one ACK longer: its SYN,ACK is not acceptable to §3.10.7.4, and earns an ACK."""
    a, b = Peer(HERE, THERE, ISS), Peer(THERE, HERE, IRS)
    a.call("OPEN", active=True, foreign=THERE)
    b.call("OPEN", active=True, foreign=HERE)
    crossing, b.sent = b.sent, []
    assert ["<SEQ=100><CTL=SYN>"] == pass_on(a, b)
    assert ["<SEQ=300><CTL=SYN>"] == [shown(each) for each in crossing]
    a.hear(crossing[0], THERE)
    assert ("SYN-RECEIVED", "SYN-RECEIVED") == states(a, b)
    assert ["<SEQ=100><ACK=301><CTL=SYN,ACK>"] == pass_on(a, b)
    assert ("SYN-RECEIVED", "SYN-RECEIVED") == states(a, b)
    both = ["<SEQ=300><ACK=101><CTL=SYN,ACK>", "<SEQ=301><ACK=101><CTL=ACK>"]
    assert both == pass_on(b, a)
    assert ("ESTABLISHED", "SYN-RECEIVED") == states(a, b)
    assert ["<SEQ=101><ACK=301><CTL=ACK>"] == pass_on(a, b)
    assert ("ESTABLISHED", "ESTABLISHED") == states(a, b)


def test_recovery_from_an_old_duplicate_syn() -> None:
    """Figure 8: an old SYN stirs the listener, and the reset sends it back."""
    a, b = pair()
    a.call("OPEN", active=True, foreign=THERE)
    fresh, a.sent = a.sent, []
    b.hear(old_syn(90), HERE)
    assert ("SYN-SENT", "SYN-RECEIVED") == states(a, b)
    assert ["<SEQ=300><ACK=91><CTL=SYN,ACK>"] == pass_on(b, a)
    assert ["<SEQ=91><CTL=RST>"] == pass_on(a, b)
    assert ("SYN-SENT", "LISTEN") == states(a, b)
    b.isn, a.sent = 400, fresh
    pass_on(a, b)
    assert ["<SEQ=400><ACK=101><CTL=SYN,ACK>"] == pass_on(b, a)
    pass_on(a, b)
    assert ("ESTABLISHED", "ESTABLISHED") == states(a, b)


def old_syn(number: int) -> bytes:
    """A SYN that nobody means any more."""
    fields = {"SPORT": 5000, "DPORT": 80, "SEQ": number, "CTL": SYN}
    return codec().encode(codec().build(fields))


def test_half_open_connection_discovery() -> None:
    """Figure 9: one end has forgotten, opens again, and a reset clears the other."""
    _, b = opened()
    a = Peer(HERE, THERE, 400)
    a.call("OPEN", active=True, foreign=THERE)
    assert ["<SEQ=400><CTL=SYN>"] == pass_on(a, b)
    assert ["<SEQ=301><ACK=101><CTL=ACK>"] == pass_on(b, a)
    assert ["<SEQ=101><CTL=RST>"] == pass_on(a, b)
    assert ("SYN-SENT", "CLOSED") == states(a, b)
    assert "is_reset" in b.told


def test_the_normal_close() -> None:
    """Figure 12, to the end of TIME-WAIT."""
    a, b = opened()
    a.call("CLOSE")
    assert ["<SEQ=101><ACK=301><CTL=FIN,ACK>"] == pass_on(a, b)
    assert ["<SEQ=301><ACK=102><CTL=ACK>"] == pass_on(b, a)
    assert ("FIN-WAIT-2", "CLOSE-WAIT") == states(a, b)
    b.call("CLOSE")
    assert ["<SEQ=301><ACK=102><CTL=FIN,ACK>"] == pass_on(b, a)
    assert ["<SEQ=102><ACK=302><CTL=ACK>"] == pass_on(a, b)
    assert ("TIME-WAIT", "CLOSED") == states(a, b)
    a.take("time_wait")
    assert ("CLOSED",) == states(a)


def test_simultaneous_close() -> None:
    """Figure 13: both FINs cross."""
    a, b = opened()
    a.call("CLOSE")
    b.call("CLOSE")
    crossing = (a.sent, b.sent)
    a.sent, b.sent = [], []
    for octets in crossing[1]:
        a.hear(octets, THERE)
    for octets in crossing[0]:
        b.hear(octets, HERE)
    assert ("CLOSING", "CLOSING") == states(a, b)
    assert ["<SEQ=102><ACK=302><CTL=ACK>"] == pass_on(a, b)
    assert ["<SEQ=302><ACK=102><CTL=ACK>"] == pass_on(b, a)
    assert ("TIME-WAIT", "TIME-WAIT") == states(a, b)


@pytest.mark.parametrize("state", PATHS)
def test_a_way_to_each_state(state: str) -> None:
    """STATUS tells the state that the steps lead to; where none is, an error."""
    machine = end()
    for event, inputs in PATHS[state]:
        machine.step(event, **inputs)
    result = machine.step("STATUS")
    assert result is not None
    (emission,) = result[0]
    if state == "CLOSED":
        assert "no_connection" == emission.output
    else:
        assert (state, state) == (machine.state, emission.name)


def test_a_zero_window_is_probed() -> None:
    """No octet goes into a window that is shut; after a while one does."""
    machine = end()
    for event, inputs in PATHS["ESTABLISHED"]:
        machine.step(event, **inputs)
    event, inputs = arrives(SEQ=IRS + 1, ACK=ISS + 1, CTL=ACK, WND=0)
    machine.step(event, **inputs)
    machine.step("SEND", count=3, ISN=0)
    assert ((), (("persist", 1_000_000),)) == machine.step("transmit")
    assert machine.step("transmit") is None
    result = machine.step("persist")
    assert result is not None
    (probe,) = result[0]
    assert (ISS + 1, 1) == (probe.SEQ, probe.len)
    assert ("rexmt", "user") == machine.armed
