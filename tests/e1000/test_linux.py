"""Linux's own driver on our card, in a guest; a stack of ours on the wire."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from netfsm import programs
from netfsm.cli.run_plan import services
from netfsm.drivers.e1000.guest import Guest, why_unfit
from netfsm.drivers.e1000.image import image
from netfsm.e1000.device import Card
from netfsm.services import Services
from netfsm.spec.cache import cache_folder
from netfsm.stack import Report, Stack
from netfsm.stack.loop import Loop

LAYERS: Final = ["ethernet", "arp", "ipv4", "icmp", "udp", "tcp"]
SCRIPT: Final = """#!/bin/busybox sh
/bin/busybox --install -s /bin
(sleep 60; poweroff -f) &
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys
insmod /e1000.ko
ip addr add 192.0.2.1/24 dev eth0
ip link set eth0 up
for i in $(seq 100); do [ "$(cat /sys/class/net/eth0/carrier)" = 1 ] && break; sleep 0.1; done
dmesg | grep e1000
ping -c 100 -i 0.01 -q 192.0.2.2
dd if=/dev/urandom of=/data bs=1k count=256
echo SENT $(sha256sum </data)
nc -w 20 192.0.2.2 7 </data >/back
echo BACK $(sha256sum </back)
poweroff -f
"""


@pytest.mark.skipif(programs.find("apt-get") is None, reason="needs apt, which has the kernel")
@pytest.mark.needs("qemu-system-x86_64", "busybox")
def test_linux_drives_our_card(tmp_path: Path) -> None:
    """Probe, link, 100 of 100 pings, and 256 KiB there and back by TCP with equal hashes."""
    console = tmp_path / "console"
    unfit = why_unfit()
    if unfit is not None:
        pytest.skip(str(unfit))
    guest = Guest(image(cache_folder() / "linux", SCRIPT), console, Card)
    stack = Stack(seed=1, layers=LAYERS)
    offered = Services(stack, services(("echo:7",)), lambda: 0)
    gone: list[str] = []

    def told(report: Report) -> None:
        offered.report(report)
        if report.name == "driver.gone":
            gone.append(report.name)

    with guest:
        loop = Loop(stack, {"eth0": guest}, told)
        stack.command(
            "ipv4.add_address", interface="eth0", address="192.0.2.2", prefix=24, probe=False
        )
        loop.run(lambda: bool(gone))
        loop.close()
    text = console.read_text(errors="replace")
    assert "eth0: (PCI:33MHz:32-bit) 52:54:00:12:34:56" in text
    assert "eth0 NIC Link is Up 1000 Mbps Full Duplex" in text
    assert "100 packets transmitted, 100 packets received, 0% packet loss" in text
    hashes = dict(re.findall(r"^(SENT|BACK) ([0-9a-f]{64})", text, re.MULTILINE))
    assert {"SENT", "BACK"} == set(hashes), text
    assert hashes["SENT"] == hashes["BACK"]
