"""Machines in chapters: the whole is as if one file said it, and each part keeps its place."""

from __future__ import annotations

import shutil
import traceback
from pathlib import Path

import pytest
from attrs import evolve

from netfsm.errors import SpecError
from netfsm.machine.compile import compile_machine, python_source
from netfsm.spec.cache import cached
from netfsm.spec.checking import check
from netfsm.spec.chosen import Chosen
from netfsm.spec.index import index_roots, near_roots
from netfsm.spec.library import Library
from netfsm.spec.load import load_all, load_spec, read_spec
from netfsm.spec.model import Machine
from netfsm.spec.nodes import Mapping
from netfsm.spec.pretty import pretty

HEAD = """\
machine: demo.door
netfsm: 1
title: A door
ref: RFC 1 §1
{chapters}
instances: {{key: {{n: nat 9}}, create: [made], final: [gone], limit: 3, when_full: refuse}}
absent:
  state: none
  rows:
    - {{id: none.made, event: made, do: {{pushes: 0}}, to: OPEN, ref: §1}}
groups:
  standing: [OPEN, SHUT]
variables:
  pushes: {{type: nat 9, in: standing}}
events:
  made: {{}}
  take: {{}}
let:
  few: pushes < 3
states:
  OPEN:
    rows:
      - {{id: open.made, event: made, ignore: it is there, ref: §2}}
  SHUT:
  gone:
"""
MORE = """\
chapter: demo.more
netfsm: 1
of: demo.door
title: How a door is pushed
ref: RFC 2 §7
events:
  push: {}
let:
  many: not few
decide:
  pushed:
    - often: many
    - seldom: else
blocks:
  count: {pushes: pushes + 1}
outputs:
  creak: {deliver: {}}
groups:
  standing:
    rows:
      - {id: standing.take, event: take, to: gone, ref: §8}
states:
  OPEN:
    rows:
      - {id: open.often, event: push, leaf: pushed.often, emit: [creak], to: SHUT, ref: RFC 3 §1}
      - {id: open.push, event: push, leaf: pushed.seldom, use: [count], to: SHUT, ref: §9}
  SHUT:
    rows:
      - {id: shut.made, event: made, ignore: it is there, ref: §2}
      - {id: shut.push, event: push, to: OPEN, ref: §9}
absent:
  rows:
    - {id: none.take, event: take, ignore: there is none, ref: §2}
    - {id: none.push, event: push, ignore: there is none, ref: §2}
"""
CLAIMS = """\
chapter: demo.claims
netfsm: 1
of: demo.door
invariants:
  - {id: some, in: standing, holds: few or many, ref: §4}
steps:
  - {id: upwards, in: OPEN, event: push, holds: new.pushes >= pushes, ref: §5}
"""
NAMED = "chapters: [demo.more, demo.claims]"


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a machine in three files, on the search path, and an empty cache."""
    folder = tmp_path / "door"
    folder.mkdir()
    for name, text in (("door", HEAD.format(chapters=NAMED)), ("more", MORE), ("claims", CLAIMS)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("NETFSM_PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def machine() -> Machine:
    """The machine as it is loaded."""
    found = load_spec("demo.door")
    assert isinstance(found, Machine)
    return found


def change(file: Path, old: str, new: str) -> None:
    """Write `new` for the one `old` of a file."""
    text = file.read_text(encoding="utf-8")
    assert 1 == text.count(old)
    file.write_text(text.replace(old, new), encoding="utf-8")


def told(spec: str) -> list[str]:
    """What is found in a spec: file, line and code."""
    return [f"{Path(f.file).name}:{f.line} {f.code}" for f in read_spec(spec).findings]


def test_the_machine_is_the_union_of_its_files(door: Path) -> None:
    """Entries stand behind the machine's own, rows behind those of its states and groups."""
    found = machine()

    assert ["made", "take", "push"] == [event.name for event in found.events]
    assert ["few", "many"] == [let.name for let in found.lets if "." not in let.name]
    assert ["pushed"] == [decide.name for decide in found.decides]
    assert ["creak"] == [output.name for output in found.outputs]
    assert ["some", "upwards"] == [each.id for each in found.properties]
    assert [
        *(
            "standing.take",
            "none.made",
            "none.take",
            "none.push",
            "open.made",
            "open.often",
            "open.push",
        ),
        *("shut.made", "shut.push"),
    ] == [row.id for row in found.rows]


def test_one_file_with_the_same_words_is_the_same_machine(door: Path) -> None:
    """Chapters are a way to write; nothing hangs on where a row stands."""
    whole = machine()
    tree = Library(index_roots(near_roots())).tree("demo.door")
    assert tree is not None
    plain = Library(index_roots(near_roots())).with_tree(
        "demo.door",
        evolve(tree, items=tuple(e for e in tree.items if e[0].text != "chapters")),
        "one",
    )
    one = plain.load("demo.door").model

    assert isinstance(one, Machine)
    assert () == one.chapters
    assert [(r.id, r.states, r.to) for r in one.rows] == [
        (r.id, r.states, r.to) for r in whole.rows
    ]
    # without chapters all clauses that name no document belong to the machine's own
    assert python_source(one).replace("RFC 1", "RFC 2") == python_source(whole).replace(
        "RFC 1", "RFC 2"
    )


def test_each_part_keeps_the_file_where_it_stands(door: Path) -> None:
    """Marks of rows, lets and properties point into the chapter."""
    found = machine()
    marks = {row.id: row.mark for row in found.rows} | {let.name: let.mark for let in found.lets}
    marks |= {each.id: each.mark for each in found.properties}

    for name in ("open.made", "few"):
        assert str(door / "door.yaml") == marks[name].file
    for name in ("open.push", "standing.take", "none.push", "many"):
        assert str(door / "more.yaml") == marks[name].file
    assert (str(door / "claims.yaml"), 5, 5) == (
        marks["some"].file,
        marks["some"].line,
        marks["some"].column,
    )
    assert tuple(str(door / f"{n}.yaml") for n in ("door", "more", "claims")) == found.files


def test_a_clause_without_a_document_belongs_to_its_own_file(door: Path) -> None:
    """First to the document of the chapter's `ref`, and to the machine's where it has none."""
    found = machine()
    rows = {row.id: str(row.refs[0]) for row in found.rows}
    properties = {each.id: str(each.refs[0]) for each in found.properties}

    assert "RFC 1 §2" == rows["open.made"]
    assert "RFC 2 §9" == rows["open.push"]
    assert "RFC 3 §1" == rows["open.often"]
    assert "RFC 1 §4" == properties["some"]


def test_a_traceback_names_the_chapter(door: Path) -> None:
    """A row of a chapter runs as if it stood in that file."""
    change(door / "more.yaml", "pushes + 1}", "pushes + by_hand()}")
    change(door / "door.yaml", "let:\n", "functions:\n  by_hand: {returns: nat 1}\nlet:\n")

    def fails() -> int:
        raise OSError("no hand is there")

    door_class = compile_machine(machine(), functions={"by_hand": fails})
    instance = door_class(n=1)
    instance.on_made()
    with pytest.raises(OSError, match="no hand") as caught:
        instance.on_push()

    rows = [f for f in traceback.extract_tb(caught.value.__traceback__) if f.name == "open.push"]
    assert [str(door / "more.yaml")] == [frame.filename for frame in rows]


def test_a_chapter_s_file_is_checked_with_its_machine(door: Path) -> None:
    """By name or by path the machine is looked at, and it is the machine that is loaded."""
    for spec in ("demo.more", str(door / "more.yaml"), "demo.claims"):
        assert ("demo.door",) == check(spec).names
    assert machine() == load_spec("demo.more")
    assert "demo.door" == read_spec(door / "claims.yaml").name
    assert {"demo.door"} == {n for n in load_all() if n.startswith("demo.")}


def test_a_changed_chapter_makes_the_kept_machine_stale(door: Path) -> None:
    """What is kept hangs on the chapters' content as on the machine's own."""
    load_spec("demo.door")
    index = index_roots(near_roots())
    assert cached("demo.door", index, Chosen()) is not None

    change(door / "claims.yaml", "few or many", "many or few")

    assert cached("demo.door", index, Chosen()) is None
    some = next(each for each in machine().properties if each.id == "some")
    assert "many or few" == pretty(some.holds)


def test_a_changed_chapter_changes_the_digest(door: Path) -> None:
    """What is proved or explored is kept by the digest, which holds every file."""
    first = machine().digest
    change(door / "more.yaml", "pushes + 1", "pushes + 2")

    assert first != machine().digest


def test_moved_files_move_the_marks_of_chapters(
    door: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kept machine serves the same files elsewhere."""
    machine()
    moved = door.parent / "moved"
    shutil.move(door, moved)
    monkeypatch.setenv("NETFSM_PATH", str(moved))

    assert tuple(str(moved / f"{n}.yaml") for n in ("door", "more", "claims")) == machine().files


def test_a_changed_tree_of_a_chapter_is_in_the_machine(door: Path) -> None:
    """A mutant of a chapter's file is one of its machine."""
    library = Library(index_roots(near_roots()))
    before = library.load("demo.door").model
    tree = library.tree("demo.claims")
    assert tree is not None
    less = evolve(tree, items=tuple(e for e in tree.items if e[0].text != "steps"))

    after = library.with_tree("demo.claims", less, "no steps").load("demo.door").model

    assert isinstance(before, Machine)
    assert isinstance(after, Machine)
    assert ["some", "upwards"] == [each.id for each in before.properties]
    assert ["some"] == [each.id for each in after.properties]
    assert before.digest != after.digest


def test_the_tree_of_the_machine_holds_the_rows_of_chapters(door: Path) -> None:
    """Mutants are made of the whole."""
    tree = Library(index_roots(near_roots())).tree("demo.door")
    assert tree is not None
    lets = tree.get("let")

    assert isinstance(lets, Mapping)
    assert ["few", "many"] == [key.text for key, _ in lets.items]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("more", "many: not few", "few: pushes < 4", "more.yaml:9 DUPLICATE-KEY"),
        ("more", "many: not few", "pushes: 4", "more.yaml:9 DUPLICATE-NAME"),
        ("more", "id: shut.made", "id: open.made", "more.yaml:29 DUPLICATE-ID"),
        ("claims", "id: some", "id: open.push", "claims.yaml:5 DUPLICATE-ID"),
        ("more", "  SHUT:\n", "  WIDE:\n", "more.yaml:27 CHAPTER"),
        ("more", "  standing:\n", "  wide:\n", "more.yaml:19 CHAPTER"),
        ("more", "  OPEN:\n", "  OPEN:\n    says: it is open\n", "more.yaml:24 CHAPTER"),
        ("more", "let:\n", "initial: OPEN\nlet:\n", "more.yaml:8 CHAPTER"),
        ("more", "let:\n", "scope: demo.house\nlet:\n", "more.yaml:8 CHAPTER"),
        ("more", "blocks:\n", "block:\n", "more.yaml:14 UNKNOWN-KEY"),
        ("more", "of: demo.door\n", "of: demo.window\n", "more.yaml:3 CHAPTER-OF"),
        ("more", "of: demo.door\n", "", "more.yaml:1 MISSING-KEY"),
        ("more", "netfsm: 1\n", "netfsm: 2\n", "more.yaml:2 LANGUAGE-VERSION"),
        ("more", "many: not few", "many: not fewer", "more.yaml:9 UNKNOWN-NAME"),
        ("more", "ref: RFC 2 §7", "ref: 7", "more.yaml:5 BAD-REF"),
        ("more", "title: How", "titel: How", "more.yaml:4 UNKNOWN-KEY"),
        ("more", "title: How a door is pushed", "title: [a]", "more.yaml:4 WRONG-TYPE"),
        ("claims", "invariants:\n", "invariants: 3\nmusts:\n", "claims.yaml:4 WRONG-TYPE"),
        ("door", "demo.more, ", "demo.mores, ", "door.yaml:5 UNKNOWN-CHAPTER"),
        ("door", "demo.more, ", "demo.more, demo.more, ", "door.yaml:5 DUPLICATE-NAME"),
    ],
)  # fmt: skip  # a table
def test_what_is_wrong_is_told_where_it_stands(
    door: Path, file: str, old: str, new: str, expected: str
) -> None:
    """Each finding is at its line of its own file, and first of all that are told there."""
    change(door / f"{file}.yaml", old, new)

    assert expected in told("demo.door")


def test_a_lost_chapter_makes_no_other_findings(door: Path) -> None:
    """Nothing is said of cells and names that the missing part may have had."""
    change(door / "door.yaml", "demo.more", "demo.mroe")

    assert ["door.yaml:5 UNKNOWN-CHAPTER"] == told("demo.door")
    assert "did you mean demo.more?" == read_spec("demo.door").findings[0].hint


def test_a_name_that_stands_twice_names_the_other_file(door: Path) -> None:
    """A line alone would not tell where the first stands."""
    change(door / "more.yaml", "many: not few", "few: pushes < 4")
    found = next(f for f in read_spec("demo.door").findings if f.code == "DUPLICATE-KEY")

    assert f"key 'few' stands twice, first in {door / 'door.yaml'}:19:3" == found.message


def test_a_chapter_that_nobody_names_is_told(door: Path) -> None:
    """By its own name, and where everything is looked at."""
    change(door / "door.yaml", ", demo.claims", "")

    assert ["claims.yaml:3 UNLISTED-CHAPTER"] == told("demo.claims")
    assert "UNLISTED-CHAPTER" in {finding.code for finding in check().findings}
    with pytest.raises(SpecError, match="UNLISTED-CHAPTER"):
        load_all()
    with pytest.raises(SpecError, match="UNLISTED-CHAPTER"):
        load_spec("demo.claims")


def test_a_chapter_of_no_machine_is_told(door: Path) -> None:
    """Its `of` names what is not there."""
    change(door / "claims.yaml", "of: demo.door", "of: demo.dor")

    assert ["claims.yaml:3 UNKNOWN-MACHINE"] == told("demo.claims")
