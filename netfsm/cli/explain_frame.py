"""`netfsm explain --frame`: the path that a frame would take through the layers."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from netfsm.cli.common import Exit, reply, say
from netfsm.cli.run_plan import plan
from netfsm.cli.specs import loadable
from netfsm.stack import Stack
from netfsm.stack.control_socket import ask
from netfsm.stack.driver import Capability

_OWN = bytes.fromhex("020000000001")


class _Plug(NamedTuple):
    """An Ethernet port that nothing is connected to."""

    mac: bytes
    mtu: int = 1500
    link_type: int = 1
    capabilities: Capability = Capability(0)


def explain_frame(
    text: str, ipv4: str | None, ipv6: str | None, live: str | None, form: str
) -> int:
    """Print the path of the frame `text`, in hexadecimal, through a running stack or a new one.

    A new one has every layer, the addresses that `ipv4` and `ipv6` say, and the frame's own
    destination as its hardware address where that is a station's.
    """
    try:
        frame = bytes.fromhex(text)
    except ValueError:
        raise click.UsageError(f"--frame {text[:20]}: a frame is written in hexadecimal") from None
    if live is not None:
        params = {"interface": "eth0", "frame": frame.hex()}
        answer = ask(Path(live), query="host.explain", params=params)
        path, verdict = answer["path"].splitlines(), answer["verdict"]
    else:
        found = _stack(frame, ipv4, ipv6).registry.explain(frame)
        path, verdict = list(found.path), found.verdict
    if form == "json":
        reply("explain", Exit.FINE, more={"path": path, "verdict": verdict})
    else:
        for step in path:
            say(step)
        say(f"= {verdict}")
    return Exit.FINE


def _stack(frame: bytes, ipv4: str | None, ipv6: str | None) -> Stack:
    stack = Stack(layers=loadable())
    station = frame[:6] if len(frame) >= 6 and not frame[0] & 1 else _OWN
    stack.attach(_Plug(station), "eth0")
    wanted = plan(["wire"], [ipv4] if ipv4 else [], [], [ipv6] if ipv6 else [])
    for place in wanted.addresses:
        at = {"address": place.address, "prefix": place.prefix}
        command = f"ipv{place.version}.add_address"
        stack.command(command, interface="eth0", probe=False, **at)
    return stack
