"""A TAP of Linux: the kernel's network card on one side, netfsm on the other.

Linux Documentation/networking/tuntap.rst. The device is opened without packet information
(IFF_NO_PI) and, where offloads are wanted, with a virtio-net header before each frame
(IFF_VNET_HDR): the kernel then takes and gives checksums that are not finished and TCP segments of
up to 64 KB. A frame is read by one call into octets of its own, which whoever keeps the payload may
keep, and written by one call from where it was built.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from collections.abc import Sequence
from typing import Final

from netfsm.drivers import virtio
from netfsm.drivers.address import mac_for
from netfsm.drivers.base import BaseDriver
from netfsm.errors import TargetError
from netfsm.stack.driver import Capability, Rows
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets
from netfsm.wire.offload import Received

__all__ = ["Tap", "interface_mac", "interface_mtu"]

_DEVICE: Final = "/dev/net/tun"
_TUNSETIFF: Final = 0x400454CA
_TUNSETOFFLOAD: Final = 0x400454D0
_TUNSETVNETHDRSZ: Final = 0x400454D8
_OFFLOADS: Final = 0x01 | 0x02 | 0x04
"""TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6: what the kernel may leave to us."""
_IFF_TAP: Final = 0x0002
_IFF_NO_PI: Final = 0x1000
_IFF_VNET_HDR: Final = 0x4000
_SIOCGIFMTU: Final = 0x8921
_SIOCGIFHWADDR: Final = 0x8927
_LONGEST_NAME: Final = 15
_LARGEST: Final = 65_536 + 18 + virtio.OCTETS
_BATCH: Final = 64
_HELP: Final = Capability.CHECKSUM | Capability.SEGMENTATION
_BY_ROOT: Final = "run as root, or have root do: ip tuntap add {name} mode tap user $USER"
_REMEDIES: Final = {
    errno.ENOENT: "load the kernel module tun (modprobe tun)",
    errno.EPERM: _BY_ROOT,
    errno.EACCES: _BY_ROOT,
    errno.EBUSY: "another program has it open: end that, or take another name",
    errno.EINVAL: "a link of that name is there and no TAP: take another name",
}


class Tap(BaseDriver):
    """The TAP called `name`, made where it is not there yet (which needs CAP_NET_ADMIN).

    The kernel's end is the user's to configure: `ip addr`, `ip link set NAME up`. Without
    `offload` every frame is whole, as on a wire. Raises TargetError where the device can't be had,
    with what would help.
    """

    def __init__(self, name: str, mac: bytes | None = None, *, offload: bool = True) -> None:
        if not 0 < len(name.encode()) <= _LONGEST_NAME:
            raise TargetError(f"tap:{name}", "a link's name has 1 to 15 octets")
        self.name = name
        self._fd = _open(name, offload=offload)
        self._offload = offload
        kernel = interface_mac(name)
        super().__init__(
            mac if mac is not None else mac_for(name, kernel),
            interface_mtu(name),
            capabilities=_HELP if offload else Capability(0),
        )
        if self.mac == kernel:
            self.close()
            raise TargetError(f"tap:{name}", "its address is the kernel's own", "give another mac")

    def fileno(self) -> int | None:
        """The TAP's descriptor; None once it is closed."""
        return self._fd if self._fd >= 0 else None

    def receive(self) -> Sequence[Received]:
        """Frames that the kernel has sent, at most a batch of 64."""
        found: list[bytes] = []
        fd = self._fd
        try:
            while len(found) < _BATCH:
                found.append(os.read(fd, _LARGEST))
        except BlockingIOError:
            pass
        except OSError as error:
            self._gone(error)
        return self._understood(found) if self._offload else found

    def _understood(self, found: list[bytes]) -> list[Received]:
        """The frames behind their headers; those whose header makes no sense are counted."""
        frames: list[Received] = []
        for octets in found:
            frame = virtio.received(octets)
            if frame is None:
                self.lost["bad_header"] += 1
            else:
                frames.append(frame)
        return frames

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """Give the kernel a frame. `lost` counts those that it doesn't take, by reason."""
        self._write((virtio.NOTHING, frame) if self._offload else (frame,))

    def launch(self, buffer: Buffer, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """Give the kernel what was built in a buffer, unfinished and uncut where it is so."""
        self._write((virtio.written(buffer) if self._offload else buffer.view,))

    def _write(self, octets: Sequence[Octets]) -> None:
        try:
            os.writev(self._fd, octets)
        except BlockingIOError:
            self.lost["queue_full"] += 1
        except OSError as error:
            self._gone(error)

    def close(self) -> None:
        """Give the device back; one that was made by us goes."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _gone(self, error: OSError) -> None:
        """Count a link that is down; one that was taken away, or closed, is an error."""
        if error.errno == errno.EIO:
            self.lost["link_down"] += 1
            return
        remedy = "the link was taken away: make it again"
        raise TargetError(f"tap:{self.name}", error.strerror or str(error), remedy) from error


def _open(name: str, *, offload: bool) -> int:
    try:
        fd = os.open(_DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unavailable(name, error) from error
    try:
        flags = _IFF_TAP | _IFF_NO_PI | (_IFF_VNET_HDR if offload else 0)
        fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
        if offload:
            fcntl.ioctl(fd, _TUNSETVNETHDRSZ, struct.pack("i", virtio.OCTETS))
        fcntl.ioctl(fd, _TUNSETOFFLOAD, _OFFLOADS if offload else 0)
    except OSError as error:
        os.close(fd)
        raise _unavailable(name, error) from error
    return fd


def _unavailable(name: str, error: OSError) -> TargetError:
    remedy = _REMEDIES.get(error.errno or 0, "").format(name=name)
    return TargetError(f"tap:{name}", error.strerror or str(error), remedy)


def interface_mac(name: str) -> bytes:
    """The kernel's hardware address of a link. OSError where there is none of that name."""
    return _ask(name, _SIOCGIFHWADDR)[18:24]


def interface_mtu(name: str) -> int:
    """The kernel's MTU of a link. OSError where there is none of that name."""
    found: int = struct.unpack_from("i", _ask(name, _SIOCGIFMTU), 16)[0]
    return found


def _ask(name: str, request: int) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        return fcntl.ioctl(asked, request, struct.pack("16s24x", name.encode()))
