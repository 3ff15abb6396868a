"""From the command line's `e1000:qemu=PATH` to a driver on a card."""

from __future__ import annotations

from netfsm.errors import TargetError
from netfsm.stack.driver import Driver

__all__ = ["named_card"]


def named_card(text: str) -> Driver:
    """The driver on QEMU's card; its wire is a stream socket at PATH on which QEMU listens.

    Another netfsm joins it by `socket:PATH`. Raises TargetError where the words mean nothing, and
    where QEMU can't be had.
    """
    kind, _, path = text.partition("=")
    if kind != "qemu" or not path or "," in path:
        raise TargetError(f"e1000:{text}", "it names no card", "write e1000:qemu=PATH")
    from netfsm.drivers.e1000.driver import E1000  # noqa: PLC0415  # reads specs that nobody else needs
    from netfsm.drivers.e1000.x_remote import XRemote  # noqa: PLC0415  # starts what few need

    wire = f"stream,server=on,addr.type=unix,addr.path={path}"
    return E1000(XRemote(wire), f"e1000:{text}")
