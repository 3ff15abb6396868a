"""Queries and commands over a UNIX socket, one JSON object a line each way.

========================================== ====================================================
{"query": "arp.neighbours", "params": {}}  {"answer": ...}: a record is an object, a list a list
{"command": "arp.flush", "params": {...}}  {"answer": null}, or what the command gives
{"list": "queries"}                        {"answer": [...]}: also commands and flows
========================================== ====================================================

What goes wrong comes back as {"error": "NotLoaded", "message": "..."}; nothing that a client
sends ends the stack. A client that does not read its answers is cut off.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import attrs
from attrs import define, field

from netfsm.errors import NetfsmError, TargetError
from netfsm.spec import model
from netfsm.stack.stack import Stack

__all__ = ["ControlServer", "ask"]

LONGEST_LINE: Final = 65_536
MOST_CLIENTS: Final = 16
_EXPECTED: Final = (NetfsmError, LookupError, TypeError, ValueError, OSError)


@define(eq=False)
class _Client:
    """A connection and what it has sent of a line that is not whole yet."""

    connection: socket.socket
    began: bytearray = field(factory=bytearray)


class ControlServer:
    """Answers clients at `path` for `stack`; a shell calls `work` when `descriptors` are readable.

    A socket that a dead server left at `path` is replaced. Raises TargetError where the path can't
    be had. Only its owner may connect: the socket's mode is 0600.
    """

    def __init__(self, stack: Stack, path: Path) -> None:
        self.stack = stack
        self.path = path
        self._clients: dict[int, _Client] = {}
        self._serial = 0
        self._listener = _listener(path)

    def descriptors(self) -> dict[str, tuple[int, Callable[[], None]]]:
        """What to watch for reading, and what to call then, by names that are never used again."""
        found: dict[str, tuple[int, Callable[[], None]]] = {
            "listener": (self._listener.fileno(), self._accept)
        }
        for serial, client in self._clients.items():
            found[f"client {serial}"] = (client.connection.fileno(), partial(self._read, serial))
        return found

    def close(self) -> None:
        """Let every client go and take the socket away."""
        for serial in list(self._clients):
            self._drop(serial)
        self._listener.close()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            if len(self._clients) >= MOST_CLIENTS:
                connection.close()
                return
            connection.setblocking(False)
            self._serial += 1
            self._clients[self._serial] = _Client(connection)

    def _read(self, serial: int) -> None:
        client = self._clients[serial]
        try:
            data = client.connection.recv(LONGEST_LINE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        client.began += data
        if not data or len(client.began) > LONGEST_LINE:
            self._drop(serial)
            return
        *lines, rest = client.began.split(b"\n")
        client.began = bytearray(rest)
        for line in lines:
            answer = json.dumps(self.answer(bytes(line))).encode() + b"\n"
            try:
                client.connection.sendall(answer)
            except OSError:
                self._drop(serial)
                return

    def _drop(self, serial: int) -> None:
        self._clients.pop(serial).connection.close()

    # ---- answers

    def answer(self, line: bytes) -> dict[str, object]:
        """What a line asks for; an error by its name and sentence where it can't be given."""
        try:
            return {"answer": _plain(self._asked(json.loads(line)))}
        except _EXPECTED as error:
            return {"error": type(error).__name__, "message": str(error)}

    def _asked(self, wish: object) -> Any:
        asked = cast("dict[str, Any]", wish) if isinstance(wish, dict) else {}
        params = asked.get("params", {})
        if not isinstance(params, dict):
            raise TypeError("params is an object")
        given = cast("dict[str, Any]", params)
        match asked:
            case {"query": str(name)}:
                return self.stack.query(name, **given)
            case {"command": str(name)}:
                return self.stack.command(name, **given)
            case {"list": "queries" | "commands" | "flows" as kind}:
                listed: tuple[model.Control, ...] = getattr(self.stack, kind)()
                return [_declared(one) for one in listed]
            case _:
                raise ValueError("a line has query, command or list: {'query': 'arp.neighbours'}")


def ask(path: Path, **wish: object) -> Any:
    """Ask the server at `path` (query=NAME, params={...}) and return its answer.

    Raises TargetError where nobody answers there, ValueError for what the server refuses.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(json.dumps(wish).encode() + b"\n")
            with connection.makefile("rb") as lines:
                found: dict[str, Any] = json.loads(lines.readline() or b'{"error": "Gone"}')
    except OSError as error:
        reason = error.strerror or str(error)
        raise TargetError(str(path), reason, "start netfsm run --control PATH") from error
    if "error" in found:
        raise ValueError(f"{found['error']}: {found.get('message', 'the server is gone')}")
    return found["answer"]


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    try:
        if path.is_socket() and not _is_alive(path):
            path.unlink()
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen()
    except OSError as error:
        listener.close()
        raise TargetError(str(path), error.strerror or str(error), "take another path") from error
    listener.setblocking(False)
    return listener


def _is_alive(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as one:
        return one.connect_ex(str(path)) == 0


def _declared(one: model.Control) -> dict[str, object]:
    params = {param.name: str(param.type) for param in one.params}
    return {"name": one.name, "params": params, "optional": sorted(one.optional), "says": one.says}


def _plain(value: Any) -> Any:
    """An answer as JSON has it: records are objects, octets text in hexadecimal."""
    if attrs.has(cast("type[object]", type(value))):
        return {name: _plain(one) for name, one in attrs.asdict(value, recurse=False).items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in cast("list[Any]", value)]
    if isinstance(value, bytes):
        return value.hex()
    return value
