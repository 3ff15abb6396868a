"""Where each character of a scalar stands in its file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.nodes import Mapping, Scalar
from netfsm.spec.source import parse_source


def value_of(text: str) -> Scalar:
    """Read `text` and return the scalar under its only key."""
    root = parse_source(text, "f", Findings())
    assert isinstance(root, Mapping)
    node = root.items[0][1]
    assert isinstance(node, Scalar)
    return node


@pytest.mark.parametrize(
    ("source", "word", "line", "column"),
    [
        ("when: a and b", "b", 1, 13),
        ("when:   a and b   # why", "b", 1, 15),
        ("when: 'a and b'", "b", 1, 14),
        ('when: "a and b"', "b", 1, 14),
        ("when: a\n  and\n    b", "b", 3, 5),
        ("when: >-\n  a\n  and b", "b", 3, 7),
        ("when: |\n  a\n  and b\n", "b", 3, 7),
        ("when: 'a\n  and b'", "b", 2, 7),
        ("x: {when: a and b}", "b", 1, 17),
    ],
)
def test_place_of_a_word_in_a_scalar(source: str, word: str, line: int, column: int) -> None:
    """A finding inside an expression points at the word, however the expression is written."""
    node = parse_source(source, "f", Findings())
    scalar: object = node
    while isinstance(scalar, Mapping):
        scalar = scalar.items[0][1]
    assert isinstance(scalar, Scalar)

    assert Mark("f", line, column) == scalar.at(scalar.text.rindex(word))


def test_place_in_a_text_with_escapes_is_the_text() -> None:
    """Where an escape makes text and source differ, the place is that of the whole value."""
    scalar = value_of('when: "a \\x3e b"')

    assert Mark("f", 1, 7) == scalar.at(4)


def test_place_past_the_end_is_the_end() -> None:
    """An expression that ends too soon is reported behind its last character."""
    assert Mark("f", 1, 12) == value_of("when: a and").at(5)


@given(st.text(max_size=30), st.text(max_size=30), st.integers(min_value=0, max_value=40))
def test_place_is_always_given(text: str, raw: str, offset: int) -> None:
    """No text and source, however unlike, make the search for a place fail."""
    mark = Scalar(text, text, True, Mark("f", 5, 9), raw).at(offset)

    assert mark.line >= 5
    assert mark.column >= 1
