"""QEMU's multi-process messages, as both ends speak them (QEMU, docs/system/multi-process).

A message is a head of 16 octets (command, size), then so many octets, in the byte order of x86-64.
Descriptors travel with the head. The format is the same for whoever drives QEMU's card and for who
puts a card of its own behind QEMU.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from netfsm.e1000.bus import BusError

__all__ = ["BAR", "CONFIG", "LARGEST", "MEMORY", "RETURN", "Command", "Message", "receive", "send"]

_HEAD: Final = struct.Struct("<i4xQ")
CONFIG: Final = struct.Struct("<IIi")
"""Offset, value, octets."""
BAR: Final = struct.Struct("<QQIB3x")
"""Address (absolute), value, octets, 1 for memory and 0 for ports."""
RETURN: Final = struct.Struct("<Q")
MEMORY: Final = struct.Struct("<8Q8Q8Q")
"""For each descriptor: guest address, octets, offset in the file."""
LARGEST: Final = 4096
_DESCRIPTORS: Final = 8


class Command(IntEnum):
    """What a message is."""

    SYNC_SYSMEM = 0
    RET = 1
    CONFIG_WRITE = 2
    CONFIG_READ = 3
    BAR_WRITE = 4
    BAR_READ = 5
    SET_IRQFD = 6
    DEVICE_RESET = 7


class Message(NamedTuple):
    """A message: its command by number, octets and descriptors, which are the receiver's."""

    command: int
    data: bytes
    descriptors: tuple[int, ...] = ()


def send(
    link: socket.socket, command: Command, data: bytes = b"", descriptors: Sequence[int] = ()
) -> None:
    """Send a message whole. Raises BusError where the other end is gone."""
    octets = _HEAD.pack(command, len(data)) + data
    try:
        if descriptors:
            sent = socket.send_fds(link, [octets], list(descriptors))
            link.sendall(octets[sent:])
        else:
            link.sendall(octets)
    except OSError as error:
        raise BusError(f"QEMU is gone: {error.strerror}") from error


def receive(link: socket.socket) -> Message:
    """Wait for a message. Raises BusError at the end, and for one that is larger than any is."""
    head, descriptors = _head(link)
    command, size = _HEAD.unpack(head)
    if size > LARGEST:
        _close(descriptors)
        raise BusError(f"a message of {size} octets is none of the protocol's")
    try:
        data = _exactly(link, size)
    except BusError:
        _close(descriptors)
        raise
    return Message(command, data, tuple(descriptors))


def _head(link: socket.socket) -> tuple[bytes, list[int]]:
    try:
        octets, descriptors, _, _ = socket.recv_fds(link, _HEAD.size, _DESCRIPTORS)
    except OSError as error:
        raise BusError(f"QEMU is gone: {error.strerror}") from error
    if not octets:
        raise BusError("QEMU has hung up")
    try:
        return octets + _exactly(link, _HEAD.size - len(octets)), descriptors
    except BusError:
        _close(descriptors)
        raise


def _exactly(link: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        try:
            more = link.recv(size - len(found))
        except OSError as error:
            raise BusError(f"QEMU is gone: {error.strerror}") from error
        if not more:
            raise BusError("QEMU has hung up in the middle of a message")
        found += more
    return found


def _close(descriptors: Sequence[int]) -> None:
    for each in descriptors:
        os.close(each)
