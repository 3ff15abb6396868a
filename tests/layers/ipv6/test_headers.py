"""Extension headers and options of packets that come in: acted on in order, or refused by name."""

from __future__ import annotations

from random import Random

import pytest

from netfsm.layers.contracts import Inbound
from tests.layers.ipv6.bench6 import (
    FRAGMENT,
    HOP_BY_HOP,
    ICMPV6,
    NONE,
    OPTIONS,
    OUR_LINK,
    OURS,
    PEER,
    PEER_LINK,
    ROUTING,
    counted6,
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

PARAMETER_PROBLEM = 4
UNKNOWN = {"skip": 0x1E, "silent": 0x5E, "told_by_all": 0x9E, "told": 0xDE}


def option(kind: int, data: bytes = bytes(4)) -> bytes:
    """An option of a type with its length."""
    return bytes((kind, len(data))) + data


def routing(left: int, kind: int = 0) -> bytes:
    """A routing header without addresses that says that some are left."""
    return bytes((ICMPV6, 0, kind, left, 0, 0, 0, 0))


def problem(packet: bytes) -> tuple[int, int, int]:
    """Type, code and pointer of the ICMPv6 message in a packet."""
    message = verified(packet)
    return message[0], message[1], int.from_bytes(message[4:8])


def test_headers_are_passed_in_any_order_and_number() -> None:
    """Options, a route that is done with and an atomic fragment: the echo behind is answered."""
    stack = ready6()
    rest = fragment(OPTIONS, extension(ROUTING) + routing(0) + echo6())
    packet = ipv6(extension(OPTIONS) + extension(FRAGMENT) + rest, HOP_BY_HOP)
    (reply,) = given6(stack, packet)
    assert 129 == verified(reply)[0]
    assert "delivered" == fate(stack)


@pytest.mark.parametrize("to_group", [False, True], ids=["to us", "to a group"])
@pytest.mark.parametrize("what", UNKNOWN)
def test_an_option_that_is_not_known_says_what_becomes_of_its_packet(
    what: str, to_group: bool
) -> None:
    """RFC 8200 §4.2: by its two highest bits, of which one knows groups."""
    stack = ready6()
    to = "ff02::1" if to_group else OURS
    header = extension(ICMPV6, option(UNKNOWN[what]))
    found = given6(stack, ipv6(header + echo6(to=to), OPTIONS, to=to))
    told = what == "told_by_all" or (what == "told" and not to_group)
    wanted = [(PARAMETER_PROBLEM, 2, 42)] if told else []
    if what == "skip":
        assert [129] == [verified(one)[0] for one in found]
    else:
        assert wanted == [problem(one) for one in found]
        assert "ipv6.unknown_option" == fate(stack)


WRONG: dict[str, tuple[bytes, str, int | None]] = {
    "hop by hop in second place": (
        ipv6(extension(HOP_BY_HOP) + extension(ICMPV6) + echo6(), HOP_BY_HOP),
        "no_protocol",
        40,
    ),
    "a protocol that nobody has": (ipv6(echo6(), 99), "no_protocol", 6),
    "nothing": (ipv6(b"", NONE), "no_next", None),
    "a source route": (ipv6(routing(1) + echo6(), ROUTING), "routed", 42),
    "a route of segments": (ipv6(routing(3, 4) + echo6(), ROUTING), "routed", 42),
    "options cut off": (ipv6(extension(ICMPV6)[:7], HOP_BY_HOP), "bad_chain", None),
    "a length beyond the packet": (
        ipv6(bytes((ICMPV6, 9)) + bytes(6) + echo6(), OPTIONS),
        "bad_chain",
        None,
    ),
    "an option beyond its header": (
        ipv6(bytes((ICMPV6, 0, 1, 5)) + bytes(4) + echo6(), OPTIONS),
        "bad_chain",
        None,
    ),
    "an option without a length": (
        ipv6(bytes((ICMPV6, 0)) + bytes(5) + b"\x1e" + echo6(), OPTIONS),
        "bad_chain",
        None,
    ),
    "a route cut off": (ipv6(routing(0)[:5], ROUTING), "bad_chain", None),
    "a fragment cut off": (ipv6(fragment(ICMPV6, b"")[:6], FRAGMENT), "bad_chain", None),
    "nine options": (
        ipv6(extension(ICMPV6, b"\x1e\0" * 9 + bytes(4)) + echo6(), OPTIONS),
        "too_many_options",
        None,
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_headers_has_a_name(case: str) -> None:
    """RFC 8200 §4: refused under the reason, and told with its place where it must be."""
    packet, why, told = WRONG[case]
    stack = ready6()
    found = given6(stack, packet)
    assert f"ipv6.{why}" == fate(stack)
    assert ([] if told is None else [told]) == [problem(one)[2] for one in found]
    assert (1,) == counted6(stack, why)


def test_a_packet_of_8191_headers_is_given_up_early() -> None:
    """RFC 8504 §5.3: so many are looked at, and the packet is dropped."""
    stack = ready6(mtu=65575)
    packet = ipv6(extension(OPTIONS) * 8191, OPTIONS)
    assert [] == given6(stack, packet)
    assert "ipv6.too_many_headers" == fate(stack)


def test_options_of_length_zero_end() -> None:
    """An option without data takes its two octets, whatever there are of them in a header."""
    stack = ready6(mtu=65575)
    packet = ipv6(extension(ICMPV6, b"\x01\x00" * 1023) + echo6(), OPTIONS)
    assert [129] == [verified(one)[0] for one in given6(stack, packet)]


def test_reserved_bits_are_not_looked_at() -> None:
    """RFC 8200 §4.5: those of a fragment header may be anything."""
    stack = ready6()
    header = bytearray(fragment(ICMPV6, b""))
    header[1], header[3] = 0xFF, header[3] | 6
    assert [129] == [
        verified(one)[0] for one in given6(stack, ipv6(bytes(header) + echo6(), FRAGMENT))
    ]


def test_a_router_alert_is_handed_up() -> None:
    """RFC 2711: its value stands with what the protocol is told."""
    stack = ready6()
    heard: list[int | None] = []

    def tap(_: memoryview, inbound: Inbound) -> None:
        heard.append(inbound.alert)

    stack.registry.space("ipv6.protocol").bind(ICMPV6, tap, "test", "tap")
    alert = extension(ICMPV6, option(5, b"\x00\x00") + b"\x01\x00")
    given6(stack, ipv6(alert + echo6(), HOP_BY_HOP), ipv6(alert + echo6(), OPTIONS))
    assert [0, None] == heard


@pytest.mark.parametrize(
    ("source", "to", "why"),
    [
        ("ff02::5", OURS, "bad_source"),
        (PEER, "::", "bad_destination"),
        ("::1", OURS, "martian"),
        (PEER, "::1", "martian"),
        (PEER, "ff00::1", "bad_scope"),
        (PEER, "ff31::1", "bad_scope"),
        (PEER, "2001:db8::77", "not_for_us"),
        (PEER, "ff02::5", "not_for_us"),
        (PEER_LINK, "fe80::77", "not_for_us"),
    ],
)
def test_addresses_that_cannot_be_are_refused(source: str, to: str, why: str) -> None:
    """RFC 4291 §2: under a name of its own, and without a word."""
    stack = ready6()
    assert [] == given6(stack, ipv6(echo6(source=source, to=to), source=source, to=to))
    assert f"ipv6.{why}" == fate(stack)


@pytest.mark.parametrize("to", ["ff02::1", "ff02::1:ff00:1", OUR_LINK])
def test_groups_of_ours_and_the_address_of_the_link_are_heard(to: str) -> None:
    """RFC 4291 §2.8: all nodes, solicited nodes of each address, and our own."""
    stack = ready6()
    (reply,) = given6(stack, ipv6(echo6(source=PEER_LINK, to=to), source=PEER_LINK, to=to))
    assert "fe80::1" == str(stack.query("ipv6.source", destination=PEER_LINK, interface="tun0"))
    assert 129 == verified(reply)[0]


def test_noise_raises_nothing() -> None:
    """Headers of any kind and length at random: each packet has one outcome, none is a fault."""
    random = Random(6)
    stack = ready6()
    kinds = (HOP_BY_HOP, ROUTING, FRAGMENT, OPTIONS, ICMPV6, NONE, 6, 17, 99)
    packets = [
        ipv6(random.randbytes(random.randrange(120)), random.choice(kinds)) for _ in range(3000)
    ]
    for packet in packets:
        cut = bytearray(packet)
        if len(cut) > 44:
            cut[40], cut[41] = random.choice(kinds), random.randrange(4)
        given6(stack, bytes(cut))
    outcomes = stack.interface("tun0").outcomes
    assert 3000 == sum(outcomes.values())
    assert 0 == outcomes["ipv6.fault"]
    assert stack.layer("ipv6").parts["ipv6.chain"].state_of(()) == "IDLE"


def test_the_message_of_a_stranger_is_not_for_everybody() -> None:
    """A message whose type nobody is bound to is dropped, an unknown error about nothing too."""
    stack = ready6()
    given6(stack, ipv6(icmp6(200)))
    assert "icmpv6.unknown_type" == fate(stack)
