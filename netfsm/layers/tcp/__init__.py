"""The hands of TCP: they keep text and sockets; what TCP does its machines say.

============== ======================================================================
text           pieces of text that are kept
send_queue     what is to be sent and is not acknowledged
receive_buffer what came, in order or too early
sockets        what is known of a connection beside its machines
numbers        initial sequence numbers, time stamps, windows
base           machines, tables of sockets and paths, which the others share
receiving      segments to their connection, text to its place, errors told
emitting       segments, SYNs and resets
serving        calls on connections, and what rows answer
opening        connections and listeners that begin and end
============== ======================================================================
"""

from __future__ import annotations

from netfsm.layers.tcp.opening import Opening

__all__ = ["Tcp"]


class Tcp(Opening):
    """All of it."""
