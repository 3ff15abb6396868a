"""ICMPv6: echoes, errors that are told and heard, and messages of other layers."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Any

import pytest

from netfsm.layers.contracts import Flow, Inbound
from netfsm.stack import Frame, Report, Stack, Verdict
from netfsm.stack.verdicts import DELIVERED
from tests.layers.ipv6.bench6 import (
    HOP_BY_HOP,
    OURS,
    PEER,
    PEER_LINK,
    echo6,
    extension,
    fate,
    fragment,
    given6,
    icmp6,
    ipv6,
    ready6,
    verified,
)
from tests.stack.bench import frames_of

UNKNOWN = 99


def counted(stack: Stack, *names: str) -> tuple[int, ...]:
    """Counters of ICMPv6."""
    return tuple(stack.layer("icmpv6").counters[name] for name in names)


def ours(kind: int, payload: bytes = bytes(16), to: str = PEER) -> bytes:
    """A packet that we might have sent."""
    return ipv6(payload, kind, source=OURS, to=to)


@pytest.fixture
def heard() -> list[tuple[str, bytes, str, str]]:
    """What the owner of a protocol is told."""
    return []


def owner(stack: Stack, heard: list[tuple[str, bytes, str, str]], protocol: int = UNKNOWN) -> None:
    """Let somebody own the errors of a protocol."""

    def told(failure: str, quoted: memoryview, src: int, dst: int) -> None:
        heard.append((failure, bytes(quoted), str(IPv6Address(src)), str(IPv6Address(dst))))

    stack.registry.space("ipv6.errors").bind(protocol, told, "test")


@pytest.mark.parametrize("size", [0, 1, 56, 1452])
def test_an_echo_is_answered_with_all_of_its_data(size: int) -> None:
    """RFC 4443 §4.2: from the address that was asked, checksum and all."""
    stack = ready6()
    (reply,) = given6(stack, ipv6(echo6(size)))
    assert b"\x81\x00" == verified(reply)[:2]
    assert echo6(size)[4:] == verified(reply)[4:]
    assert (IPv6Address(OURS).packed, IPv6Address(PEER).packed) == (reply[8:24], reply[24:40])


def test_an_echo_from_nobody_is_not_answered() -> None:
    """The unspecified address is no place to reply to."""
    stack = ready6()
    assert [] == given6(stack, ipv6(echo6(source="::"), source="::"))
    assert "icmpv6.no_one_node" == fate(stack)


def test_our_echo_requests_are_answered_lost_or_answered_by_a_stranger() -> None:
    """Each is reported once; a reply that nobody waits for is counted."""
    stack = ready6()
    stack.command("icmpv6.ping", destination=PEER, id=7, sequence=1, size=8)
    stack.command("icmpv6.ping", destination=PEER_LINK, id=7, sequence=2, interface="tun0")
    first, second = (verified(one) for one in frames_of(stack.step(stack.clock.now)[0]))
    reply = icmp6(129, first[4:])
    outputs, _ = stack.step(1_012_000, [Frame("tun0", ipv6(reply)), Frame("tun0", ipv6(reply))])
    reports = [(one.name, one.data) for one in outputs if isinstance(one, Report)]
    peer = int(IPv6Address(PEER))
    data = {"peer": peer, "id": 7, "sequence": 1, "rtt": 12_000}
    assert [("icmpv6.answered", data)] == reports
    assert 64 == len(second)
    outputs, _ = stack.step(7_000_000)
    assert ["icmpv6.lost"] == [one.name for one in outputs if isinstance(one, Report)]
    assert (1, 1, 1) == counted(stack, "in_echo_replies", "stray_replies", "lost")
    assert () == stack.query("icmpv6.pings")


@pytest.mark.parametrize(
    ("kind", "code", "word", "wanted"),
    [
        (1, 0, 0, "UNREACHABLE"),
        (1, 3, 0, "UNREACHABLE"),
        (1, 4, 0, "REFUSED"),
        (1, 1, 0, "REFUSED"),
        (2, 0, 1400, "TOO_LONG"),
        (3, 0, 0, "UNREACHABLE"),
        (4, 1, 6, "REFUSED"),
        (4, 2, 40, "UNREACHABLE"),
        (100, 7, 0, "UNREACHABLE"),
    ],
)
def test_errors_go_to_the_owner_of_the_packet(
    heard: list[tuple[str, bytes, str, str]], kind: int, code: int, word: int, wanted: str
) -> None:
    """RFC 4443 §2.4 (a), (d): found behind the headers of what is quoted, unknown errors too."""
    stack = ready6()
    owner(stack, heard)
    quoted = ours(HOP_BY_HOP, extension(60) + extension(44) + fragment(UNKNOWN, b"12345678"))
    given6(stack, ipv6(icmp6(kind, word.to_bytes(4) + quoted, code=code)))
    assert [(wanted, b"12345678", OURS, PEER)] == heard
    assert (1, 0) == counted(stack, "errors_heard", "errors_unowned")


def test_extensions_behind_what_is_quoted_are_not_taken_for_it(
    heard: list[tuple[str, bytes, str, str]],
) -> None:
    """RFC 4884: the length says where the packet ends, in words of eight octets."""
    stack = ready6()
    owner(stack, heard)
    quoted = ours(UNKNOWN, bytes(range(88)))
    word = bytes((len(quoted) // 8, 0, 0, 0))
    given6(stack, ipv6(icmp6(1, word + quoted + b"\x20\0\0\0extension")))
    assert [bytes(range(88))] == [one[1] for one in heard]


STRAY = {
    "nothing": b"",
    "half of a header": ours(UNKNOWN)[:30],
    "another's packet": ipv6(bytes(16), UNKNOWN, source=PEER, to=OURS),
    "headers that do not end": ours(HOP_BY_HOP, extension(60))[:47],
    "a later fragment": ours(44, fragment(UNKNOWN, bytes(16), 64)),
}


@pytest.mark.parametrize("case", STRAY)
def test_an_error_that_quotes_nothing_of_ours_is_believed_by_nobody(
    heard: list[tuple[str, bytes, str, str]], case: str
) -> None:
    """RFC 4443 §2.4 (d): it is dropped, whatever it says of a path."""
    stack = ready6()
    owner(stack, heard)
    given6(stack, ipv6(icmp6(2, (1280).to_bytes(4) + STRAY[case])))
    assert "icmpv6.stray_error" == fate(stack)
    assert [] == heard
    assert () == stack.query("ipv6.path_mtus")


def test_errors_that_nobody_owns_are_counted() -> None:
    """The protocol may be gone by now."""
    stack = ready6()
    given6(stack, ipv6(icmp6(1, bytes(4) + ours(UNKNOWN))))
    assert (1,) == counted(stack, "errors_unowned")


SILENT: dict[str, tuple[bytes, str]] = {
    "to a group": (ipv6(bytes(8), UNKNOWN, to="ff02::1"), "about_group"),
    "from nobody": (ipv6(bytes(8), UNKNOWN, source="::"), "about_no_node"),
}


def test_no_error_answers_an_error_or_a_redirect() -> None:
    """RFC 4443 §2.4 (e.1), (e.2): an unknown option in front of them is dropped in silence."""
    stack = ready6()
    bad = extension(58, b"\x9e\x04\0\0\0\0")
    for kind in (1, 4, 127, 137):
        assert [] == given6(stack, ipv6(bad + icmp6(kind, bytes(36)), 60))
    (told,) = given6(stack, ipv6(bad + icmp6(128, bytes(4)), 60))
    assert 4 == verified(told)[0]
    assert (4,) == counted(stack, "about_error")


@pytest.mark.parametrize("case", SILENT)
def test_some_senders_are_never_told(case: str) -> None:
    """RFC 4443 §2.4 (e): groups, and sources that are no single node."""
    packet, why = SILENT[case]
    stack = ready6()
    assert [] == given6(stack, packet)
    assert (1,) == counted(stack, why)


def test_errors_are_rationed_and_quote_as_much_as_fits() -> None:
    """RFC 4443 §2.4 (c), (f): ten at once, then ten a second; 1280 octets at the most."""
    stack = ready6()
    large = ipv6(bytes(1400), UNKNOWN)
    told = given6(stack, *[large] * 30)
    assert [1280] * 10 == [len(one) for one in told]
    assert large[:1232] == verified(told[0])[8:]
    stack.step(stack.clock.now + 300_000)
    assert 3 == len(given6(stack, *[large] * 30))
    assert (13, 47) == counted(stack, "out_errors", "rate_limited")


def test_other_messages_go_to_whoever_is_bound_with_what_is_known_of_them() -> None:
    """The handler gets the message from its type on, and can send one by the port of the space."""
    stack = ready6()
    seen: list[tuple[bytes, Inbound]] = []

    def take(message: memoryview, inbound: Inbound) -> Verdict:
        seen.append((bytes(message), inbound))
        return DELIVERED

    space: Any = stack.registry.space("icmpv6.type")
    space.bind(135, take, "test")
    message = icmp6(135, bytes(20), to="ff02::1:ff00:1", source=PEER_LINK)
    given6(stack, ipv6(message, source=PEER_LINK, to="ff02::1:ff00:1", hop_limit=255))
    ((octets, inbound),) = seen
    assert message == octets
    assert (255, True, "tun0") == (inbound.hop_limit, inbound.group, inbound.interface.name)
    flow = Flow(int(IPv6Address("ff02::1")), 58, 0, hop_limit=255, interface="tun0")
    assert DELIVERED == space.port.send(flow, b"\x88\x00\xff\xff" + bytes(20))
    (frame,) = frames_of(stack.step(stack.clock.now)[0])
    assert (255, bytes(16)) == (frame[7], frame[8:24])
    assert b"\x88\x00" == verified(frame)[:2]


@pytest.mark.parametrize("at", range(8))
def test_a_checksum_that_does_not_hold_is_refused(at: int) -> None:
    """RFC 4443 §2.3: over the message and the addresses."""
    stack = ready6()
    message = bytearray(echo6())
    message[at] ^= 0x10
    given6(stack, ipv6(bytes(message)))
    assert "icmpv6.bad_checksum" == fate(stack)
