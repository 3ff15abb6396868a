"""Captures: written, read back, refused where they are broken, and read by tshark."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import dpkt
import pytest

from netfsm import programs
from netfsm.drivers import CaptureFile, Pcap, Replay, Wire
from netfsm.drivers.pcapng import BadCapture, CapturedPacket, PcapngReader, PcapngWriter
from netfsm.errors import TargetError

ARP = bytes.fromhex(
    "ffffffffffff020000000009080600010800060400010200000000 09c0000201000000000000c0000202"
)


def capture() -> bytes:
    """A capture with two interfaces and three packets."""
    file = io.BytesIO()
    writer = PcapngWriter(file)
    first, second = writer.interface("eth0", 1), writer.interface("lo", 772)
    writer.packet(first, 1_700_000_000_123_456, b"odd", "in", "a/row\nb/row")
    writer.packet(second, 2, b"even", "out")
    writer.packet(first, 3, b"", "")
    return file.getvalue()


def test_what_is_written_is_read_back() -> None:
    """Time, interface, direction, comment and octets survive."""
    reader = PcapngReader(io.BytesIO(capture()))
    assert [
        CapturedPacket(1_700_000_000_123_456, 0, b"odd", "in", "a/row\nb/row"),
        CapturedPacket(2, 1, b"even", "out"),
        CapturedPacket(3, 0, b""),
    ] == list(reader)
    assert ("eth0", "lo") == reader.names
    assert (1, 101) == reader.link_types


def test_every_truncation_is_told() -> None:
    """A capture cut off anywhere but between blocks is a BadCapture, never another error."""
    whole = capture()
    readable: list[int] = []
    for size in range(len(whole)):
        try:
            list(PcapngReader(io.BytesIO(whole[:size])))
        except BadCapture:
            continue
        readable.append(size)
    assert block_ends(whole)[:-1] == readable


def block_ends(whole: bytes) -> list[int]:
    """Where each block of a capture ends."""
    found = [0]
    while found[-1] < len(whole):
        found.append(found[-1] + int.from_bytes(whole[found[-1] + 4 : found[-1] + 8], "little"))
    return found[1:]


@pytest.mark.parametrize("octet", [0, 1, 2, 3, 9, 0x7F, 0xFF])
def test_every_wrong_octet_is_read_or_told(octet: int) -> None:
    """No wrong octet makes the reader raise anything but BadCapture."""
    whole = capture()
    told = 0
    for at in range(len(whole)):
        wrong = bytearray(whole)
        wrong[at] = octet
        try:
            list(PcapngReader(io.BytesIO(bytes(wrong))))
        except BadCapture:
            told += 1
    assert told > 10


def test_both_byte_orders_are_read() -> None:
    """A capture of a big-endian machine is read too."""
    section = bytes.fromhex("0a0d0d0a 0000001c 1a2b3c4d 00010000 ffffffffffffffff 0000001c")
    interface = bytes.fromhex("00000001 00000014 00010000 00000000 00000014")
    packet = bytes.fromhex("00000006 00000024 00000000 00000000 00000007 00000001 00000001")
    packet += b"x\0\0\0" + bytes.fromhex("00000024")
    reader = PcapngReader(io.BytesIO(section + interface + packet))
    assert [CapturedPacket(7, 0, b"x")] == list(reader)


def test_what_is_no_capture_is_told() -> None:
    """A text is no capture."""
    with pytest.raises(BadCapture, match="octet 0: this is no pcapng file"):
        PcapngReader(io.BytesIO(b"hello, world: this is text"))


def written(path: Path) -> list[CapturedPacket]:
    """The packets of a capture."""
    with path.open("rb") as file:
        return list(PcapngReader(file))


def test_a_driver_writes_down_what_passes(tmp_path: Path) -> None:
    """Both directions are written with their times; rows become comments when they are told."""
    wire = Wire()
    with Pcap(wire.left, tmp_path / "run.pcapng") as link:
        link.advance(10)
        wire.right.transmit(b"question")
        wire.right.transmit(b"another")
        assert (b"question", b"another") == link.receive()
        link.told([("ethernet.input/in.deliver", "arp.interface/in.request"), ()])
        link.transmit(b"answer", ("arp.address/in_use.answer",))
        link.advance(20)
        wire.right.transmit(b"untold")
        link.receive()
        link.advance(30)
        link.transmit(b"last")
    assert [
        CapturedPacket(
            10, 0, b"question", "in", "ethernet.input/in.deliver, arp.interface/in.request"
        ),
        CapturedPacket(10, 0, b"another", "in"),
        CapturedPacket(10, 0, b"answer", "out", "arp.address/in_use.answer"),
        CapturedPacket(20, 0, b"untold", "in"),
        CapturedPacket(30, 0, b"last", "out"),
    ] == written(tmp_path / "run.pcapng")
    assert (b"answer", b"last") == wire.right.receive()


def test_two_drivers_share_a_file(tmp_path: Path) -> None:
    """A capture of several interfaces is closed by its owner, not by the first driver."""
    file = CaptureFile(tmp_path / "run.pcapng")
    left, right = Wire()
    with Pcap(left, file, "eth0") as first:
        first.transmit(b"one")
    with Pcap(right, file, "eth1") as second:
        second.advance(5)
        second.receive()
    file.close()
    assert [(0, b"one", "out"), (1, b"one", "in")] == [
        (one.interface, one.data, one.way) for one in written(tmp_path / "run.pcapng")
    ]


def test_a_capture_is_replayed_at_its_times(tmp_path: Path) -> None:
    """Frames that came in come again, as far apart as they were; those we sent do not."""
    file = CaptureFile(tmp_path / "run.pcapng")
    number = file.writer.interface("eth0", 1)
    file.writer.packet(number, 1_000, b"a", "in")
    file.writer.packet(number, 1_500, b"ours", "out")
    file.writer.packet(number, 3_000, b"b", "in")
    file.close()
    replay = Replay(tmp_path / "run.pcapng")
    replay.advance(50)
    assert [b"a"] == replay.receive()
    assert 2_050 == replay.deadline()
    replay.advance(2_049)
    assert [] == replay.receive()
    replay.advance(2_050)
    assert [b"b"] == replay.receive()
    assert replay.done
    replay.transmit(b"reply")
    assert [b"reply"] == replay.sent


def test_a_capture_of_another_link_is_refused(tmp_path: Path) -> None:
    """Bare IP packets are no Ethernet frames."""
    file = CaptureFile(tmp_path / "run.pcapng")
    file.writer.interface("lo", 772)
    file.close()
    with pytest.raises(TargetError, match="its link type is 101"):
        Replay(tmp_path / "run.pcapng")


@pytest.mark.needs("tshark")
def test_tshark_reads_it(tmp_path: Path) -> None:
    """A second reader sees the same times, comments, directions and interface."""
    path = tmp_path / "run.pcapng"
    file = CaptureFile(path)
    number = file.writer.interface("eth0", 1)
    file.writer.packet(number, 1_700_000_000_123_456, ARP, "in", "arp.interface/in.request")
    file.close()
    tshark = programs.find("tshark")
    assert tshark is not None
    fields = ["frame.time_epoch", "frame.comment", "frame.packet_flags_direction", "arp.opcode"]
    fields += ["frame.interface_name", "_ws.malformed"]
    command = [tshark, "-r", str(path), "-T", "fields", "-E", "separator=|"]
    for name in fields:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    time, *others = done.stdout.strip("\n").split("|")
    assert "1700000000.123456" == time.rstrip("0")
    assert "arp.interface/in.request" == others[0]
    assert 1 == int(others[1], 0)
    assert ["1", "eth0", ""] == others[2:]


def test_the_epoch_makes_wall_clock_times(tmp_path: Path) -> None:
    """A live run says what the wall clock showed at its time 0; a simulation does not."""
    path = tmp_path / "run.pcapng"
    file = CaptureFile(path, epoch=1_700_000_000_000_000)
    left, _ = Wire()
    driver = Pcap(left, file)
    driver.advance(25)
    driver.transmit(b"frame")
    driver.close()
    file.close()
    with path.open("rb") as opened:
        assert [1_700_000_000_000_025] == [packet.time for packet in PcapngReader(opened)]


def test_dpkt_reads_what_is_written(tmp_path: Path) -> None:
    """Another reader sees the same octets, and times in seconds."""
    path = tmp_path / "run.pcapng"
    file = CaptureFile(path, epoch=1_700_000_000_000_000)
    left, right = Wire()
    driver = Pcap(left, file)
    driver.advance(250_000)
    right.transmit(b"question")
    driver.receive()
    driver.told([("ethernet.input/in.deliver",)])
    driver.transmit(b"an answer", ("ethernet.output/up.send",))
    driver.close()
    file.close()
    with path.open("rb") as opened:
        found = [(float(time), bytes(data)) for time, data in dpkt.pcapng.Reader(opened)]
    assert [(1_700_000_000.25, b"question"), (1_700_000_000.25, b"an answer")] == found
