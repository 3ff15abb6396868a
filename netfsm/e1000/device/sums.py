"""What the card says of the checksums of a packet that came in."""

from __future__ import annotations

from typing import Final

from netfsm.wire.checksum import ones_sum, pseudo_sum, verifies

__all__ = ["IGNORE", "IP_BAD", "IP_SEEN", "UPPER_BAD", "UPPER_SEEN", "judged"]

IGNORE: Final = 0x04
UPPER_SEEN: Final = 0x20
IP_SEEN: Final = 0x40
UPPER_BAD: Final = 0x20
IP_BAD: Final = 0x40


def judged(frame: bytes, ip: bool, upper: bool) -> tuple[int, int]:
    """Bits of status and of errors: which checksums were looked at, and which are wrong.

    `ip` and `upper` tell what RXCSUM asks for. A packet that is no whole IPv4 packet is not looked
    at, nor is the upper layer of a fragment.
    """
    if not (ip or upper) or frame[12:14] != b"\x08\x00" or len(frame) < 34:
        return IGNORE, 0
    size = (frame[14] & 15) * 4
    total = int.from_bytes(frame[16:18], "big")
    if frame[14] >> 4 != 4 or size < 20 or total < size or len(frame) < 14 + total:
        return IGNORE, 0
    status, errors = (IP_SEEN, 0) if ip else (0, 0)
    if ip and not verifies(frame[14 : 14 + size]):
        errors |= IP_BAD
    body = frame[14 + size : 14 + total]
    fragment = int.from_bytes(frame[20:22], "big") & 0x3FFF
    protocol = frame[23]
    if upper and not fragment and protocol in (6, 17) and len(body) >= 8:
        if protocol == 17 and body[6:8] == b"\0\0":
            return status, errors
        status |= UPPER_SEEN
        source, to = (int.from_bytes(frame[n : n + 4], "big") for n in (26, 30))
        if ones_sum(body, pseudo_sum(source, to, protocol, len(body))) != 0xFFFF:
            errors |= UPPER_BAD
    return status, errors
