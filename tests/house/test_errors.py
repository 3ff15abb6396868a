"""Errors: the data comes first, the sentence follows from it."""

from __future__ import annotations

import pickle

import pytest

from netfsm import errors
from netfsm.spec.findings import Finding

ONE_OF_EACH: list[tuple[errors.NetfsmError, str]] = [
    (
        errors.BindingConflict("ethernet.ethertype", 0x0806, "arp", "rarp"),
        (
            "ethernet.ethertype 2054 belongs to arp, so rarp can't bind it: "
            "unload arp first, or bind as a tap to see copies"
        ),
    ),
    (
        errors.BadBinding("ipv4.protocol", 256, "u8 ends at 255"),
        "ipv4.protocol 256 can't be bound: u8 ends at 255",
    ),
    (
        errors.NotLoaded("arp", provided_by=("arp",)),
        'layer arp isn\'t loaded: load arp, as in stack.load("arp")',
    ),
    (errors.NotLoaded("sctp"), "layer sctp isn't loaded, and no known spec provides it"),
    (
        errors.Unresolved("eth0", "192.0.2.1"),
        "the link address of 192.0.2.1 on eth0 isn't known yet: try again at the ready event",
    ),
    (
        errors.NoRoute("198.51.100.7"),
        "no route to 198.51.100.7: add an address on its network, or a gateway",
    ),
    (errors.TooBig(1600, 1500), "1600 octets are asked for and the path carries 1500"),
    (errors.LinkDown("eth0"), "the link of eth0 is down: try again when it is up"),
    (
        errors.Unreachable("eth0", "192.0.2.1"),
        "192.0.2.1 on eth0 did not answer a moment ago",
    ),
    (
        errors.BadAddress("192.0.2.7", "it is no address of ours"),
        "192.0.2.7 can't be used: it is no address of ours",
    ),
    (errors.NoBuffers("eth0"), "eth0 has no free buffer: try again at the ready event"),
    (
        errors.ConformanceFailure(
            "arp.neighbour/resolved.reply",
            "neighbour.yaml:88",
            ("RFC 826", "RFC 1122 §2.3.2.1"),
            "a reply to 192.0.2.1",
            "nothing within 1 s",
        ),
        (
            "neighbour.yaml:88: arp.neighbour/resolved.reply (RFC 826, RFC 1122 §2.3.2.1)\n"
            "    wanted: a reply to 192.0.2.1\n"
            "    got:    nothing within 1 s"
        ),
    ),
    (
        errors.TargetError("tap:tap0", "no /dev/net/tun", "load the kernel module tun"),
        "tap:tap0 isn't available: no /dev/net/tun; load the kernel module tun",
    ),
    (errors.TargetError("qemu", "not found"), "qemu isn't available: not found"),
    (
        errors.InternalError("an impossible cell was reached", "connection.yaml:212"),
        (
            "connection.yaml:212: an impossible cell was reached. "
            "This is a bug in netfsm: please report it with this message"
        ),
    ),
]


@pytest.mark.parametrize(("error", "sentence"), ONE_OF_EACH)
def test_each_error_tells_its_sentence(error: errors.NetfsmError, sentence: str) -> None:
    """`str()` of an error is made from its data."""
    assert sentence == str(error)


@pytest.mark.parametrize("error", [error for error, _ in ONE_OF_EACH])
def test_errors_travel_between_processes(error: errors.NetfsmError) -> None:
    """An error that was pickled says the same afterwards."""
    assert str(error) == str(pickle.loads(pickle.dumps(error)))


def test_a_spec_error_tells_all_findings() -> None:
    """Every finding gets its line, with its hint below it."""
    first = Finding("NAME", "error", "arp.yaml", 3, 5, "no state RESOLVD", "did you mean RESOLVED?")
    second = Finding("REF", "error", "arp.yaml", 9, 7, "row a has no ref", "")
    error = errors.SpecError([first, second])
    assert (first, second) == error.findings
    assert (
        "arp.yaml:3:5: NAME no state RESOLVD\n"
        "    did you mean RESOLVED?\n"
        "arp.yaml:9:7: REF row a has no ref"
    ) == str(error)


@pytest.mark.parametrize(
    ("family", "members"),
    [
        (errors.BindingError, {"BindingConflict", "BadBinding", "NotLoaded"}),
        (
            errors.ReserveError,
            {
                "BadAddress",
                "LinkDown",
                "NoBuffers",
                "NoRoute",
                "TooBig",
                "Unreachable",
                "Unresolved",
            },
        ),
    ],
)
def test_families(family: type[errors.NetfsmError], members: set[str]) -> None:
    """The families of the Python interface hold the errors that the design puts there."""
    assert members == {member.__name__ for member in family.__subclasses__()}
