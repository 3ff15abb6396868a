"""A driver that writes down what passes through another, as pcapng."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from netfsm.drivers.base import Wrapper
from netfsm.drivers.pcapng import PcapngWriter, Way
from netfsm.stack.driver import Driver, Rows
from netfsm.wire.buffer import Buffer
from netfsm.wire.checksum import Octets
from netfsm.wire.offload import Arrival, Received, finished

__all__ = ["CaptureFile", "Pcap"]


class CaptureFile:
    """A pcapng file that several interfaces may share. Raises OSError where it can't be made.

    `epoch` is what the wall clock says at the shell's time 0, in microseconds since 1970; without
    it times are those of the shell, and two runs of one simulation give the same file.
    """

    def __init__(self, path: Path | str, epoch: int = 0) -> None:
        self.epoch = epoch
        self._file: BinaryIO = Path(path).open("wb")  # noqa: SIM115  # open as long as the capture runs
        self.writer = PcapngWriter(self._file)

    def flush(self) -> None:
        """Let readers see what was written."""
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        """Finish the file. Closing twice is harmless."""
        self._file.close()


class Pcap(Wrapper):
    """`inner` with a capture of it: `Pcap(Tap("tap0"), "run.pcapng")`.

    What is written has whole checksums, also where the frame itself left or came with a partial
    one; a segment that the driver inside cuts, or joined, is written as the one that it is.
    Time stamps are those that the shell says by `advance`. With a traced stack each packet has a
    comment: the rows that it took, or that sent it. A file given as a path is closed with the
    driver, a CaptureFile is its owner's.
    """

    def __init__(self, inner: Driver, file: CaptureFile | Path | str, name: str = "eth0") -> None:
        super().__init__(inner)
        self._own = not isinstance(file, CaptureFile)
        self.file = file if isinstance(file, CaptureFile) else CaptureFile(file)
        self._number = self.file.writer.interface(name, inner.link_type)
        self._waiting: list[tuple[int, bytes]] = []
        self._now = 0
        self._closed = False

    def advance(self, now: int) -> None:
        """Stamp what follows with `now`."""
        self._settle()
        self._now = now
        self.inner.advance(now)

    def receive(self) -> Sequence[Received]:
        """Frames of the inner driver; written when their rows are told, or time goes on."""
        self._settle()
        frames = self.inner.receive()
        self._waiting.extend((self._now, _written(frame)) for frame in frames)
        return frames

    def told(self, rows: Sequence[Rows]) -> None:
        """Write the frames that wait, each with the rows that it took."""
        waiting, self._waiting = self._waiting, []
        for (time, frame), taken in zip(waiting, rows, strict=True):
            self._write(time, frame, "in", taken)
        self.inner.told(rows)

    def transmit(self, frame: Octets, rows: Rows = ()) -> None:
        """Write the frame and send it."""
        self._settle()
        self._write(self._now, frame, "out", rows)
        self.inner.transmit(frame, rows)

    def lend(self) -> Sequence[Buffer]:
        """Those of the driver inside."""
        return self.inner.lend()

    def launch(self, buffer: Buffer, rows: Rows = ()) -> None:
        """Write the frame and send it from where it was built."""
        self._settle()
        self._write(self._now, finished(buffer.view, buffer.offload), "out", rows)
        self.inner.launch(buffer, rows)

    def close(self) -> None:
        """Write what waits, and close the inner driver, and the file where it is ours."""
        if not self._closed:
            self._closed = True
            self._settle()
            self.file.flush()
            if self._own:
                self.file.close()
        self.inner.close()

    def _settle(self) -> None:
        for time, frame in self._waiting:
            self._write(time, frame, "in", ())
        self._waiting.clear()

    def _write(self, time: int, frame: Octets, way: Way, rows: Rows) -> None:
        time += self.file.epoch
        self.file.writer.packet(self._number, time, frame, way, ", ".join(rows))


def _written(frame: Received) -> bytes:
    if isinstance(frame, Arrival):
        return finished(frame.octets, frame.offload)
    return bytes(frame)
