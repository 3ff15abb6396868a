"""What drivers have in common: nothing to wait for, nothing to give back, lost frames counted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

from netfsm.stack.driver import Capability, Driver, Rows
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets
from netfsm.wire.offload import Received

__all__ = ["ETHERNET", "ETHERNET_HEADER", "LOOPBACK", "RAW", "BaseDriver", "Wrapper"]

ETHERNET: Final = 1
LOOPBACK: Final = 772
RAW: Final = 65534
ETHERNET_HEADER: Final = 14


class BaseDriver(ABC):
    """A driver with its defaults. `lost` counts frames that could not be sent, by reason."""

    def __init__(
        self,
        mac: bytes,
        mtu: int,
        link_type: int = ETHERNET,
        capabilities: Capability = Capability(0),  # noqa: B008  # a constant: no capability
    ) -> None:
        self.mac = mac
        self.mtu = mtu
        self.link_type = link_type
        self.capabilities = capabilities
        self.lost: Counter[str] = Counter()

    def fileno(self) -> int | None:
        """No descriptor; `deadline` tells when frames wait."""
        return None

    def on_arrival(self, call: Callable[[], None] | None) -> None:  # noqa: B027  # a default
        """Nothing comes but what the descriptor or the deadline tells."""

    def advance(self, now: int) -> None:  # noqa: B027  # a default
        """Time means nothing to most drivers."""

    @abstractmethod
    def receive(self) -> Sequence[Received]:
        """Frames that arrived, oldest first."""

    def told(self, rows: Sequence[Rows]) -> None:  # noqa: B027  # a default
        """Rows mean nothing to most drivers."""

    @abstractmethod
    def transmit(self, frame: Octets, rows: Rows = ()) -> None:
        """Send a frame."""

    def lend(self) -> Sequence[Buffer]:
        """None: packets are built in the stack's buffers."""
        return ()

    def launch(self, buffer: Buffer, rows: Rows = ()) -> None:
        """Send what was built in a buffer of the stack's."""
        self.transmit(buffer.view, rows)

    def deadline(self) -> int | None:
        """Never, but for what the descriptor says."""
        return None

    def close(self) -> None:  # noqa: B027  # a default
        """Nothing was lent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Wrapper(BaseDriver):
    """A driver around another: everything goes on to `inner` unless it is replaced.

    It can do what `inner` can, or what `capabilities` says.
    """

    def __init__(self, inner: Driver, capabilities: Capability | None = None) -> None:
        able = inner.capabilities if capabilities is None else capabilities
        super().__init__(inner.mac, inner.mtu, inner.link_type, able)
        self.inner = inner

    def fileno(self) -> int | None:
        """The inner driver's."""
        return self.inner.fileno()

    def on_arrival(self, call: Callable[[], None] | None) -> None:
        """As the driver inside has it."""
        self.inner.on_arrival(call)

    def advance(self, now: int) -> None:
        """Say what time it is."""
        self.inner.advance(now)

    def told(self, rows: Sequence[Rows]) -> None:
        """Hand the rows on."""
        self.inner.told(rows)

    def deadline(self) -> int | None:
        """The inner driver's."""
        return self.inner.deadline()

    def close(self) -> None:
        """Close the inner driver."""
        self.inner.close()
