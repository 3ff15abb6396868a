"""The pump that every shell turns: drivers' frames go in, the stack's come out."""

from __future__ import annotations

from pathlib import Path

from netfsm.drivers import Faulty, Pcap, SocketLink, Wire
from netfsm.drivers.pcapng import PcapngReader
from netfsm.stack import Report, Stack
from netfsm.stack.pump import Pump, attached
from tests.stack.bench import LAYERS, OURS, PEER_MAC, arp, echo, spoken_to, take_address

OTHERS = "192.0.2.2"


def pumped(one: Pump, other: Pump, until: int) -> None:
    """Turn two pumps in virtual time, each millisecond."""
    for now in range(one.stack.clock.now, until, 1_000):
        one.turn(now)
        other.turn(now)


def test_two_stacks_speak_over_a_wire() -> None:
    """Pumps move frames between drivers and stacks; reports come out."""
    reports: list[Report] = []
    ends = Wire()
    pumps: list[Pump] = []
    for number, end in enumerate(ends, 1):
        stack = Stack(layers=LAYERS, strict=True, seed=number)
        pumps.append(Pump(stack, {"eth0": end}, reports.append))
        take_address(stack, f"192.0.2.{number}")
    pumps[0].stack.command("icmp.ping", destination=OTHERS)
    pumped(pumps[0], pumps[1], 20_000)
    assert "icmp.answered" in [report.name for report in reports]


def test_a_command_of_a_report_is_sent_in_the_next_turn() -> None:
    """Who commands inside `on_report` need not wait for a frame or a timer."""
    left, right = Wire()
    stack = Stack(layers=LAYERS, strict=True)

    def answer(report: Report) -> None:
        if report.name == "icmp.lost":
            stack.command("icmp.ping", destination=OTHERS, sequence=2)

    pump = Pump(stack, {"eth0": left}, answer)
    take_address(stack, OURS)
    stack.command("arp.set_neighbour", interface="eth0", address=OTHERS, lladdr=PEER_MAC)
    stack.command("icmp.ping", destination=OTHERS)
    pump.turn(0)
    right.receive()
    assert 5_000_000 == pump.turn(5_000_000)
    assert b"\x08\x00" not in [bytes(frame)[12:14] for frame in right.receive()]
    pump.turn(5_000_000)
    assert [b"\x08\x00"] == [bytes(frame)[12:14] for frame in right.receive()]


def test_the_next_turn_is_the_first_deadline_of_all() -> None:
    """A frame that a faulty driver holds is as good a reason as a timer of the stack."""
    left, right = Wire()
    stack = Stack(layers=LAYERS, strict=True)
    pump = Pump(stack, {"eth0": Faulty(left, delay=700)})
    take_address(stack, OURS)
    pump.turn(0)
    right.transmit(arp(1))
    assert 700 == pump.turn(0)
    assert 1_400 == pump.turn(700)
    pump.turn(1_400)
    assert arp(2)[12:22] == bytes(right.receive()[-1])[12:22]


def test_a_capture_has_the_rows_at_the_frame_that_took_them(tmp_path: Path) -> None:
    """A traced stack's received frames are written with their rows, before what they caused."""
    left, right = Wire()
    stack = Stack(layers=LAYERS, strict=True, traced=True)
    driver = Pcap(left, tmp_path / "run.pcapng")
    pump = Pump(stack, {"eth0": driver})
    take_address(stack, OURS)
    pump.turn(0)
    for frame in (arp(1), echo()):
        right.transmit(spoken_to(frame, left.mac))
    pump.turn(1_000)
    driver.close()
    with (tmp_path / "run.pcapng").open("rb") as file:
        packets = [packet for packet in PcapngReader(file) if packet.time == 1_000]
    assert ["in", "in", "out", "out"] == [packet.way for packet in packets]
    asked, pinged, *_ = [packet.comment for packet in packets]
    assert "arp.interface/in.request" in asked
    assert "icmp.input/in.echo" in pinged
    assert "icmp.input/in.echo" not in asked


def test_a_driver_that_is_gone_takes_its_interface_down() -> None:
    """The end of a socket is told once, the addresses wait, and the other driver works on."""
    reports: list[Report] = []
    ours, theirs = SocketLink.pair()
    left, right = Wire()
    stack = Stack(layers=LAYERS, strict=True)
    pump = Pump(stack, {"eth0": ours, "eth1": left}, reports.append)
    take_address(stack, OURS)
    pump.turn(0)
    assert {"eth0": ours.fileno()} == pump.descriptors()
    theirs.close()
    assert None is pump.turn(1_000)
    ours.close()
    assert {} == pump.descriptors()
    gone = [report.data["interface"] for report in reports if report.name == "driver.gone"]
    assert ["eth0"] == gone
    assert not stack.interface("eth0").up
    right.transmit(arp(1))
    pump.turn(2_000)
    assert 1 == stack.interface("eth1").in_frames


def test_drivers_that_are_attached_are_found() -> None:
    """An interface that was made of a driver can be turned without saying it again."""
    stack = Stack(layers=LAYERS, strict=True)
    left, _ = Wire()
    stack.attach(left, "eth0")
    assert {"eth0": left} == attached(stack)
