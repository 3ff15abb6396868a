"""Frames over a socket, in the two framings that QEMU speaks.

`stream`: each frame behind its length in four octets, network order (`-netdev stream`, and the
older `-netdev socket`). `dgram`: a datagram a frame (`-netdev dgram`).
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from netfsm.drivers.address import mac_for
from netfsm.drivers.base import ETHERNET, BaseDriver
from netfsm.errors import TargetError
from netfsm.stack.driver import Rows
from netfsm.wire.checksum import Octets

__all__ = ["Framing", "SocketLink"]

Framing = Literal["stream", "dgram"]

_LARGEST: Final = 65_536 + 18
_BATCH: Final = 64
_BACKLOG: Final = 4 * 1024 * 1024
_PATIENCE: Final = 1_000


class SocketLink(BaseDriver):
    """A connected socket as a link; `SocketLink.pair()` makes two that face each other.

    A stream that says a length beyond 65,554 octets is broken: the link closes and `lost` says
    so, as it does when the peer goes. What a full socket doesn't take is kept up to 4 MiB.
    """

    def __init__(
        self,
        connected: socket.socket,
        framing: Framing = "stream",
        *,
        name: str = "socket",
        mac: bytes | None = None,
        mtu: int = 1500,
        link_type: int = ETHERNET,
    ) -> None:
        super().__init__(mac if mac is not None else mac_for(name), mtu, link_type)
        connected.setblocking(False)
        self._socket = connected
        self._framing = framing
        self._read = bytearray()
        self._unsent = bytearray()
        self._now = 0

    @classmethod
    def pair(cls, framing: Framing = "stream", *, mtu: int = 1500) -> tuple[SocketLink, SocketLink]:
        """Two links that face each other."""
        kind = socket.SOCK_STREAM if framing == "stream" else socket.SOCK_DGRAM
        left, right = socket.socketpair(socket.AF_UNIX, kind)
        return (
            cls(left, framing, name="socket:left", mtu=mtu),
            cls(right, framing, name="socket:right", mtu=mtu),
        )

    @classmethod
    def connect(cls, path: str | Path) -> SocketLink:
        """The link to whoever listens at `path`; the kind of socket tells the framing.

        Raises TargetError where nobody does.
        """
        target = f"socket:{path}"
        for kind, framing in _KINDS:
            link = socket.socket(socket.AF_UNIX, kind)
            try:
                if framing == "dgram":
                    link.bind("")  # an address of our own, so that the peer can answer
                link.connect(str(path))
            except OSError as error:
                link.close()
                if error.errno == errno.EPROTOTYPE and framing == "stream":
                    continue
                remedy = "start the peer first: QEMU listens with server=on"
                raise TargetError(target, error.strerror or str(error), remedy) from error
            return cls(link, framing, name=target)
        raise TargetError(target, "this kind of socket is not supported")

    def fileno(self) -> int | None:
        """The socket's descriptor; None once it is closed."""
        number = self._socket.fileno()
        return number if number >= 0 else None

    def advance(self, now: int) -> None:
        """Try again to send what waits."""
        self._now = now
        if self._unsent:
            self._flush()

    def receive(self) -> Sequence[Octets]:
        """Whole frames that have arrived."""
        if self._socket.fileno() < 0:
            return ()
        return self._datagrams() if self._framing == "dgram" else self._stream()

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:  # noqa: ARG002  # rows stay at home
        """Send a frame; `lost` counts those that can't go, by reason."""
        if self._socket.fileno() < 0:
            self.lost["peer_gone"] += 1
        elif self._framing == "dgram":
            self._send_datagram(frame)
        elif len(self._unsent) + len(frame) > _BACKLOG:
            self.lost["queue_full"] += 1
        else:
            self._send_stream(frame)

    def deadline(self) -> int | None:
        """Soon, while something waits to be sent."""
        return self._now + _PATIENCE if self._unsent else None

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
        self._unsent.clear()
        self._read.clear()

    # ---- datagrams

    def _datagrams(self) -> Sequence[Octets]:
        found: list[bytes] = []
        try:
            while len(found) < _BATCH:
                found.append(self._socket.recv(_LARGEST))
        except BlockingIOError:
            pass
        except OSError:
            self._hang_up()
        return found

    def _send_datagram(self, frame: Octets) -> None:
        try:
            self._socket.send(frame)
        except BlockingIOError:
            self.lost["queue_full"] += 1
        except OSError:
            self.lost["peer_gone"] += 1
            self._hang_up()

    # ---- the stream

    def _stream(self) -> Sequence[Octets]:
        try:
            octets = self._socket.recv(_BATCH * 2048)
        except BlockingIOError:
            return ()
        except OSError:
            octets = b""
        if not octets:
            self._hang_up()
            return ()
        self._read += octets
        return self._frames()

    def _frames(self) -> Sequence[Octets]:
        """Cut the whole frames off what was read."""
        found: list[bytes] = []
        read, at = self._read, 0
        while len(read) >= at + 4:
            size = int.from_bytes(read[at : at + 4], "big")
            if size > _LARGEST:
                self.lost["bad_length"] += 1
                self._hang_up()
                return found
            if len(read) < at + 4 + size:
                break
            found.append(bytes(read[at + 4 : at + 4 + size]))
            at += 4 + size
        del read[:at]
        return found

    def _send_stream(self, frame: Octets) -> None:
        head = len(frame).to_bytes(4, "big")
        if self._unsent:
            self._unsent += head
            self._unsent += frame
            return
        self._sent(b"".join((head, frame)))

    def _flush(self) -> None:
        waiting, self._unsent = bytes(self._unsent), bytearray()
        self._sent(waiting)

    def _sent(self, octets: bytes) -> None:
        try:
            done = self._socket.send(octets)
        except BlockingIOError:
            done = 0
        except OSError:
            self.lost["peer_gone"] += 1
            self._hang_up()
            return
        if done < len(octets):
            self._unsent += octets[done:]

    def _hang_up(self) -> None:
        self.lost["hung_up"] += 1
        self.close()


_KINDS: Final[tuple[tuple[int, Framing], ...]] = (
    (socket.SOCK_STREAM, "stream"),
    (socket.SOCK_DGRAM, "dgram"),
)
