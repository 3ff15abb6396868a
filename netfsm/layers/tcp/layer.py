"""The layer's class, put together from its parts."""

from __future__ import annotations

from netfsm.layers.tcp.answers import Answers


class Tcp(Answers):
    """Bound to protocol 6 of IPv4; sockets by number."""
