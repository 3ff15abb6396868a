"""A link of Linux through a packet socket (packet(7)): a veth, or a network card.

Segments that the kernel sends on a veth may have a transport checksum that is not finished yet:
`ethtool -K LINK tx off` on the far end makes them whole.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Sequence
from typing import Final

from netfsm.drivers.address import mac_for
from netfsm.drivers.base import BaseDriver
from netfsm.drivers.tap import interface_mac, interface_mtu
from netfsm.errors import TargetError
from netfsm.stack.driver import Rows
from netfsm.wire.checksum import Octets

__all__ = ["Packet"]

_ALL: Final = 0x0003
_OUTGOING: Final = 4
_SOL_PACKET: Final = 263
_ADD_MEMBERSHIP: Final = 1
_PROMISCUOUS: Final = 1
_LARGEST: Final = 65_536 + 18
_BATCH: Final = 64


class Packet(BaseDriver):
    """The link called `name`, shared with the kernel; our own address beside the kernel's.

    The link is made promiscuous while the driver is open. Raises TargetError where it can't be had.
    """

    def __init__(self, name: str, mac: bytes | None = None) -> None:
        self.name = name
        self._socket = _open(name)
        kernel = interface_mac(name)
        own = mac if mac is not None else mac_for(f"packet:{name}", kernel)
        super().__init__(own, interface_mtu(name))

    def fileno(self) -> int | None:
        """The socket's descriptor; None once it is closed."""
        number = self._socket.fileno()
        return number if number >= 0 else None

    def receive(self) -> Sequence[Octets]:
        """Frames that came in by the link, at most 64; what left by it is passed over."""
        found: list[bytes] = []
        try:
            while len(found) < _BATCH:
                frame, source = self._socket.recvfrom(_LARGEST)
                if source[2] != _OUTGOING:
                    found.append(frame)
        except BlockingIOError:
            pass
        except OSError as error:
            self._gone(error)
        return found

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """Send a frame by the link. `lost` counts those that it doesn't take, by reason."""
        try:
            self._socket.send(frame)
        except BlockingIOError:
            self.lost["queue_full"] += 1
        except OSError as error:
            self._gone(error)

    def close(self) -> None:
        """Give the link back."""
        self._socket.close()

    def _gone(self, error: OSError) -> None:
        if error.errno == errno.ENETDOWN:
            self.lost["link_down"] += 1
        elif error.errno == errno.ENOBUFS:
            self.lost["queue_full"] += 1
        elif error.errno == errno.EMSGSIZE:
            self.lost["too_big"] += 1
        else:
            reason = error.strerror or str(error)
            raise TargetError(f"packet:{self.name}", reason, "the link was taken away") from error


def _open(name: str) -> socket.socket:
    target = f"packet:{name}"
    try:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
    except PermissionError as error:
        raise TargetError(target, "Operation not permitted", "run as root (CAP_NET_RAW)") from error
    try:
        opened.bind((name, _ALL))
        request = struct.pack("iHH8x", socket.if_nametoindex(name), _PROMISCUOUS, 0)
        opened.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, request)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        known = ", ".join(link for _, link in socket.if_nameindex())
        raise TargetError(target, error.strerror or str(error), f"links are {known}") from error
    return opened
