"""The rules for spec files: what values are, what is refused, and where it is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.nodes import Mapping, Node, Scalar, Sequence
from netfsm.spec.source import parse_source, read_source


def plain(node: Node | None) -> object:
    """Return the tree as Python's own lists and dictionaries."""
    if isinstance(node, Mapping):
        return {key.value: plain(value) for key, value in node.items}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return None if node is None else node.value


def read(text: str | bytes) -> tuple[object, list[str]]:
    """Return the tree of `text`, and its findings as `line:col CODE`."""
    findings = Findings()
    root = parse_source(text, "f", findings)
    return plain(root), [f"{found.line}:{found.column} {found.code}" for found in findings]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", True),
        ("false", False),
        ("0", 0),
        ("65535", 65535),
        ("-3", -3),
        ("0x0800", 2048),
        ("0xFF", 255),
        ("'0x0800'", "0x0800"),
        ('"1"', "1"),
        ("", None),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("True", "True"),
        ("null", "null"),
        ("~", "~"),
        ("3.10", "3.10"),
        ("1e3", "1e3"),
        ("+5", "+5"),
        ("1_000", "1_000"),
        ("0o17", "0o17"),
        ("2026-11-23", "2026-11-23"),
        ("12:34:56", "12:34:56"),
        ("00:11:22:33:44:55", "00:11:22:33:44:55"),
        ("192.0.2.1/24", "192.0.2.1/24"),
        ("neighbour[*]", "neighbour[*]"),
        ("0 < SEG.ACK - SND.UNA <= flight", "0 < SEG.ACK - SND.UNA <= flight"),
    ],
)
def test_only_truth_and_whole_numbers_are_not_text(written: str, expected: object) -> None:
    """`true`, `false`, decimal and 0x integers have their value; all else is text as written."""
    tree, findings = read(f"value: {written}")

    assert [] == findings
    assert {"value": expected} == tree
    assert isinstance(tree, dict)
    assert type(expected) is type(tree["value"])


def test_number_keeps_its_text() -> None:
    """An EtherType can be shown as its author wrote it."""
    root = parse_source("key: 0x0800", "f", Findings())
    assert root is not None
    node = root.get("key")

    assert isinstance(node, Scalar)
    assert (2048, "0x0800", True) == (node.value, node.text, node.plain)


def test_numbers_are_keys_too() -> None:
    """A table by number is a mapping with numbers as keys."""
    assert ({1: "REQUEST", 2: "REPLY"}, []) == read("{1: REQUEST, 0x2: REPLY}")


def test_marks_count_from_one() -> None:
    """Line and column of every node are those an editor shows."""
    root = parse_source("# c\nmachine: a\nrows:\n  - {id: b}\n", "f", Findings())
    assert root is not None
    rows = root.get("rows")
    assert isinstance(rows, Sequence)

    assert Mark("f", 2, 1) == root.mark
    assert Mark("f", 4, 3) == rows.mark
    assert Mark("f", 4, 5) == rows.items[0].mark


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("", ["1:1 EMPTY"]),
        ("# only a comment\n", ["1:1 EMPTY"]),
        ("---\n...\n", ["1:1 EMPTY"]),
        ("[a, b]", ["1:1 KIND"]),
        ("a word", ["1:1 KIND"]),
        ("a: 1\n---\nb: 2\n", ["2:1 DOCUMENTS"]),
        ("%YAML 1.1\n---\na: 1\n", ["1:1 DIRECTIVE"]),
        ("# c\n%TAG ! x\n%OTHER y\n---\na: 1\n", ["2:1 DIRECTIVE", "3:1 DIRECTIVE"]),
        ("a: !x b", ["1:4 TAG"]),
        ("a: !!str b", ["1:4 TAG"]),
        ("a: !x!y b", ["1:4 TAG"]),
        ("a: &x b", ["1:4 ANCHOR"]),
        ("a: *x", ["1:4 ALIAS"]),
        ("a: * 2", ["1:5 ALIAS"]),
        ("<<: {a: 1}", ["1:1 MERGE"]),
        ("a: 1\nb: 2\na: 3\n", ["3:1 DUPLICATE-KEY"]),
        ("{1: a, 0x1: b}", ["1:8 DUPLICATE-KEY"]),
        ("[a]: b", ["1:1 KEY"]),
        (": b", ["1:1 KEY"]),
        ("true: b", ["1:1 KEY"]),
        ("a: 0800", ["1:4 OCTAL"]),
        ("a: -07", ["1:4 OCTAL"]),
        ("a: " + "9" * 5_000, ["1:4 NUMBER"]),
        ("a:\n\tb: 1", ["2:1 TAB"]),
        ("a: b: c", ["1:5 SYNTAX"]),
        ("a: 'b", ["1:4 SYNTAX"]),
        ("a: {b: c", ["1:4 SYNTAX"]),
        ("a: {b: c}}", ["1:10 SYNTAX"]),
        ('a: "b" + c', ["1:8 SYNTAX"]),
        ('a: "\\q"', ["1:6 SYNTAX"]),
        ("a: b\nc\nd: e", ["2:1 SYNTAX"]),
        ("a:\n  b: 1\n c: 2", ["3:2 SYNTAX"]),
        ("a: @b", ["1:4 SYNTAX"]),
        ('a: "\\ud800"', ["1:4 CHARACTER"]),
        ("a: b\x00c\x07", ["1:5 CHARACTER", "1:7 CHARACTER"]),
        ("a: b\u2028c", ["1:5 CHARACTER"]),
        (b"\xef\xbb\xbfa: 1", ["1:1 ENCODING"]),
        (b"\xff\xfea\x00", ["1:1 ENCODING"]),
        (b"a: 1\nb: \xe4\xff", ["2:4 ENCODING"]),
    ],
)
def test_what_is_refused_and_where(text: str | bytes, findings: list[str]) -> None:
    """Each thing that specs don't use is one finding, at its place, and no more."""
    assert findings == read(text)[1]


def test_all_findings_of_a_file_come_at_once() -> None:
    """What is refused doesn't hide what is wrong after it, and the rest is still read."""
    text = "%YAML 1.1\n---\na: &x 1\na: !t 2\nb: *x\nc: 0800\nd: {e: min(f, g), h: 1}\n"

    tree, findings = read(text)

    expected = ["1:1 DIRECTIVE", "3:4 ANCHOR", "4:1 DUPLICATE-KEY", "4:4 TAG", "5:4 ALIAS"]
    assert [*expected, "6:4 OCTAL", "7:8 UNQUOTED"] == findings
    assert {"a": 1, "b": None, "c": "0800", "d": {"e": "min(f, g)", "h": 1}} == tree


def test_duplicate_key_names_the_first() -> None:
    """The finding stands at the second key and tells the line of the first."""
    findings = Findings()
    parse_source("a: 1\nb: 2\na: 3\n", "f", findings)

    assert ["f:3:1: DUPLICATE-KEY key 'a' stands twice, first on line 1"] == [
        str(found) for found in findings
    ]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(ends: str) -> None:
    """Lines are counted alike whatever ends them."""
    assert ({"a": 1, "b": 2}, ["3:1 DUPLICATE-KEY"]) == read(ends.join(["a: 1", "b: 2", "a: 3"]))


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file and a folder are findings that say why."""
    findings = Findings()

    assert read_source(tmp_path / "none.yaml", findings) is None
    assert read_source(tmp_path, findings) is None
    assert read_source("nul\0.yaml", findings) is None
    assert ["UNREADABLE"] * 3 == [found.code for found in findings]
    assert any("No such file" in found.message for found in findings)


def test_file_is_read_with_its_path_in_the_marks(tmp_path: Path) -> None:
    """Marks keep the path as it was given."""
    path = tmp_path / "a.yaml"
    path.write_text("machine: demo.door\n", encoding="utf-8")

    root = read_source(path, Findings())

    assert root is not None
    assert Mark(str(path), 1, 1) == root.mark
