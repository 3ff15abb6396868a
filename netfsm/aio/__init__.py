"""asyncio on top of a stack: it runs on an event loop, and its TCP has the shape of streams.

    async with running(stack):
        reader, writer = await open_connection(stack, "192.0.2.1", 80)
        server = await start_server(stack, handler, port=7)

========= ======================================================================
shell     a stack on an event loop
transport a connection of a stack as a transport of asyncio
streams   connections and servers in the shape of asyncio's
========= ======================================================================
"""

from __future__ import annotations

from netfsm.aio.shell import Running, running
from netfsm.aio.streams import Server, open_connection, start_server

__all__ = ["Running", "Server", "open_connection", "running", "start_server"]
