"""Two stacks in one program, on a wire in memory: one pings the other. No root, no threads.

Run it with `python examples/two_hosts.py`.
"""

from __future__ import annotations

import asyncio

import netfsm
from netfsm.drivers import Wire

LAYERS = ["ethernet", "arp", "ipv4", "icmp"]


async def main() -> None:
    """Give both hosts an address without probing, then send three echo requests."""
    near_end, far_end = Wire()
    near = netfsm.Stack(seed=1, layers=LAYERS)
    far = netfsm.Stack(seed=2, layers=LAYERS)
    near.attach(near_end, "eth0")
    far.attach(far_end, "eth0")
    async with (
        netfsm.aio.running(near, {"eth0": near_end}) as watch,
        netfsm.aio.running(far, {"eth0": far_end}),
    ):
        for stack, address in ((near, "192.0.2.1"), (far, "192.0.2.2")):
            stack.command(
                "ipv4.add_address", interface="eth0", address=address, prefix=24, probe=False
            )
        await watch.report(lambda told: told.name == "ipv4.ready")
        for sequence in range(3):
            near.command("icmp.ping", destination="192.0.2.2", sequence=sequence)
            report = await watch.report(lambda told: told.name.startswith("icmp."))
            print(f"{report.name.removeprefix('icmp.')} after {report.data['rtt']} us")
        for neighbour in near.query("arp.neighbours"):
            print(f"{neighbour.address} is at {neighbour.lladdr}, {neighbour.state}")


if __name__ == "__main__":
    asyncio.run(main())
