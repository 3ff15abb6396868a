"""What is known of a frame besides its octets: its checksum, and how it may be cut.

Cards and kernels leave work to one another: the sum of the pseudo-header stands in the checksum
field and the next one adds the rest; a segment of up to 64 KB travels as one and is cut where the
MTU begins to matter. The words are those of the virtio-net header (virtio 1.2 §5.1.6).
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from attrs import define

from netfsm.wire.checksum import Octets, ones_sum

__all__ = ["PLAIN", "Arrival", "ChecksumState", "Offload", "Received", "finished", "lasting"]


class ChecksumState(Enum):
    """What is known of the checksum of the transport layer in a buffer."""

    UNKNOWN = "unknown"
    """Nobody has looked."""
    PARTIAL = "partial"
    """The field holds the sum of the pseudo-header; whoever sends adds the rest."""
    VALID = "valid"
    """Verified, or whole."""


class Offload(NamedTuple):
    """What travels beside a frame. Places are octets from the frame's start.

    With checksum PARTIAL the sum runs from `sum_start` to the end, and its field lies `sum_offset`
    behind that. A frame with a `segment` is of TCP and to be cut, or was joined, into pieces of so
    many octets of text each; its IP header begins at `network`, its TCP header at `sum_start`.
    """

    checksum: ChecksumState = ChecksumState.UNKNOWN
    sum_start: int = 0
    sum_offset: int = 0
    segment: int = 0
    network: int = 0

    def within(self, octets: int) -> Offload:
        """The same of what follows the first `octets` of the frame."""
        return self._replace(
            sum_start=self.sum_start - octets if self.sum_start else 0,
            network=self.network - octets if self.segment else 0,
        )

    @property
    def trusted(self) -> bool:
        """True where nobody needs to verify it: it was never on a wire, or somebody has."""
        return self.checksum is not ChecksumState.UNKNOWN


PLAIN: Final = Offload()
"""Nothing is known."""


@define(eq=False)
class Arrival:
    """A frame from a driver that knows something of it. `bytes` gives its octets as they stand."""

    octets: Octets
    offload: Offload

    def __len__(self) -> int:
        """Octets of the frame."""
        return len(self.octets)

    def __bytes__(self) -> bytes:
        """A copy of the frame."""
        return bytes(self.octets)


Received = Octets | Arrival
"""What drivers give: octets of which nothing is known, or an `Arrival`."""


def finished(frame: Octets, offload: Offload) -> bytes:
    """A copy of `frame` with a whole checksum where it was partial.

    The field is never zero, which would say "none" in UDP (RFC 768).
    """
    octets = bytearray(frame)
    if offload.checksum is ChecksumState.PARTIAL:
        finish(octets, offload.sum_start, offload.sum_offset, len(octets))
    return bytes(octets)


def finish(data: bytearray | memoryview, start: int, offset: int, end: int) -> None:
    """Write the whole checksum of data[start:end] at data[start + offset] over the partial one."""
    total = ones_sum(memoryview(data)[start:end])
    at = start + offset
    data[at : at + 2] = ((65535 - total) or 65535).to_bytes(2)


def lasting(octets: memoryview) -> memoryview:
    """`octets` for keeps: as they are where they can't change, copied where a driver's room is.

    A frame that was delivered in `bytes` is its receiver's for ever; in anything else it is the
    driver's again when the step is over.
    """
    return octets if octets.readonly else memoryview(bytes(octets))
