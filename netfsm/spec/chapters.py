"""A machine in chapters: files that say more of a machine, put together before it is read.

`chapters:` of a machine names them in order. Their entries come behind the machine's own, and so do
their rows of its states, groups and `absent`, and their properties. Every node keeps its own file.
In the whole tree the head of each chapter stands where the machine named it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.model import Chapter
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.refs import read_refs
from netfsm.spec.shape import Shape, expect_entries, expect_items, expect_mapping, expect_texts

__all__ = ["CHAPTER_KEYS", "files_of", "machine_of", "put_together", "read_chapters"]

_HEAD: Final = ("chapter", "netfsm", "of", "title", "ref", "says")
_MAPPINGS: Final = (
    "types",
    "constants",
    "functions",
    "variables",
    "timers",
    "events",
    "outputs",
    "let",
    "decide",
    "blocks",
)
_TABLES: Final = ("groups", "states")
_LISTS: Final = ("invariants", "steps", "outputs_hold", "musts")
CHAPTER_KEYS: Final = (*_HEAD, *_MAPPINGS, *_TABLES, "absent", *_LISTS)
_MACHINE_ONLY: Final = ("scope", "initial", "instances", "given", "chapters")
_THERE: Final = "say it in the machine's own file: a chapter gives rows to what stands there"


def put_together(
    machine: Mapping,
    known: Collection[str],
    tree: Callable[[str], Mapping | None],
    findings: Findings,
) -> tuple[Mapping | None, tuple[str, ...]]:
    """Return the machine with what its chapters say, and the chapters that were looked at.

    `known` are the names of all chapters, `tree` gives that of one, None where it has findings. The
    machine is None where a part of it is lost: nothing can be told from the rest.
    """
    node = machine.get("chapters")
    if node is None:
        return machine, ()
    whole = _Whole(machine, findings)
    named: dict[str, Scalar] = {}
    for name in expect_texts(node, findings, "'chapters'"):
        first = named.setdefault(name.text, name)
        if first is not name:
            what = f"{name.text} is named twice, first in line {first.mark.line}"
            findings.add("DUPLICATE-NAME", name.mark, what, "name a chapter once")
        elif name.text not in known:
            what = f"there is no chapter {quoted(name.text)}"
            hint = closest(name.text, known, "a chapter is a file 'chapter: NAME'")
            findings.add("UNKNOWN-CHAPTER", name.mark, what, hint)
            whole.lost = True
        else:
            whole.add(name.text, tree(name.text))
    return whole.root(node.mark), tuple(name for name in named if name in known)


def machine_of(chapter: Mapping, findings: Findings) -> Scalar | None:
    """Return the machine that a chapter says it is of; None with a finding where it says none."""
    keys = [key.text for key, _ in chapter.items]
    return Shape(chapter, findings, "a chapter", keys).scalar("of", required=True)


def read_chapters(node: Node | None, findings: Findings) -> tuple[Chapter, ...]:
    """Return what the heads in a whole tree say; `node` stands under its `chapters`."""
    found: list[Chapter] = []
    for head in _heads(node):
        shape = Shape(head, findings, "a chapter", _HEAD)
        refs = read_refs(shape.node("ref"), findings)
        found.append(Chapter(shape.text("chapter"), shape.text("title"), refs, head.mark))
    return tuple(found)


def files_of(shape: Shape) -> tuple[str, ...]:
    """The files that a machine was put together from, its own first."""
    return (shape.mark.file, *(head.mark.file for head in _heads(shape.node("chapters"))))


def _heads(node: Node | None) -> tuple[Mapping, ...]:
    items = node.items if isinstance(node, Sequence) else ()
    return tuple(item for item in items if isinstance(item, Mapping))


class _Whole:
    """The tree of a machine while chapters are put in; `lost`: a part of one can't be."""

    def __init__(self, machine: Mapping, findings: Findings) -> None:
        self.lost = False
        self._name = machine.items[0][1]
        self._root = machine
        self._findings = findings
        self._heads: list[Node] = []

    def root(self, mark: Mark) -> Mapping | None:
        """The whole; `mark` is where the chapters are named."""
        heads = Sequence(tuple(self._heads), mark)
        return None if self.lost else _put(self._root, "chapters", heads)

    def add(self, name: str, chapter: Mapping | None) -> None:
        """Put in all that a chapter says."""
        of = None if chapter is None else machine_of(chapter, self._findings)
        if chapter is None or of is None:
            self.lost = True
            return
        if not isinstance(self._name, Scalar) or of.text != self._name.text:
            what = f"{name} is of {of.text}, and another machine names it"
            hint = f"name it under 'chapters' of {of.text}, or write the other machine here"
            self._findings.add("CHAPTER-OF", of.mark, what, hint)
            self.lost = True
            return
        head = tuple(entry for entry in chapter.items if entry[0].value in _HEAD)
        self._heads.append(Mapping(head, chapter.mark))
        for key, node in chapter.items[1:]:
            self._section(key, node)

    def _section(self, key: Scalar, node: Node) -> None:
        if key.value in _MAPPINGS:
            self._entries(key, node)
        elif key.value in _TABLES:
            self._tables(key, node)
        elif key.value in _LISTS:
            items = expect_items(node, self._findings, quoted(key.text))
            self._root = _appended(self._root, key, Sequence(items, node.mark))
        elif key.value == "absent":
            self._absent(key, node)
        elif key.value in _MACHINE_ONLY:
            self._refuse(key, f"{quoted(key.text)} stands in a chapter")
        elif key.value not in _HEAD:
            hint = closest(key.text, CHAPTER_KEYS, f"known here: {', '.join(CHAPTER_KEYS)}")
            what = f"a chapter has no key {quoted(key.text)}"
            self._findings.add("UNKNOWN-KEY", key.mark, what, hint)
            self.lost = True

    def _refuse(self, key: Scalar, what: str) -> None:
        self._findings.add("CHAPTER", key.mark, what, _THERE)
        self.lost = True

    def _entries(self, key: Scalar, node: Node) -> None:
        """Entries of a mapping, behind those that stand there; a name stands once."""
        there = self._root.get(key.text)
        present = {name.text: name for name, _ in there.items} if isinstance(there, Mapping) else {}
        fresh: list[tuple[Scalar, Node]] = []
        for name, value in expect_entries(node, self._findings, quoted(key.text)):
            first = present.get(name.text)
            if first is None:
                fresh.append((name, value))
                continue
            what = f"key {quoted(name.text)} stands twice, first in {first.mark}"
            self._findings.add("DUPLICATE-KEY", name.mark, what, "rename or remove one of them")
        self._root = _appended(self._root, key, Mapping(tuple(fresh), node.mark))

    def _tables(self, key: Scalar, node: Node) -> None:
        """More rows for states or groups that the machine has."""
        there = self._root.get(key.text)
        section = there if isinstance(there, Mapping) else Mapping((), key.mark)
        for name, part in expect_entries(node, self._findings, quoted(key.text)):
            entry = section.get(name.text)
            if entry is None:
                what = f"{name.text} does not stand under {quoted(key.text)} of the machine"
                self._refuse(name, what)
                continue
            section = _put(section, name.text, self._with_rows(name, entry, part))
        self._root = _put(self._root, key.text, section)

    def _absent(self, key: Scalar, node: Node) -> None:
        entry = self._root.get("absent")
        if entry is None:
            self._refuse(key, "the machine has no 'absent'")
        else:
            self._root = _put(self._root, "absent", self._with_rows(key, entry, node))

    def _with_rows(self, name: Scalar, entry: Node, part: Node) -> Node:
        """An entry of the machine with the rows of a chapter, which gives nothing else."""
        mapping = expect_mapping(part, self._findings, name.text)
        for key, rows in () if mapping is None else mapping.items:
            if key.value != "rows":
                self._refuse(key, f"a chapter gives {name.text} rows and nothing else")
                continue
            items = expect_items(rows, self._findings, "'rows'")
            entry = _appended(_open(entry), key, Sequence(items, rows.mark))
        return entry


def _open(entry: Node) -> Mapping:
    """A state of which nothing is said, or a group that is a list, as a mapping."""
    if isinstance(entry, Mapping):
        return entry
    if isinstance(entry, Scalar) and entry.value is None:
        return Mapping((), entry.mark)
    return Mapping(((Scalar("states", "states", True, entry.mark), entry),), entry.mark)


def _appended(mapping: Mapping, key: Scalar, more: Mapping | Sequence) -> Mapping:
    """`mapping` with `more` behind what stands under `key`; another form there is told later."""
    there = mapping.get(key.text)
    if there is None:
        return Mapping((*mapping.items, (key, more)), mapping.mark)
    if isinstance(there, Mapping) and isinstance(more, Mapping):
        return _put(mapping, key.text, Mapping((*there.items, *more.items), there.mark))
    if isinstance(there, Sequence) and isinstance(more, Sequence):
        return _put(mapping, key.text, Sequence((*there.items, *more.items), there.mark))
    return mapping


def _put(mapping: Mapping, name: str, node: Node) -> Mapping:
    items = ((key, node if key.value == name else value) for key, value in mapping.items)
    return Mapping(tuple(items), mapping.mark)
