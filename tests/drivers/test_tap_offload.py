"""Offloads with a real kernel: a TAP in a network namespace of the test's own."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from typing import Any

import pytest

from netfsm.drivers import Tap
from netfsm.layers.contracts import Flow, Inbound
from netfsm.stack import Stack
from netfsm.stack.driver import Capability
from netfsm.stack.pump import Pump
from netfsm.stack.verdicts import DELIVERED, Verdict
from netfsm.wire.buffer import Buffer
from netfsm.wire.cutter import cut
from netfsm.wire.offload import Arrival, ChecksumState
from tests.drivers.conftest import ip
from tests.wire.samples import codec, decoded
from tests.wire.segments import TCP_OFFSET, aid, frame4, taken_apart, tcp_octets

pytestmark = [pytest.mark.root, pytest.mark.needs("ip")]

Inside = Callable[[Callable[[], None]], None]
OURS, KERNEL = "192.0.2.2", "192.0.2.1"
OUR, THEIR = 0xC0000202, 0xC0000201
TEXT = bytes(range(251)) * 240
MSS = 1448


def wait_for(tap: Tap) -> None:
    """Wait until the kernel has sent something."""
    number = tap.fileno()
    assert number is not None
    with selectors.DefaultSelector() as selector:
        selector.register(number, selectors.EVENT_READ)
        assert selector.select(5)


def facing(tap: Tap, *layers: str) -> tuple[Stack, Pump]:
    """A stack on the TAP, whose kernel end is configured; both have their addresses."""
    ip("addr", "add", f"{KERNEL}/24", "dev", tap.name)
    ip("link", "set", tap.name, "up")
    stack = Stack(layers=["ethernet", "arp", "ipv4", "icmp", *layers], strict=True)
    pump = Pump(stack, {"eth0": tap})
    stack.command("ipv4.add_address", interface="eth0", address=OURS, prefix=24, probe=False)
    pump.turn(0)
    return stack, pump


def test_udp_leaves_its_sums_to_the_kernel_and_takes_its_word(inside: Inside) -> None:
    """Neither side computes a checksum, and the datagrams arrive both ways."""

    def body() -> None:
        with (
            Tap("tap9") as tap,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as kernel,
        ):
            stack, pump = facing(tap, "udp")
            number = stack.command("udp.open", port=7)
            kernel.bind((KERNEL, 9))
            kernel.settimeout(5)
            for size in (1, 1400, 1472, 5000):
                kernel.sendto(TEXT[:size], (OURS, 7))
                while not stack.query("udp.waiting", socket=number):
                    wait_for(tap)
                    pump.turn(0)
                got = stack.command("udp.receive", socket=number)
                assert TEXT[:size] == got.data
                packet = stack.reserve("udp.datagram", size, socket=number, address=KERNEL, port=9)
                assert packet.partial == (size <= 1472)
                packet.write(got.data)
                stack.commit(packet)
                pump.turn(0)
                assert TEXT[:size] == kernel.recv(65536)
            assert not tap.lost

    inside(body)


def test_what_the_kernel_leaves_to_us_is_known(inside: Inside) -> None:
    """A datagram of the kernel has a partial checksum with offloads, and a whole one without."""

    def body() -> None:
        found: list[object] = []
        for offload in (True, False):
            with (
                Tap("tap9", offload=offload) as tap,
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as kernel,
            ):
                ip("addr", "add", f"{KERNEL}/24", "dev", "tap9")
                ip("link", "set", "tap9", "up")
                ip("neigh", "add", OURS, "lladdr", tap.mac.hex(":"), "dev", "tap9")
                kernel.sendto(b"data", (OURS, 7))
                wait_for(tap)
                (frame,) = tap.receive()
                able = tap.capabilities != Capability(0)
                if isinstance(frame, Arrival):
                    found.append((frame.offload[:3], able))
                    continue
                datagram = decoded("ipv4.header", bytes(frame)[14:]).payload
                whole = decoded("udp.datagram", datagram, OUR + THEIR)
                found.append((bytes(whole.payload), able))
        assert [((ChecksumState.PARTIAL, 34, 6), True), (b"data", False)] == found

    inside(body)


def test_the_kernel_cuts_what_we_would_cut(inside: Inside) -> None:
    """A segment of 60 KB goes through a bridge to a TAP that takes whole frames only."""

    def body() -> None:
        with Tap("tap8") as near, Tap("tap9", offload=False) as far:
            ip("link", "add", "br9", "type", "bridge")
            for name in ("tap8", "tap9"):
                ip("link", "set", name, "master", "br9")
            for name in ("tap8", "tap9", "br9"):
                ip("link", "set", name, "up")
            frame = frame4(tcp_octets(TEXT, THEIR + OUR, partial=True, CTL=0x19))
            frame = far.mac + near.mac + frame[12:]
            buffer = Buffer.allocate(len(frame))
            buffer.append(frame)
            buffer.leave_sum(buffer.head + 34, TCP_OFFSET)
            buffer.segment, buffer.network = MSS, buffer.head + 14
            expected = [bytes(one) for one in cut(frame, aid(MSS))]
            assert TEXT == b"".join(bytes(taken_apart(one).tcp.payload) for one in expected)
            near.launch(buffer)
            got: list[bytes] = []
            while len(got) < len(expected):
                wait_for(far)
                got += [bytes(one) for one in far.receive() if bytes(one)[:6] == far.mac]
            assert expected == got

    inside(body)


class Listener:
    """As much of TCP as makes a kernel send: a SYN is answered, what comes is kept."""

    def __init__(self, stack: Stack) -> None:
        self.internet: Any = stack.layer("icmp").below("ipv4.protocol")
        self.heard: list[tuple[memoryview, Inbound]] = []
        space = stack.registry.space("ipv4.protocol")
        space.bind(6, self.receive, owner="tests")

    def receive(self, payload: memoryview, inbound: Inbound) -> Verdict:
        """Answer a SYN; keep text without copying it."""
        segment = decoded_segment(payload, inbound)
        if segment.SYN:
            self._welcome(segment, inbound)
        elif len(segment.payload):
            self.heard.append((segment.payload, inbound))
        return DELIVERED

    def _welcome(self, syn: Any, inbound: Inbound) -> None:
        tcp = codec("tcp.segment")
        assert tcp.options is not None
        options = tcp.options(
            mss_present=True, mss_value=1460, window_scale_present=True, window_scale_value=7
        )
        fields = {"SPORT": syn.DPORT, "DPORT": syn.SPORT, "SEQ": 0, "ACK": (syn.SEQ + 1) % 2**32}
        head = tcp.encode(tcp.make(**fields, CTL=0x12, WND=65535, options=options, payload=b""))
        flow = Flow(inbound.src, 6, inbound.dst)
        self.internet.send(flow, head[:16] + b"\0\0" + head[18:], [], sum_offset=TCP_OFFSET)
        ack = tcp.encode(tcp.make(**{**fields, "SEQ": 1}, CTL=0x10, WND=65535, payload=b""))
        self.internet.send(flow, ack[:16] + b"\0\0" + ack[18:], [], sum_offset=TCP_OFFSET)


def decoded_segment(payload: memoryview, inbound: Inbound) -> Any:
    """A segment, whose checksum is verified where nobody has."""
    pseudo = inbound.src + inbound.dst
    return codec("tcp.segment").decode(payload, pseudo=pseudo, checked=inbound.checked)


def test_bulk_of_the_kernel_comes_in_large_segments(inside: Inside) -> None:
    """One frame brings more than 60 KB, whole, with its segment size, in octets of its own."""

    def body() -> None:
        with Tap("tap9") as tap, socket.socket() as kernel:
            stack, pump = facing(tap)
            listener = Listener(stack)
            ip("route", "change", "192.0.2.0/24", "dev", "tap9", "src", KERNEL, "initcwnd", "200")
            kernel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
            kernel.setblocking(False)
            kernel.connect_ex((OURS, 7))
            while not kernel_is_connected(kernel):
                wait_for(tap)
                pump.turn(0)
            sent = kernel.send(TEXT * 4)
            while sum(len(text) for text, _ in listener.heard) < sent:
                wait_for(tap)
                pump.turn(0)
            texts = [text for text, _ in listener.heard]
            assert (TEXT * 4)[:sent] == b"".join(texts)
            assert max(map(len, texts)) > 60_000
            for text, inbound in listener.heard:
                assert inbound.checked
                assert inbound.segment == (1460 if len(text) > 1460 else 0)
                assert text.readonly
            assert not tap.lost

    inside(body)


def kernel_is_connected(kernel: socket.socket) -> bool:
    """Whether the handshake is over on the kernel's side."""
    try:
        kernel.getpeername()
    except OSError:
        return False
    return True
