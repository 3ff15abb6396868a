"""From the command line's `tap:tap0` to a driver."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Final

from netfsm.drivers.e1000.named import named_card
from netfsm.drivers.packet import Packet
from netfsm.drivers.socket_link import SocketLink
from netfsm.drivers.tap import Tap
from netfsm.errors import TargetError
from netfsm.stack.driver import Driver

__all__ = ["drivers", "parse_driver"]

_GROUP: Final = "netfsm.drivers"
_OWN: Final[dict[str, tuple[str, Callable[[str], Driver]]]] = {
    "tap": ("tap:NAME, a TAP of Linux: the kernel on the other side", Tap),
    "packet": ("packet:IF, a link of Linux by a packet socket", Packet),
    "socket": ("socket:PATH, frames over a UNIX socket as QEMU speaks them", SocketLink.connect),
    "e1000": ("e1000:qemu=PATH, QEMU's 82540EM, whose wire listens at PATH", named_card),
}


def drivers() -> dict[str, str]:
    """Netfsm's own drivers that a word can name, each with one line on what it is."""
    return {name: says for name, (says, _) in _OWN.items()}


def parse_driver(text: str) -> Driver:
    """The driver that `text` names: `tap:tap0`, `packet:veth0`, `socket:PATH`, or of a package.

    Raises TargetError where no driver has that name, or where it can't be had here.
    """
    name, colon, argument = text.partition(":")
    if name in _OWN and not argument:
        raise TargetError(text or "''", "it names nothing", f"write {_OWN[name][0].split(',')[0]}")
    if name in _OWN:
        return _OWN[name][1](argument)
    for entry in entry_points(group=_GROUP, name=name):
        factory: Callable[[str], Any] = entry.load()
        made: Driver = factory(argument)
        return made
    forms = ", ".join(says.split(",")[0] for says in drivers().values())
    reason = f"no driver is called {name!r}" if colon else "a driver is written NAME:ARGUMENT"
    raise TargetError(text or "''", reason, f"write one of {forms}")
