"""The hands of TCP: `queues` keep octets, `segments` go out and come in, `sockets` are the user's.

What is sent, taken, acknowledged and refused, the machines of `specs/tcp` decide.
"""

from netfsm.layers.tcp.layer import Tcp

__all__ = ["Tcp"]
