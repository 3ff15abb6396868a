"""A program on a stack of its own: fetches from, and sends to, the kernel's TCP over a TAP.

python tcp_client.py PORT COUNT     sends COUNT octets and prints what came back
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from random import Random

import netfsm
from netfsm.drivers import Tap
from netfsm.stack import Stack

KERNEL, OURS = "192.0.2.1", "192.0.2.2"
LAYERS = ("ethernet", "arp", "ipv4", "icmp", "tcp")


async def main(port: int, count: int) -> None:
    """Send, read until the peer has said all, and print digests of both."""
    stack = Stack(layers=LAYERS, strict=True, constants="linux")
    driver = Tap("tap0")
    stack.attach(driver, "eth0")
    data = Random(3).randbytes(count)
    async with netfsm.aio.running(stack):
        stack.command("ipv4.add_address", interface="eth0", address=OURS, prefix=24, probe=False)
        reader, writer = await netfsm.aio.open_connection(stack, KERNEL, port)

        async def say() -> None:
            for place in range(0, count, 65536):
                writer.write(data[place : place + 65536])
                await writer.drain()
            writer.write_eof()

        saying = asyncio.create_task(say())
        got = await reader.read()
        await saying
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0)
    driver.close()
    print(  # noqa: T201  # the test reads what this program prints
        len(got), hashlib.sha256(data).digest() == hashlib.sha256(got).digest()
    )


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
