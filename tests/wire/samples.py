"""The formats that the tests of the wire share: netfsm's own, and TCP's, which no layer has yet."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from netfsm.spec.findings import Findings
from netfsm.spec.formats import Format
from netfsm.spec.read_format import read_format
from netfsm.spec.source import parse_source, read_source
from netfsm.wire.codec import Codec, compile_format

ROOT = Path(__file__).parents[2]
FILES = {
    "ethernet.frame": ROOT / "specs/ethernet/frame.yaml",
    "arp.packet": ROOT / "specs/arp/packet.yaml",
    "ipv4.header": ROOT / "specs/ipv4/header.yaml",
    "icmp.message": ROOT / "specs/icmp/message.yaml",
    "udp.datagram": ROOT / "specs/udp/header.yaml",
    "tcp.segment": ROOT / "tests/specs/tcp/header.yaml",
    "demo.packet": ROOT / "tests/specs/demo/packet.yaml",
    "demo.list": ROOT / "tests/specs/demo/list.yaml",
}
NAMES = tuple(FILES)


@cache
def codec(name: str) -> Codec:
    """The codec of one of `FILES`."""
    findings = Findings()
    mapping = read_source(FILES[name], findings)
    layout = None if mapping is None else read_format(mapping, findings)
    assert layout is not None
    assert () == tuple(findings), [finding.render() for finding in findings]
    return compile_format(layout)


def decoded(name: str, octets: bytes, pseudo: int = 0) -> Any:
    """The packet, or the refusal, as an object whose attributes a test may ask for."""
    return codec(name).decode(octets, pseudo=pseudo)


def layout_of(text: str) -> tuple[Format | None, list[str]]:
    """The format in `text`, without its head, and its findings as `line:column CODE`."""
    findings = Findings()
    head = "format: demo.sample\nnetfsm: 1\ntitle: A sample\nref: RFC 791 §3.1\n"
    mapping = parse_source(head + text, "sample.yaml", findings)
    layout = None if mapping is None else read_format(mapping, findings)
    return layout, [f"{f.line - 4}:{f.column} {f.code}" for f in findings]


def sample(text: str) -> Codec:
    """The codec of a format without findings."""
    layout, found = layout_of(text)
    assert layout is not None
    assert [] == found
    return compile_format(layout)
