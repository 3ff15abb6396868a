"""Cuts a large TCP segment into those that a link carries, as a network card would.

Each piece is headers and text in octets of its own. Headers are one template: what differs from
piece to piece is written over it, and its checksums start from the template's sum, so that only
the text itself is summed anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct
from typing import Final, NamedTuple

from netfsm.wire.checksum import Octets
from netfsm.wire.offload import Offload, finished

__all__ = ["cut", "whole_frames"]

_TCP: Final = 6
_LEAST: Final = 20
_FIN, _PSH, _CWR = 0x01, 0x08, 0x80
_TWO: Final = Struct(">HH")
"""Total length and identification of IPv4 (RFC 791 §3.1)."""
_WORD: Final = Struct(">H")
_SEQUENCE: Final = Struct(">I")
_from_bytes = int.from_bytes


class _Template(NamedTuple):
    """The headers of all pieces, and their sums without what differs (numbers modulo 65535).

    `tcp` is where the TCP header begins, `text` where it ends. `ip_sum` is 0 for IPv6.
    """

    head: bytes
    network: int
    tcp: int
    text: int
    version: int
    identification: int
    ip_sum: int
    sequence: int
    flags: int
    tcp_sum: int


def whole_frames(frame: Octets, offload: Offload) -> Sequence[Octets]:
    """`frame` as frames that need no more help: cut where it may be, all checksums whole."""
    if offload.segment:
        return cut(frame, offload)
    return (finished(frame, offload),)


def cut(frame: Octets, offload: Offload) -> list[bytearray]:
    """The segments of `frame`, in order, with whole checksums.

    Identification goes up by one, the sequence number by the text; FIN and PSH stay with the last
    piece, CWR with the first (RFC 3168 §6.1.2). ValueError where the headers are not those of TCP
    over IPv4 or IPv6, or not where `offload` says.
    """
    template = _template(frame, offload)
    text = memoryview(frame)[template.text :]
    size, end = offload.segment, len(text)
    if end <= size:
        return [_piece(template, 0, text, template.flags)]
    middle = template.flags & ~(_FIN | _PSH | _CWR)
    pieces = [_piece(template, 0, text[:size], template.flags & ~(_FIN | _PSH))]
    at = size
    while at + size < end:
        pieces.append(_piece(template, at, text[at : at + size], middle, len(pieces)))
        at += size
    pieces.append(_piece(template, at, text[at:], template.flags & ~_CWR, len(pieces)))
    return pieces


def _piece(
    template: _Template, at: int, text: memoryview, flags: int, number: int = 0
) -> bytearray:
    """Piece `number`, whose text begins at octet `at` of the whole."""
    head, network, tcp, start, version, first, ip_sum, sequence, _, tcp_sum = template
    octets = len(text)
    piece = bytearray(head)
    piece += text
    if version == 4:
        total = start - network + octets
        identification = (first + number) & 0xFFFF
        value = -(ip_sum + total + identification) % 65535
        _TWO.pack_into(piece, network + 2, total, identification)
        _WORD.pack_into(piece, network + 10, value)
    else:
        _WORD.pack_into(piece, network + 4, start - network - 40 + octets)
    sequence = (sequence + at) & 0xFFFFFFFF
    _SEQUENCE.pack_into(piece, tcp + 4, sequence)
    piece[tcp + 13] = flags
    total = _from_bytes(text) << 8 if octets & 1 else _from_bytes(text)
    total += tcp_sum + sequence + flags + start - tcp + octets
    _WORD.pack_into(piece, tcp + 16, -total % 65535)
    return piece


def _template(frame: Octets, offload: Offload) -> _Template:
    """What all pieces have in common. ValueError for headers that are not there."""
    network, tcp = offload.network, offload.sum_start
    try:
        version = frame[network] >> 4
        text = tcp + (frame[tcp + 12] >> 4) * 4
        least = {4: 20, 6: 40}[version]
    except (IndexError, KeyError):
        raise ValueError("no IP and TCP headers lie where the frame is said to have them") from None
    if offload.segment < 1 or tcp < network + least or not tcp + _LEAST <= text <= len(frame):
        raise ValueError("no IP and TCP headers lie where the frame is said to have them")
    head = bytearray(frame[:text])
    first = 0
    if version == 4:
        first = _WORD.unpack_from(head, network + 4)[0]
        _TWO.pack_into(head, network + 2, 0, 0)
        _WORD.pack_into(head, network + 10, 0)
        ends = head[network + 12 : network + 20]
    else:
        ends = head[network + 8 : network + 40]
    sequence, flags = _SEQUENCE.unpack_from(head, tcp + 4)[0], head[tcp + 13]
    _SEQUENCE.pack_into(head, tcp + 4, 0)
    head[tcp + 13] = 0
    _WORD.pack_into(head, tcp + 16, 0)
    return _Template(
        bytes(head),
        network,
        tcp,
        text,
        version,
        first,
        _from_bytes(head[network:tcp]) % 65535,
        sequence,
        flags,
        (_from_bytes(ends) + _TCP + _from_bytes(head[tcp:])) % 65535,
    )
