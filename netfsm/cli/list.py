"""`netfsm list`: layers, machines, formats, drivers and targets, with where each comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Final

from netfsm.cli.common import Exit, command, format_option, reply, say
from netfsm.cli.tables import show_table, show_title
from netfsm.spec.findings import shown_path
from netfsm.spec.index import find_specs

_KINDS: Final = {
    "layer": "layers",
    "machine": "machines",
    "chapter": "chapters",
    "format": "formats",
    "scope": "scopes",
    "types": "types",
    "compose": "compositions",
    "registers": "register maps",
}
_GROUPS: Final = {"drivers": "netfsm.drivers", "targets": "netfsm.targets"}

_TARGETS: Final = {
    "self": "the generated code, in this process",
    "reference": "the interpreter, in this process",
}

Entry = tuple[str, str, str]
"""Name, title, source."""


@command("list")
@format_option("text", "json")
def verb(form: str) -> int:
    """List layers, machines, formats, drivers and targets, with their source."""
    parts = {**_specs(), **{name: _others(name) for name in _GROUPS}}
    if form == "json":
        reply("list", Exit.FINE, more={name: _json(found) for name, found in parts.items()})
        return Exit.FINE
    for name, found in parts.items():
        if found:
            show_title(name)
            show_table(("name", "what it is", "source"), found, ("bold", "", "dim"))
            say("")
    return Exit.FINE


def _json(found: Sequence[Entry]) -> list[dict[str, str]]:
    return [{"name": name, "title": title, "source": source} for name, title, source in found]


def _specs() -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = {name: [] for name in _KINDS.values()}
    for spec in sorted(find_specs().values(), key=lambda each: each.name):
        if spec.kind in _KINDS:
            source = shown_path(str(spec.path))
            found[_KINDS[spec.kind]].append((spec.name, _title(spec.path.read_text()), source))
    return found


def _title(text: str) -> str:
    """The `title:` of a spec, looked up without reading the rest."""
    for line in text.splitlines():
        if line.startswith("title:"):
            return line.removeprefix("title:").strip().strip("\"'")
    return ""


def _others(part: str) -> list[Entry]:
    """Drivers or targets: netfsm's own, and those that other distributions declare."""
    from netfsm.drivers import drivers

    own = drivers() if part == "drivers" else _TARGETS
    found = [(name, says, "netfsm") for name, says in own.items()]
    found.extend(
        (entry.name, entry.value, entry.dist.name if entry.dist else "")
        for entry in entry_points(group=_GROUPS[part])
    )
    return found
