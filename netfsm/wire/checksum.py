"""The Internet checksum (RFC 1071) by the arithmetic of big integers.

2**16 is 1 modulo 65535, so the ones' complement sum of 16-bit words is the whole number modulo
65535. Only its two zeros need care: a sum is 0 where every octet is zero and 65535 else.
"""

from __future__ import annotations

__all__ = ["Octets", "checksum", "checksum_update", "ones_sum", "pseudo_sum", "verifies"]

Octets = bytes | bytearray | memoryview


def ones_sum(data: Octets, initial: int = 0) -> int:
    """The ones' complement sum of 16-bit words, 0 to 65535; an odd last octet counts as the high.

    `initial` is added: a sum made before over a whole number of words, or any number of words read
    as one number (a pseudo-header).
    """
    number = int.from_bytes(data, "big")
    if len(data) & 1:
        number <<= 8
    number += initial
    return number % 65535 or (65535 if number else 0)


def checksum(data: Octets, initial: int = 0) -> int:
    """The value of the checksum field for `data`, whose own checksum octets are zero."""
    return 65535 - ones_sum(data, initial)


def verifies(data: Octets, initial: int = 0) -> bool:
    """True if `data`, which holds its checksum, sums to minus zero (RFC 1071 §1)."""
    return ones_sum(data, initial) == 65535


def checksum_update(value: int, old: int, new: int) -> int:
    """The checksum after words `old` became `new`, without the data (RFC 1624 §3, equation 3).

    `old` and `new` are numbers of any equal count of 16-bit words at an even offset. Not all of
    the data may be zero: no sum is plus zero then, and the field never 0xffff.
    """
    return (value + old - new) % 65535


def pseudo_sum(source: int, destination: int, protocol: int, length: int) -> int:
    """The pseudo-header as one number for `initial` (RFC 9293 §3.1, RFC 768, RFC 8200 §8.1).

    Addresses are numbers of 32 or 128 bits; `length` counts header and data of the upper layer.
    """
    return source + destination + protocol + length
