"""RFC 1071 sums against a naive loop, RFC 1624 updates, pseudo-headers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netfsm.wire.checksum import checksum, checksum_update, ones_sum, pseudo_sum, verifies


def naive(data: bytes, initial: int = 0) -> int:
    """The sum as RFC 1071 §4.1 loops, word by word with the carries folded back."""
    total = initial
    for index in range(0, len(data) - 1, 2):
        total += data[index] << 8 | data[index + 1]
    if len(data) & 1:
        total += data[-1] << 8
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@given(st.binary(max_size=200), st.integers(0, 1 << 40))
def test_sum_is_that_of_the_naive_loop(data: bytes, initial: int) -> None:
    """Big integers and the loop agree, also on odd lengths and on both zeros."""
    assert naive(data, initial) == ones_sum(data, initial)
    assert naive(data) == ones_sum(memoryview(data))


def test_example_of_the_rfc() -> None:
    """RFC 1071 §3: 00 01 f2 03 f4 f5 f6 f7 sums to ddf2."""
    assert 0xDDF2 == ones_sum(bytes.fromhex("0001f203f4f5f6f7"))
    assert 0xFFFF - 0xDDF2 == checksum(bytes.fromhex("0001f203f4f5f6f7"))


def test_zeros() -> None:
    """All zero sums to plus zero, so its field is 0xffff; anything else never is."""
    assert 0 == ones_sum(bytes(8))
    assert 0xFFFF == checksum(bytes(8))
    assert 0xFFFF == ones_sum(b"\xff\xff")
    assert 0 == checksum(b"\xff\xff")
    assert not verifies(bytes(8))


@given(st.binary(min_size=4, max_size=80), st.integers(0, 1))
def test_a_checksum_verifies(data: bytes, odd: int) -> None:
    """With its own sum in place, data verifies; with any bit turned it does not."""
    whole = bytearray(data + bytes(len(data) % 2) + b"\x00\x00" + b"\x07" * odd)
    at = len(whole) - 2 - odd
    whole[at : at + 2] = checksum(whole).to_bytes(2, "big")
    assert verifies(whole)
    whole[0] ^= 1
    assert not verifies(whole)


@given(st.binary(min_size=20, max_size=20), st.integers(0, 8), st.integers(0, 0xFFFFFFFF))
def test_update_is_the_sum_anew(data: bytes, word: int, new: int) -> None:
    """RFC 1624: what is updated is what would be computed, but for data that is all zero."""
    changed = bytearray(data)
    at = 2 * word
    old = int.from_bytes(changed[at : at + 4], "big")
    changed[at : at + 4] = new.to_bytes(4, "big")
    if any(data) and any(changed):
        assert checksum(changed) == checksum_update(checksum(data), old, new)


def test_example_of_rfc_1624() -> None:
    """RFC 1624 §4: 0xdd2f with a word changed from 0x5555 to 0x3285 becomes 0x0000."""
    assert 0x0000 == checksum_update(0xDD2F, 0x5555, 0x3285)


def test_pseudo_headers_of_both_families() -> None:
    """The pseudo-header as one number sums like its octets (RFC 768, RFC 8200 §8.1)."""
    old = bytes.fromhex("c0000201 c0000202 0011 000a")
    assert ones_sum(old) == ones_sum(b"", pseudo_sum(0xC0000201, 0xC0000202, 17, 10))
    src, dst = 0x20010DB8 << 96 | 1, 0x20010DB8 << 96 | 2
    new = src.to_bytes(16, "big") + dst.to_bytes(16, "big") + bytes.fromhex("0000000a 0000003a")
    assert ones_sum(new) == ones_sum(b"", pseudo_sum(src, dst, 58, 10))
