"""Everything that is done to a stack, written down so that it can be done again.

One JSON object a line (`events.ndjson`): the first line is how the stack was made, each other one a
call that changes it, with the time and the inputs of steps and what came out. A stack reads no
clock and no chance of its own, so doing the same again gives the same, octet by octet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath
from typing import Any, Final, NamedTuple, TextIO, cast

from attrs import define, frozen

from netfsm.errors import NetfsmError
from netfsm.stack.driver import Capability
from netfsm.stack.interface import Interface, Port
from netfsm.stack.messages import Frame, Input, Lend, LinkChange, Output, Report, Taken
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.stack import Stack
from netfsm.stack.verdicts import Verdict
from netfsm.wire.buffer import Buffer
from netfsm.wire.offload import PLAIN, ChecksumState, Offload

__all__ = ["BadRecord", "RecordedStack", "Replayed", "replay"]

FORMAT: Final = 1
_AS_TEXT: Final = (IPv4Address, IPv6Address, IPv4Network, IPv6Network, PurePath)
Line = dict[str, Any]


@define(eq=False)
class BadRecord(NetfsmError):
    """A record can't be replayed: `line` from 1, and what is wrong with it."""

    line: int
    reason: str

    def __str__(self) -> str:
        """Where and what."""
        return f"line {self.line} of the record: {self.reason}"


@frozen
class Replayed:
    """A call that was done again: what it gave in the record, and now.

    Both are in the record's own form; they are equal where the replay is true.
    """

    line: int
    call: str
    wanted: Line
    got: Line

    @property
    def same(self) -> bool:
        """True where the call gave the same again."""
        return self.wanted == self.got


@define
class _Journal:
    """Writes calls; a call inside another one is part of it."""

    sink: TextIO
    depth: int = 0

    @contextmanager
    def call(self, call: str, given: Line) -> Generator[Line]:
        """Write the call when it is over, with what the body puts into the mapping."""
        gave: Line = {}
        self.depth += 1
        try:
            yield gave
        except Exception as error:
            gave["raised"] = type(error).__name__
            raise
        finally:
            self.depth -= 1
            if self.depth == 0:
                self.sink.write(f"{json.dumps({'call': call, **given, 'gave': gave})}\n")


class RecordedStack(Stack):
    """A `Stack` whose life is written to `sink`. What is set on its interfaces directly is not.

    `settings` are those of `Stack`.
    """

    def __init__(self, sink: TextIO, **settings: Any) -> None:
        self._journal = _Journal(sink)
        given = {name: _packed(value) for name, value in settings.items()}
        with self._journal.call("stack", {"format": FORMAT, "settings": given}):
            super().__init__(**settings)

    def load(self, name: str) -> None:
        """As `Stack.load`, written down."""
        with self._journal.call("load", {"name": name}):
            super().load(name)

    def unload(self, name: str, *, dependants: bool = False) -> tuple[str, ...]:
        """As `Stack.unload`, written down."""
        with self._journal.call("unload", {"name": name, "dependants": dependants}):
            return super().unload(name, dependants=dependants)

    def reload(self, name: str) -> tuple[str, ...]:
        """As `Stack.reload`, written down."""
        with self._journal.call("reload", {"name": name}):
            return super().reload(name)

    def attach(
        self,
        port: Port,
        name: str | None = None,
        *,
        up: bool = True,
        noarp: bool = False,
        peer: bytes = b"",
    ) -> Interface:
        """As `Stack.attach`, written down with what the stack needs to know of the driver."""
        plug = {
            "mac": port.mac.hex(),
            "mtu": port.mtu,
            "link_type": port.link_type,
            "capabilities": port.capabilities.value,
        }
        kind = {"noarp": noarp, "peer": peer.hex()}
        with self._journal.call("attach", {"name": name, "up": up, **plug, **kind}):
            return super().attach(port, name, up=up, noarp=noarp, peer=peer)

    def detach(self, name: str) -> None:
        """As `Stack.detach`, written down."""
        with self._journal.call("detach", {"name": name}):
            super().detach(name)

    def set_link(self, name: str, *, up: bool) -> None:
        """As `Stack.set_link`, written down."""
        with self._journal.call("set_link", {"name": name, "up": up}):
            super().set_link(name, up=up)

    def command(self, name: str, **params: object) -> Any:
        """As `Stack.command`, written down."""
        given = {key: _packed(value) for key, value in params.items()}
        with self._journal.call("command", {"name": name, "params": given}):
            return super().command(name, **params)

    def reserve(self, flow: str, size: int, **params: object) -> Outgoing:
        """As `Stack.reserve`, written down with the number of the packet."""
        given = {key: _packed(value) for key, value in params.items()}
        with self._journal.call("reserve", {"flow": flow, "size": size, "params": given}) as gave:
            packet = super().reserve(flow, size, **params)
            gave["packet"] = packet.number
        return packet

    def commit(self, packet: Outgoing) -> Verdict:
        """As `Stack.commit`, written down with the payload."""
        given = {"packet": packet.number, "payload": bytes(packet.buffer).hex()}
        with self._journal.call("commit", given) as gave:
            verdict = super().commit(packet)
            gave["verdict"] = str(verdict)
        return verdict

    def cancel(self, packet: Outgoing) -> None:
        """As `Stack.cancel`, written down."""
        with self._journal.call("cancel", {"packet": packet.number}):
            super().cancel(packet)

    def step(self, now: int, inputs: Sequence[Input] = ()) -> tuple[tuple[Output, ...], int | None]:
        """As `Stack.step`, written down with what it gives."""
        given = {"now": now, "inputs": [_input(one) for one in inputs]}
        with self._journal.call("step", given) as gave:
            outputs, deadline = super().step(now, inputs)
            gave.update(_outcome(outputs, deadline))
        return outputs, deadline


def replay(lines: Iterable[str]) -> Iterator[Replayed]:
    """Do again what `lines` say, on a stack of its own; one result a call.

    Raises BadRecord for a line that is no call of a record. What the calls themselves raise is
    compared with the record by name.
    """
    stack: Stack | None = None
    for number, text in enumerate(lines, 1):
        line = _read(number, text)
        call = str(line["call"])
        if (stack is None) != (call == "stack"):
            raise BadRecord(number, "a record begins with how its stack was made, and says it once")
        if call != "stack" and call not in _CALLS:
            raise BadRecord(number, f"there is no call {call!r}")
        got: Line = {}
        try:
            if stack is None:
                stack = _made(line)
            else:
                got = _CALLS[call](stack, line) or {}
        except (KeyError, TypeError) as error:
            got = _raised(line, number, error)
        except Exception as error:  # noqa: BLE001  # compared with what the record says was raised
            got = {"raised": type(error).__name__}
        yield Replayed(number, call, line["gave"], got)
        if stack is None:
            return


def _raised(line: Line, number: int, error: Exception) -> Line:
    """What a call raised; where the record knows nothing of it, the line itself is broken."""
    name = type(error).__name__
    if line["gave"].get("raised") != name:
        raise BadRecord(number, f"{name}: {error}") from error
    return {"raised": name}


def _read(number: int, text: str) -> Line:
    try:
        line = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRecord(number, f"no JSON: {error.msg}") from None
    if not isinstance(line, dict) or not {"call", "gave"} <= line.keys():
        raise BadRecord(number, "a call is an object with `call` and `gave`")
    return cast(Line, line)


# ---- the calls, done again


class _Plug(NamedTuple):
    """What a stack knew of a driver."""

    mac: bytes
    mtu: int
    link_type: int
    capabilities: Capability


def _made(line: Line) -> Stack:
    if line["format"] != FORMAT:
        raise ValueError(f"the record has format {line['format']}, this netfsm reads {FORMAT}")
    return Stack(**{name: _unpacked(value) for name, value in line["settings"].items()})


def _load(stack: Stack, line: Line) -> None:
    stack.load(line["name"])


def _unload(stack: Stack, line: Line) -> None:
    stack.unload(line["name"], dependants=line["dependants"])


def _reload(stack: Stack, line: Line) -> None:
    stack.reload(line["name"])


def _reserve(stack: Stack, line: Line) -> Line:
    params = {name: _unpacked(value) for name, value in line["params"].items()}
    return {"packet": stack.reserve(line["flow"], line["size"], **params).number}


def _commit(stack: Stack, line: Line) -> Line:
    packet = stack.reserved[line["packet"]]
    packet.write(bytes.fromhex(line["payload"]))
    return {"verdict": str(stack.commit(packet))}


def _cancel(stack: Stack, line: Line) -> None:
    stack.cancel(stack.reserved[line["packet"]])


def _attach(stack: Stack, line: Line) -> None:
    abilities = Capability(line["capabilities"])
    plug = _Plug(bytes.fromhex(line["mac"]), line["mtu"], line["link_type"], abilities)
    peer = bytes.fromhex(line["peer"])
    stack.attach(plug, line["name"], up=line["up"], noarp=line["noarp"], peer=peer)


def _detach(stack: Stack, line: Line) -> None:
    stack.detach(line["name"])


def _set_link(stack: Stack, line: Line) -> None:
    stack.set_link(line["name"], up=line["up"])


def _command(stack: Stack, line: Line) -> None:
    params = {name: _unpacked(value) for name, value in line["params"].items()}
    stack.command(line["name"], **params)


def _step(stack: Stack, line: Line) -> Line:
    inputs = [_INPUTS[kind](name, value) for kind, name, value in line["inputs"]]
    return _outcome(*stack.step(line["now"], inputs))


_INPUTS: Final[dict[str, Callable[[str, Any], Input]]] = {
    "frame": lambda name, value: Frame(name, bytes.fromhex(value)),
    "arrival": lambda name, value: Frame(name, bytes.fromhex(value[0]), _offload(*value[1])),
    "link": lambda name, value: LinkChange(name, up=value),
    "lend": lambda name, value: Lend(name, Buffer.allocate(value)),
}


_CALLS: Final = {
    "load": _load,
    "unload": _unload,
    "reload": _reload,
    "reserve": _reserve,
    "commit": _commit,
    "cancel": _cancel,
    "attach": _attach,
    "detach": _detach,
    "set_link": _set_link,
    "command": _command,
    "step": _step,
}


# ---- values as JSON has them


def _input(one: Input) -> list[object]:
    if isinstance(one, Frame):
        octets = bytes(one.data).hex()
        if one.offload is PLAIN:
            return ["frame", one.interface, octets]
        return ["arrival", one.interface, [octets, [one.offload[0].value, *one.offload[1:]]]]
    if isinstance(one, Lend):
        return ["lend", one.interface, one.buffer.tailroom]
    return ["link", one.interface, one.up]


def _offload(checksum: str, *places: int) -> Offload:
    return Offload(ChecksumState(checksum), *places)


def _outcome(outputs: Sequence[Output], deadline: int | None) -> Line:
    return {"outputs": [_output(one) for one in outputs], "deadline": deadline}


def _output(one: Output) -> list[object]:
    if isinstance(one, Report):
        return ["report", one.name, {name: _packed(value) for name, value in one.data.items()}]
    if isinstance(one, Taken):
        return ["row", one.machine, [_packed(part) for part in one.key], one.row, one.state]
    return ["frame", one.interface, bytes(one.data).hex(), list(one.rows)]


def _packed(value: object) -> Any:
    """A parameter or a value of a report; octets are `{"hex": ...}`, a mapping `{"of": ...}`."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, _AS_TEXT):
        return str(value)
    if isinstance(value, dict):
        return {"of": {name: _packed(one) for name, one in cast(Line, value).items()}}
    if isinstance(value, tuple | list):
        return [_packed(one) for one in cast(Sequence[object], value)]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"{value!r} can't be written into a record")


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpacked(one) for one in cast(list[object], value))
    if not isinstance(value, dict):
        return value
    line = cast(Line, value)
    if "hex" in line:
        return bytes.fromhex(line["hex"])
    return {name: _unpacked(one) for name, one in line["of"].items()}
