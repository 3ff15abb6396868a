"""Every frame of every capture decodes or is refused for a reason that its format lists."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dpkt
import pytest

from netfsm.wire.hexview import hex_view
from netfsm.wire.refusal import Refusal
from tests.wire.samples import codec

ETHERNET, RAW = 1, 101


def captures() -> list[Path]:
    """The files under NETFSM_CAPTURES."""
    folder = os.environ.get("NETFSM_CAPTURES")
    if not folder:
        pytest.skip("NETFSM_CAPTURES names no folder of captures")
    files = sorted(p for p in Path(folder).rglob("*") if p.suffix in (".pcap", ".pcapng", ".cap"))
    assert files, f"NETFSM_CAPTURES={folder} holds no capture"
    return files


def frames(path: Path) -> Iterator[tuple[int, bytes]]:
    """Link type and octets of each frame, as far as the file can be read."""
    with path.open("rb") as file:
        try:
            reader = dpkt.pcap.UniversalReader(file)
            for _, frame in reader:
                yield reader.datalink(), bytes(frame)
        except (ValueError, dpkt.Error, OSError):
            return  # a broken file: these captures are of broken things


def walk(link: int, frame: bytes, found: Counter[str]) -> None:
    """Decode a frame layer by layer, counting what each layer says."""
    if link == ETHERNET:
        outer = step("ethernet.frame", frame, 0, found)
        if outer is not None and outer.type == 0x0806:
            step("arp.packet", outer.payload, 0, found)
        if outer is None or outer.type != 0x0800:
            return
        frame = outer.payload
    datagram = step("ipv4.header", frame, 0, found)
    if datagram is None or datagram.MF or datagram.offset:
        return
    upper = {1: "icmp.message", 6: "tcp.segment", 17: "udp.datagram"}.get(datagram.protocol)
    if upper is not None:
        step(upper, datagram.payload, datagram.src + datagram.dst, found)


def step(name: str, octets: bytes, pseudo: int, found: Counter[str]) -> Any:
    """One layer: the packet, or None for a refusal, which must be one that the format lists."""
    packet = codec(name).decode(octets, pseudo=pseudo)
    assert hex_view(codec(name).format, octets) or not octets
    if isinstance(packet, Refusal):
        assert packet.reason in codec(name).format.reasons
        found[str(packet)] += 1
        return None
    found[f"{name}: decoded"] += 1
    return packet


@pytest.mark.slow
def test_every_captured_frame_decodes_or_is_refused_by_name() -> None:
    """No frame raises; most decode, and what is refused is refused for a listed reason."""
    found: Counter[str] = Counter()
    for path in captures():
        for link, frame in frames(path):
            if link in (ETHERNET, RAW):
                walk(link, frame, found)
    assert found["ethernet.frame: decoded"] > 1000
    assert found["ipv4.header: decoded"] > 1000
    assert found["tcp.segment: decoded"] > 100
