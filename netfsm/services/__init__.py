"""The small services that a host can offer: echo, discard, chargen, daytime, and files by HTTP.

A service is a program on the stack: it opens sockets by commands and is called with what the stack
reports; a shell gives it the time of day.

========= =======================================================
words     what services say, whatever carries it
datagrams services over UDP
talk      programs that talk over a connection
http      the program that serves files
files     what it finds
streams   services over TCP
========= =======================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from netfsm.services.datagrams import ANSWERS, Datagrams
from netfsm.services.streams import PROGRAMS, Streams
from netfsm.services.words import Clock
from netfsm.stack import Report, Stack

__all__ = ["SERVICES", "Services"]

SERVICES: Final = tuple(PROGRAMS)


class Services:
    """Services on `stack`: by port a name of SERVICES, and the folder of one that serves files.

    Those that UDP can carry are offered there too. Raises KeyError for a name that is none, and
    what `udp.open` and `tcp.listen` raise. `clock` gives the time of day.
    """

    def __init__(self, stack: Stack, wanted: Mapping[int, tuple[str, Path]], clock: Clock) -> None:
        datagrams = {port: name for port, (name, _) in wanted.items() if name in ANSWERS}
        self._datagrams = Datagrams(stack, datagrams, clock)
        self._streams = Streams(stack, wanted, clock)

    def report(self, report: Report) -> None:
        """Answer what has come to one of the sockets."""
        self._datagrams.report(report)
        self._streams.report(report)
