"""`netfsm explain`: the rule behind a finding, a row by its id, what follows a clause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Final

import click
from attrs import frozen

from netfsm.cli.common import Exit, command, format_option, reply, say, warn
from netfsm.cli.excerpt import excerpt
from netfsm.cli.explain_frame import explain_frame
from netfsm.cli.specs import constants, machines
from netfsm.spec.codes import Entry, catalogue, explain_code
from netfsm.spec.findings import Mark
from netfsm.spec.model import Ref

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z-]*\Z")
_CLAUSE: Final = re.compile(r"(RFC\s*\d+|[A-Z]\S*\s+\S+)\s*(.*)\Z", re.IGNORECASE)


@frozen
class Item:
    """Something of a spec that has a name, a place and references."""

    kind: str
    name: str
    says: str
    refs: tuple[Ref, ...]
    mark: Mark

    def json(self) -> dict[str, object]:
        """As `--format json` prints it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "says": self.says,
            "refs": [str(ref) for ref in self.refs],
            "file": str(self.mark).rsplit(":", 2)[0],
            "line": self.mark.line,
            "source": [line for _, line in excerpt(self.mark)],
        }


@command("explain")
@click.argument("what", nargs=-1)
@click.option("--frame", metavar="HEX", help="The path that a frame would take, and its end.")
@click.option("--ipv4", metavar="A/P", help="With --frame: the address of the host.")
@click.option("--live", metavar="PATH", help="With --frame: ask a running stack.")
@format_option("text", "json")
def verb(
    what: tuple[str, ...], frame: str | None, ipv4: str | None, live: str | None, form: str
) -> int:
    """Explain WHAT: a CODE, a row's ID as in arp.address/in_use.answer, a CLAUSE as in RFC 826.

    With --frame: the rows and key spaces that a frame would meet on its way, and why it would stop.
    """
    if frame is not None:
        return explain_frame(frame, ipv4, live, form)
    if not what:
        raise click.UsageError("name a CODE, an ID or a CLAUSE, or --frame HEX")
    asked = " ".join(what).strip()
    entry = explain_code(asked) if _CODE.match(asked) else None
    items: Sequence[Item] = () if entry is not None else _found(asked)
    if entry is None and not items:
        return _unknown(asked, form)
    if form == "json":
        reply("explain", Exit.FINE, more={"code": _entry_json(entry), "items": _json(items)})
    elif entry is not None:
        _tell_entry(entry)
    else:
        _tell_items(items)
    return Exit.FINE


def _json(items: Iterable[Item]) -> list[dict[str, object]]:
    return [item.json() for item in items]


def _entry_json(entry: Entry | None) -> dict[str, str] | None:
    if entry is None:
        return None
    return {name: getattr(entry, name) for name in ("code", "rule", "cause", "mend", "wrong")}


def _unknown(asked: str, form: str) -> int:
    near = get_close_matches(asked.upper(), catalogue(), 3)
    names = [item.name for item in _items()]
    near.extend(get_close_matches(asked, names, 3))
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    message = f"nothing is known of {asked!r}: no code, no row and no clause that a spec cites"
    if form == "json":
        reply("explain", Exit.USAGE, more={"code": None, "items": [], "error": message + hint})
    else:
        warn(f"netfsm explain: {message}{hint}")
    return Exit.USAGE


# ---- what there is


@cache
def _items() -> list[Item]:
    """Every row, impossible cell, property and constant of the known specs."""
    found: list[Item] = []
    for machine in machines():
        named = f"{machine.name}/"
        found.extend(
            Item("row", named + row.id, row.says, row.refs, row.mark) for row in machine.rows
        )
        found.extend(
            Item("impossible", named + cell.id, cell.reason, (), cell.mark)
            for cell in machine.impossibles
        )
        found.extend(
            Item(each.kind, named + each.id, "", each.refs, each.mark)
            for each in machine.properties
        )
    found.extend(
        Item("constant", f"{owner}.{each.name}", each.says, each.refs, each.mark)
        for owner, each in constants()
    )
    return list({(item.kind, item.name): item for item in found}.values())


def _found(asked: str) -> list[Item]:
    """Items whose id is asked for, else those that follow the clause."""
    items = _items()
    named = [item for item in items if asked in (item.name, item.name.partition("/")[2])]
    if named:
        return named
    clause = _CLAUSE.match(asked)
    if clause is None:
        return []
    document, part = _squeezed(clause[1]), _squeezed(clause[2])
    return [item for item in items if any(_follows(ref, document, part) for ref in item.refs)]


def _follows(ref: Ref, document: str, part: str) -> bool:
    """Whether `ref` is the clause, or a clause below it: §2.4.1 is below §2.4, §2.41 is not."""
    if _squeezed(ref.document) != document:
        return False
    own = _squeezed(ref.clause)
    return not part or own == part or own.startswith((f"{part}.", f"{part} "))


def _squeezed(text: str) -> str:
    """`rfc5227` and `RFC  5227` as `RFC 5227`; `2.4` as `§2.4`."""
    words = " ".join(text.split()).upper()
    words = re.sub(r"\ARFC\s*(\d)", r"RFC \1", words)
    return re.sub(r"\A(?:§\s*|SECTION\s+)?(\d)", r"§\1", words)


# ---- how it is told


def _tell_entry(entry: Entry) -> None:
    say(entry.code)
    for name, text in (("rule", entry.rule), ("cause", entry.cause), ("mend", entry.mend)):
        say(f"\n{name}:")
        say("\n".join(f"    {line}" for line in text.splitlines()))
    say("\nfor example, this is wrong:")
    say("\n".join(f"    {line}" for line in entry.wrong.splitlines()))


def _tell_items(items: Sequence[Item]) -> None:
    for number, item in enumerate(items):
        if number:
            say("")
        refs = ", ".join(str(ref) for ref in item.refs)
        say(f"{item.kind} {item.name}{f' ({refs})' if refs else ''}")
        say(f"  {item.mark}")
        if item.says:
            say(f"  {item.says}")
        lines = excerpt(item.mark)
        width = len(str(lines[-1][0])) if lines else 0
        for line_number, line in lines:
            say(f"  {line_number:>{width}} | {line}")
