"""A link whose only station is ourselves: what is sent arrives."""

from __future__ import annotations

from netfsm.drivers.base import LOOPBACK
from netfsm.drivers.wire import WireEnd

__all__ = ["Loopback"]


class Loopback(WireEnd):
    """Both ends of a wire in one; 65,536 octets a packet, as Linux has it."""

    def __init__(self, *, mtu: int = 65536, link_type: int = LOOPBACK, mac: bytes = b"") -> None:
        super().__init__(mac, mtu, link_type)
