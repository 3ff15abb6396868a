"""`netfsm explain`: the rule behind a finding, a row by its id, what follows a clause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import Final

import click
from attrs import frozen

from netfsm.cli.common import Exit, command, format_option, reply, say, warn
from netfsm.cli.excerpt import excerpt
from netfsm.cli.explain_frame import explain_frame
from netfsm.cli.specs import readable
from netfsm.spec.cited import Cited, cited
from netfsm.spec.codes import Entry, catalogue, explain_code
from netfsm.spec.marked import known_tests
from netfsm.spec.model import Ref
from netfsm.spec.numbered import Sentence, find_numbered
from netfsm.spec.refs import refs_of

_CODE: Final = re.compile(r"[A-Za-z][A-Za-z-]*\Z")
_CLAUSE: Final = re.compile(r"(RFC\s*\d+|[A-Z]\S*\s+\S+)\s*(.*)\Z", re.IGNORECASE)


@command("explain")
@click.argument("what", nargs=-1)
@click.option("--frame", metavar="HEX", help="The path that a frame would take, and its end.")
@click.option("--ipv4", metavar="A/P", help="With --frame: the address of the host.")
@click.option("--ipv6", metavar="A/P", help="The same of IPv6.")
@click.option("--live", metavar="PATH", help="With --frame: ask a running stack.")
@format_option("text", "json")
def verb(
    *,
    what: tuple[str, ...],
    frame: str | None,
    ipv4: str | None,
    ipv6: str | None,
    live: str | None,
    form: str,
) -> int:
    """Explain WHAT: a CODE, a row's ID as in arp.address/in_use.answer, a CLAUSE as in RFC 826.

    Of a numbered requirement as RFC 9293 MUST-41: its sentence too, and why it is not met if so.

    With --frame: the rows and key spaces that a frame would meet on its way, and why it would stop.
    """
    if frame is not None:
        return explain_frame(frame, ipv4, ipv6, live, form)
    if not what:
        raise click.UsageError("name a CODE, an ID or a CLAUSE, or --frame HEX")
    asked = " ".join(what).strip()
    entry = explain_code(asked) if _CODE.match(asked) else None
    found = _found(asked) if entry is None else _Found()
    if entry is None and not found:
        return _unknown(asked, form)
    if form == "json":
        reply("explain", Exit.FINE, more={"code": _entry_json(entry), **_json(found)})
    elif entry is not None:
        _tell_entry(entry)
    else:
        _tell(found)
    return Exit.FINE


def _json(found: _Found) -> dict[str, object]:
    return {
        "items": [_item_json(item) for item in found.items],
        "requirement": _requirement_json(found.requirement),
        "tests": list(found.tests),
    }


def _item_json(item: Cited) -> dict[str, object]:
    return {
        "kind": item.kind,
        "name": item.name,
        "says": item.says,
        "refs": [str(ref) for ref in item.refs],
        "file": str(item.mark).rsplit(":", 2)[0],
        "line": item.mark.line,
        "source": [line for _, line in excerpt(item.mark)],
    }


def _requirement_json(requirement: tuple[str, Sentence] | None) -> dict[str, object] | None:
    if requirement is None:
        return None
    document, sentence = requirement
    return {
        "document": document,
        "number": sentence.number,
        "level": sentence.level,
        "refs": [ref.clause for ref in sentence.refs],
        "says": sentence.says,
        "undone": sentence.undone,
    }


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
def _items() -> list[Cited]:
    """Every part of the known specs that has an id or a clause."""
    return cited(readable())


@frozen
class _Found:
    """What is known of a word: parts of specs, the requirement that it names, and tests of it."""

    items: Sequence[Cited] = ()
    requirement: tuple[str, Sentence] | None = None
    tests: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.items or self.requirement or self.tests)


def _found(asked: str) -> _Found:
    """Items whose id is asked for, else those that follow the clause, and its tests."""
    items = _items()
    named = [item for item in items if asked in (item.name, item.name.partition("/")[2])]
    if named:
        return _Found(named)
    clause = _CLAUSE.match(asked)
    if clause is None:
        return _Found()
    document, part = _squeezed(clause[1]), _squeezed(clause[2])
    follow = [item for item in items if any(_follows(ref, document, part) for ref in item.refs)]
    tests = {
        test
        for text, marked in known_tests().items()
        if any(_follows(ref, document, part) for ref in refs_of(text))
        for test in marked
    }
    return _Found(follow, _requirement(document, part), sorted(tests))


def _requirement(document: str, part: str) -> tuple[str, Sentence] | None:
    """The numbered requirement that a clause is, with its document."""
    numbered = find_numbered().get(document)
    sentence = numbered.find(part) if numbered is not None else None
    return None if sentence is None else (document, sentence)


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


def _tell(found: _Found) -> None:
    told = [] if found.requirement is None else [_told_requirement(*found.requirement)]
    told += [_told_item(item) for item in found.items]
    told += ["\n".join(f"test {test}" for test in found.tests)] if found.tests else []
    say("\n\n".join(told))


def _told_requirement(document: str, sentence: Sentence) -> str:
    where = ", ".join(ref.clause for ref in sentence.refs)
    lines = [f"{document} {sentence.number} ({sentence.level}, {where})", f"  {sentence.says}"]
    lines += [f"  not met: {sentence.undone}"] if sentence.undone else []
    return "\n".join(lines)


def _told_item(item: Cited) -> str:
    refs = ", ".join(str(ref) for ref in item.refs)
    told = [f"{item.kind} {item.name}{f' ({refs})' if refs else ''}", f"  {item.mark}"]
    told += [f"  {item.says}"] if item.says else []
    lines = excerpt(item.mark)
    width = len(str(lines[-1][0])) if lines else 0
    told += [f"  {number:>{width}} | {line}" for number, line in lines]
    return "\n".join(told)
