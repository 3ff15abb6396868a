"""The model of the card as a driver meets it."""

from __future__ import annotations

import struct
from zlib import crc32

import pytest

from netfsm.e1000.device.sums import IP_BAD, UPPER_BAD
from netfsm.e1000.registers import at, bits
from netfsm.wire.checksum import ones_sum, pseudo_sum, verifies
from tests.e1000.rig import DATA, MAC, RX_RING, SLOTS, TX_RING, Rig

OTHER = bytes.fromhex("525400abcdef")
FRAME = MAC + OTHER + b"\x88\xb5" + bytes(range(100))


def clocked(rig: Rig, value: int, width: int) -> int:
    """Shift bits into the EEPROM and return those that come out before each falling edge."""
    found = 0
    for bit in range(width - 1, -1, -1):
        pins = 2 | (4 if value >> bit & 1 else 0)
        rig.put("EECD", pins)
        rig.put("EECD", pins | 1)
        found = found << 1 | (rig.get("EECD") >> 3 & 1)
        rig.put("EECD", pins)
    return found


def test_the_eeprom_sums_up() -> None:
    """All words, read through EERD, sum to 0xbaba, and the pins give the same words."""
    rig = Rig()
    words = []
    for number in range(64):
        rig.put("EERD", 1 | number << 8)
        assert rig.get("EERD") & 0x10
        words.append(rig.get("EERD") >> 16)
    assert 0xBABA == sum(words) & 0xFFFF
    assert MAC == struct.pack("<HHH", *words[:3])
    for number in (0, 2, 13, 63):
        rig.put("EECD", 0)
        rig.put("EECD", 2)
        clocked(rig, 6 << 6 | number, 9)
        assert words[number] == clocked(rig, 0, 16)


def test_a_word_of_the_eeprom_is_written_once_it_is_allowed() -> None:
    """Without the enabling command a write is nothing."""
    rig = Rig()
    for enabled, expected in ((False, 0), (True, 0x1234)):
        for command, width in (
            *(((0b100110000, 9),) if enabled else ()),
            (0b101000101 << 16 | 0x1234, 25),
        ):
            rig.put("EECD", 2)
            clocked(rig, command, width)
            rig.put("EECD", 0)
        rig.put("EERD", 1 | 5 << 8)
        assert expected == rig.get("EERD") >> 16


def test_the_phy_tells_who_it_is_and_whether_the_link_is_up() -> None:
    """Registers 2 and 3 name it, register 1 tells a lost link once; no other PHY answers."""
    rig = Rig()

    def read(register: int, phy: int = 1) -> int:
        rig.put("MDIC", 2 << 26 | phy << 21 | register << 16)
        return rig.get("MDIC")

    assert [0x0141, 0x0C20] == [read(2) & 0xFFFF, read(3) & 0xFFFF]
    assert [0, 4] == [read(1) & 4, read(1) & 4]
    assert bits("MDIC.E") == read(2, 2) & bits("MDIC.E")
    assert bits("STATUS.LU") == rig.get("STATUS") & bits("STATUS.LU")
    rig.get("ICR")
    rig.put("MDIC", 1 << 26 | 1 << 21 | 0x1340)
    assert 0 == rig.get("STATUS") & bits("STATUS.LU")
    rig.card.advance(rig.card.deadline() or 0)
    assert bits("STATUS.LU") == rig.get("STATUS") & bits("STATUS.LU")
    assert bits("ICR.LSC") == rig.get("ICR") & bits("ICR.LSC")


def test_a_frame_is_received() -> None:
    """Octets, CRC, status, index and cause are there; the line follows the mask."""
    rig = Rig()
    rig.bring_up()
    rig.get("ICR")
    rig.put("IMS", bits("ICR.RXT0"))
    rig.card.receive(FRAME)
    data, status, _ = rig.received(0)
    assert FRAME + struct.pack("<I", crc32(FRAME)) == data
    assert 3 == status & 3
    assert 1 == rig.get("RDH")
    assert rig.is_asserted()
    assert bits("ICR.RXT0") == rig.get("ICR")
    assert not rig.is_asserted()


def test_a_long_frame_fills_several_buffers() -> None:
    """With LPE a frame of 9000 octets fills five buffers, of which the last says so."""
    rig = Rig()
    frame = FRAME[:14] + bytes(i & 255 for i in range(8986))
    rig.bring_up()
    rig.card.receive(frame)
    assert 1 == rig.card.counters["too_long"]
    rig.bring_up(bits("RCTL.LPE") | bits("RCTL.SECRC"))
    rig.card.receive(frame)
    parts = [rig.received(index) for index in range(5)]
    assert frame == b"".join(data for data, _, _ in parts)
    assert [1, 1, 1, 1, 3] == [status & 3 for _, status, _ in parts]


def test_a_full_ring_loses_the_frame_whole() -> None:
    """Seven frames fit into a ring of eight; the next one is counted, and the cause is RXO."""
    rig = Rig()
    rig.bring_up()
    for _ in range(SLOTS):
        rig.card.receive(FRAME)
    assert SLOTS - 1 == rig.get("RDH")
    assert 1 == rig.get("MPC")
    assert 0 == rig.get("MPC")
    assert rig.get("ICR") & bits("ICR.RXO")
    assert SLOTS - 1 == rig.get("GPRC")


@pytest.mark.parametrize(
    ("to", "rctl", "expected"),
    [
        (MAC, 0, 1),
        (OTHER, 0, 0),
        (OTHER, 1 << 3, 1),
        (b"\xff" * 6, 0, 1),
        (bytes.fromhex("01005e000001"), 0, 0),
        (bytes.fromhex("01005e000001"), 1 << 4, 1),
        (bytes.fromhex("01005e000002"), 0, 1),
    ],
)
def test_filters(to: bytes, rctl: int, expected: int) -> None:
    """Own address, modes, broadcast, and the one group whose bit is set."""
    rig = Rig()
    rig.bring_up(rctl)
    bit = 0x0200 >> 4
    rig.put("MTA", 1 << (bit & 31), bit >> 5)
    rig.card.receive(to + FRAME[6:])
    assert expected == rig.get("RDH")


def test_vlan_tags_come_off_and_go_on() -> None:
    """The tag is in the descriptor, and the filter lets one VLAN pass."""
    rig = Rig()
    rig.put("CTRL", bits("CTRL.VME"))
    rig.bring_up(bits("RCTL.VFE") | bits("RCTL.SECRC"))
    rig.put("VFTA", 1 << 5)
    for vid in (5, 6):
        rig.card.receive(FRAME[:12] + struct.pack(">HH", 0x8100, vid) + FRAME[12:])
    assert 1 == rig.get("RDH")
    data, status, _ = rig.received(0)
    assert (FRAME, 8) == (data, status & 8)
    raw = rig.ram.read(RX_RING + 14, 2)
    assert b"\5\0" == bytes(raw or b"")
    rig.ram.write(DATA, FRAME)
    rig.descriptor(struct.pack("<QHBBBBH", DATA, len(FRAME), 0, 0x4B, 0, 0, 7))
    rig.put("TDT", 1)
    assert FRAME[12:14] == rig.sent[0][16:18]
    assert struct.pack(">HH", 0x8100, 7) == rig.sent[0][12:16]


def datagram(text: bytes, protocol: int = 6) -> bytes:
    """An Ethernet frame with IPv4 and TCP, all checksums zero but the pseudo-header's sum."""
    size = 20 + len(text)
    source, to = 0xC0000201, 0xC0000202
    partial = ones_sum(b"", pseudo_sum(source, to, protocol, 0))
    tcp = struct.pack(">HHIIHHHH", 1, 2, 1000, 0, 0x5019, 500, partial, 0) + text
    head = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + size, 9, 0, 64, protocol, 0, source, to)
    return MAC + OTHER + b"\x08\x00" + head + tcp


def context(mss: int, payload: int, header: int = 54) -> bytes:
    """A context for IPv4 and TCP."""
    words = struct.pack("<BBHBBH", 14, 24, 33, 34, 50, 0)
    return words + struct.pack("<IBBH", payload | 0xA7 << 24, 0, header, mss)


def test_segments_are_whole_packets() -> None:
    """3000 octets leave as three frames with right sums, numbers and flags, and are good."""
    rig = Rig()
    rig.bring_up(bits("RCTL.SECRC"))
    rig.put("RXCSUM", 0x300)
    text = bytes(i & 255 for i in range(3000))
    frame = datagram(text)
    rig.ram.write(DATA, frame)
    rig.descriptor(context(1400, 3000))
    rig.descriptor(struct.pack("<QIBBH", DATA, 54 | 0x24100000, 0, 3, 0))
    rig.descriptor(struct.pack("<QIBBH", DATA + 54, 3000 | 0x2D100000, 0, 3, 0))
    rig.put("TDT", 3)
    assert [1454, 1454, 254] == [len(each) for each in rig.sent]
    assert text == b"".join(each[54:] for each in rig.sent)
    assert [1000, 2400, 3800] == [int.from_bytes(each[38:42], "big") for each in rig.sent]
    assert [0x10, 0x10, 0x19] == [each[47] for each in rig.sent]
    assert [9, 10, 11] == [int.from_bytes(each[18:20], "big") for each in rig.sent]
    for index, each in enumerate(rig.sent):
        assert verifies(each[14:34])
        rig.card.receive(each)
        assert (0x60, 0) == (rig.received(index)[1] & 0x64, rig.received(index)[2])
    rig.card.receive(rig.sent[0][:-1] + b"\0")
    assert UPPER_BAD == rig.received(3)[2]
    rig.card.receive(rig.sent[0][:22] + b"\1" + rig.sent[0][23:])
    assert IP_BAD == rig.received(4)[2] & IP_BAD


@pytest.mark.parametrize(("mss", "header"), [(0, 54), (100, 0), (100, 255), (100, 30), (1, 54)])
def test_a_context_that_lies_sends_nothing(mss: int, header: int) -> None:
    """No segment, a header longer than the packet, too many segments: counted, and given back."""
    rig = Rig()
    rig.bring_up()
    rig.ram.write(DATA, datagram(bytes(5000 if mss == 1 else 100)))
    rig.descriptor(context(mss, 100, header))
    size = 5054 if mss == 1 else 154
    rig.descriptor(struct.pack("<QIBBH", DATA, size | 0x2D100000, 0, 3, 0))
    rig.put("TDT", 2)
    assert [] == rig.sent
    assert 1 == rig.get("TSCTFC")
    assert 2 == rig.get("TDH")


def test_a_frame_is_sent_and_reported() -> None:
    """The frame is on the wire, the descriptor done, the ring empty, the counters moved."""
    rig = Rig()
    rig.bring_up()
    rig.get("ICR")
    rig.transmit(FRAME)
    assert [FRAME] == rig.sent
    assert bits("ICR.TXDW") | bits("ICR.TXQE") == rig.get("ICR")
    assert b"\1" == bytes(rig.ram.read(TX_RING + 12, 1) or b"")
    assert [1, len(FRAME) + 4] == [rig.get("GPTC"), rig.get("GOTCL")]


def test_interrupts_keep_their_distance() -> None:
    """With ITR a second interrupt waits, and comes when its time has come."""
    rig = Rig()
    rig.put("ITR", 1000)
    rig.put("IMS", 0xFFFFFFFF)
    rig.put("ICS", 1)
    rig.get("ICR")
    edges = rig.edges
    rig.put("ICS", 1)
    assert not rig.is_asserted()
    rig.card.advance(rig.card.deadline() or 0)
    assert rig.is_asserted()
    assert edges + 1 == rig.edges


def test_the_ports_lead_to_the_registers() -> None:
    """IOADDR and IODATA read and write what the window does."""
    rig = Rig()
    rig.card.write(1, 0, 4, at("RDTR"))
    rig.card.write(1, 4, 4, 0x55)
    assert 0x55 == rig.get("RDTR") == rig.card.read(1, 4, 4)
    assert at("RDTR") == rig.card.read(1, 0, 4)
    rig.card.config_write(4, 2, 6)
    assert 0xFFFFFFFF == rig.card.read(1, 4, 4)


def test_reset_takes_all_back_but_the_link() -> None:
    """After CTRL.RST rings are gone, the address is loaded again, the line is low."""
    rig = Rig()
    rig.bring_up()
    rig.put("IMS", 0xFFFFFFFF)
    rig.put("ICS", 1)
    rig.put("RAL", 0)
    assert rig.is_asserted()
    rig.put("CTRL", bits("CTRL.RST"))
    assert not rig.is_asserted()
    assert [0, 0, 0] == [rig.get("RDLEN"), rig.get("RCTL"), rig.get("IMS")]
    assert int.from_bytes(MAC[:4], "little") == rig.get("RAL")
    assert rig.get("STATUS") & bits("STATUS.LU")


def test_the_base_addresses_tell_their_sizes() -> None:
    """All ones written give 128 KiB of memory and 64 ports; identities can't be written."""
    rig = Rig()
    for offset in (0, 0x10, 0x14, 0x18):
        rig.card.config_write(offset, 4, 0xFFFFFFFF)
    read = [rig.card.config_read(offset, 4) for offset in (0, 0x10, 0x14, 0x18)]
    assert [0x100E8086, 0xFFFE0000, 0xFFFFFFC1, 0] == read
