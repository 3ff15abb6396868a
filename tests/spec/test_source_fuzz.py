"""No text makes the reader fail: it gives a tree, findings, or both, never an exception."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from hypothesis import given
from hypothesis import strategies as st

from netfsm.spec.findings import Findings
from netfsm.spec.source import parse_source


def spec_files(folder: Traversable) -> list[Traversable]:
    """Return every YAML file below `folder`."""
    found: list[Traversable] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += spec_files(entry)
        elif entry.name.endswith(".yaml"):
            found.append(entry)
    return found


SPECS = [path.read_text(encoding="utf-8") for path in spec_files(files("netfsm") / "specs")]
PIECES = [
    *"{}[]():,'\"|>-?&*!%@`#~\\ \n\t\r\0ax0",
    *(": ", "- ", "? ", "<<: ", "---\n", "...\n", "%YAML 1.2\n", "&a ", "*a", "!t ", "!<", "|9\n"),
    *('"\\U', '"\\x', '"\\uD800"', "\ufeff", "\u2028", "\x85", "\ud800", "0800", ">-\n", ":\n"),
]


def check(text: str | bytes) -> None:
    """Read `text`: there is a tree or an error, and every finding can be printed."""
    findings = Findings()
    tree = parse_source(text, "f", findings)
    assert tree is not None or findings.errors
    for found in findings:
        assert found.render().encode().count(b"\n") <= 1
        assert found.line >= 1
        assert found.column >= 1


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Arbitrary Unicode text."""
    check(text)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Arbitrary bytes."""
    check(data)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_pieces_of_yaml(text: str) -> None:
    """YAML's own marks in any order."""
    check(text)


@st.composite
def damaged_specs(draw: st.DrawFn) -> str:
    """Draw a stretch of a real spec with a few pieces put in, taken out or put in place."""
    text = draw(st.sampled_from(SPECS))
    start = draw(st.integers(min_value=0, max_value=len(text)))
    text = text[start : start + draw(st.integers(min_value=50, max_value=1_500))]
    for _ in range(draw(st.integers(min_value=1, max_value=5))):
        at = draw(st.integers(min_value=0, max_value=len(text)))
        gone = draw(st.integers(min_value=0, max_value=4))
        text = text[:at] + draw(st.sampled_from(["", *PIECES])) + text[at + gone :]
    return text


@given(damaged_specs())
def test_damaged_specs(text: str) -> None:
    """Real specs cut and mutated."""
    check(text)
