"""Services over TCP: a listener each, and a talk for each connection that is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from netfsm.services.http import Http
from netfsm.services.talk import Chargen, Daytime, Discard, Echo, Program, Talk
from netfsm.services.words import Clock
from netfsm.stack import Report, Stack

__all__ = ["PROGRAMS", "Streams"]

Maker = Callable[[], Program]
PROGRAMS: Final[Mapping[str, Callable[[Clock, Path], Program]]] = {
    "echo": lambda _clock, _folder: Echo(),
    "discard": lambda _clock, _folder: Discard(),
    "chargen": lambda _clock, _folder: Chargen(),
    "daytime": lambda clock, _folder: Daytime(clock),
    "http": lambda clock, folder: Http(folder, clock),
}
_GO_ON: Final = frozenset({"tcp.readable", "tcp.writable", "tcp.ended", "tcp.closed"})


class Streams:
    """Services over TCP on `stack`: by port a name of PROGRAMS, and a folder where it needs one.

    Raises what `tcp.listen` raises.
    """

    def __init__(self, stack: Stack, wanted: Mapping[int, tuple[str, Path]], clock: Clock) -> None:
        self._stack = stack
        self._talks: dict[int, Talk] = {}
        self._listeners: dict[int, Maker] = {
            stack.command("tcp.listen", port=port): partial(PROGRAMS[name], clock, folder)
            for port, (name, folder) in wanted.items()
        }

    def __len__(self) -> int:
        """Conversations that go on."""
        return len(self._talks)

    def report(self, report: Report) -> None:
        """Take connections, and go on where something has happened."""
        socket = report.data.get("socket")
        if not isinstance(socket, int):
            return
        if report.name == "tcp.accepted" and socket in self._listeners:
            self._take(socket)
        elif report.name in _GO_ON and socket in self._talks:
            self._go_on(self._talks[socket])

    def _take(self, listener: int) -> None:
        while True:
            try:
                socket = self._stack.command("tcp.accept", socket=listener)
            except BlockingIOError:
                return
            talk = self._talks[socket] = Talk(self._stack, socket, self._listeners[listener]())
            self._go_on(talk)

    def _go_on(self, talk: Talk) -> None:
        talk.turn()
        if talk.done:
            del self._talks[talk.socket]
