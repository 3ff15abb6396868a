"""Taking mappings apart: values, defaults, and a finding for everything that is out of form."""

from __future__ import annotations

import pytest

from netfsm.spec.findings import Findings, Mark
from netfsm.spec.nodes import Scalar
from netfsm.spec.shape import Shape
from netfsm.spec.source import parse_source

KEYS = ("id", "title", "limit", "ghost", "level", "use", "rows", "do", "when")


def shape_of(text: str) -> tuple[Shape, Findings]:
    """Return a shape over `text` with the keys above."""
    findings = Findings()
    root = parse_source(text, "f", findings)
    assert root is not None
    return Shape(root, findings, "a row", KEYS), findings


def said(findings: Findings) -> list[str]:
    """Return the findings as lines, without the file."""
    return [str(found).removeprefix("f:") for found in findings]


def texts(scalars: tuple[Scalar, ...]) -> list[str]:
    """Return the texts of scalars."""
    return [scalar.text for scalar in scalars]


def test_values_of_every_form() -> None:
    """A mapping in good form gives its values and no finding."""
    shape, findings = shape_of(
        "id: a.b\nlimit: 0x10\nghost: true\nlevel: must\nuse: [x, y]\n"
        "rows: [{a: 1}, {b: 2}]\ndo: {x: y + 1, z: 0}\nwhen: false\n"
    )

    assert "a.b" == shape.text("id", required=True)
    assert 16 == shape.number("limit", least=1, most=16)
    assert shape.flag("ghost")
    assert "must" == shape.choice("level", ("must", "should"))
    assert ["x", "y"] == texts(shape.texts("use"))
    assert 2 == len(shape.mappings("rows"))
    assert ["x", "z"] == [name.text for name, _ in shape.entries("do")]
    when = shape.expression("when")
    assert when is not None
    assert "false" == when.text
    assert [] == said(findings)


def test_one_text_is_a_list_of_one() -> None:
    """Where a list of texts may stand, one text may."""
    shape, findings = shape_of("use: x")

    assert ["x"] == texts(shape.texts("use"))
    assert [] == said(findings)


def test_defaults_of_what_is_absent() -> None:
    """An optional key that doesn't stand gives its default, silently."""
    shape, findings = shape_of("{}")

    assert ("", "none") == (shape.text("id"), shape.text("id", default="none"))
    assert shape.number("limit") is None
    assert (False, True) == (shape.flag("ghost"), shape.flag("ghost", default=True))
    assert ((), (), ()) == (shape.texts("use"), shape.items("rows"), shape.entries("do"))
    assert shape.mapping("do") is None
    assert shape.expression("when") is None
    assert shape.choice("level", ("must",)) is None
    assert [] == said(findings)


def test_unknown_key_gets_the_likeliest_known_one() -> None:
    """A misspelt key is reported at the key, with what was probably meant."""
    _, findings = shape_of("id: a\ntitel: b\n")

    assert ["2:1: UNKNOWN-KEY a row has no key 'titel'"] == said(findings)
    assert ["did you mean title?"] == [found.hint for found in findings]


def test_unlike_key_gets_all_known_ones() -> None:
    """A key that is like none is answered with the list."""
    _, findings = shape_of("xyzzy: b\n")

    assert [f"known here: {', '.join(KEYS)}"] == [found.hint for found in findings]


def test_number_as_a_key_is_unknown() -> None:
    """A number is a key that no thing has."""
    _, findings = shape_of("{1: b}")

    assert ["1:2: UNKNOWN-KEY a row has no key '1'"] == said(findings)


def test_missing_key_is_reported_at_the_mapping() -> None:
    """A required key that doesn't stand is a finding, and a default is given."""
    shape, findings = shape_of("# comment\ntitle: x\n")

    assert "" == shape.text("id", required=True)
    assert () == shape.items("rows", required=True)
    assert ["2:1: MISSING-KEY a row needs 'id'", "2:1: MISSING-KEY a row needs 'rows'"] == said(
        findings
    )


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("id: 5", "text", "'id' must be a text, not the number 5"),
        ("id: 0x5", "text", "'id' must be a text, not the number 0x5"),
        ("id: true", "text", "'id' must be a text, not true"),
        ("id:", "text", "'id' must be a text, not nothing"),
        ("id: [a]", "text", "'id' must be a text, not a list"),
        ("id: {a: b}", "text", "'id' must be a text, not a mapping"),
        ("limit: a", "number", "a whole number, not the text 'a'"),
        ("limit: 1_000", "number", "not the text '1_000'"),
        ("limit: true", "number", "a whole number, not true"),
        ("ghost: yes", "flag", "true or false, not the text 'yes'"),
        ("ghost: 1", "flag", "true or false, not the number 1"),
        ("use: [a, 1]", "texts", "'use' must be a text, not the number 1"),
        ("use: {a: b}", "texts", "'use' must be a text, not a mapping"),
        ("rows: a", "items", "'rows' must be a list, not the text 'a'"),
        ("rows: [a]", "mappings", "each of 'rows' must be a mapping"),
        ("do: [a]", "mapping", "must be a mapping of keys to values, not a list"),
        ("do: {1: a}", "entries", "a name in 'do' must be a text"),
        ("when: [a]", "expression", "must be an expression, not a list"),
        ("when: ''", "expression", "an expression, not an empty text"),
        ("level: 5", "choice", "'level' must be a text"),
    ],
)
def test_wrong_form_is_reported(text: str, form: str, expected: str) -> None:
    """A value of another form says what is wanted and what stands there, and gives no value."""
    shape, findings = shape_of(text)
    key = text.partition(":")[0]

    if form == "choice":
        shape.choice(key, ("must", "should"))
    else:
        getattr(shape, form)(key)

    assert ["WRONG-TYPE"] == [found.code for found in findings]
    assert expected in next(iter(findings)).message


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (1, 128, "'limit' is 200; it must be from 1 to 128"),
        (None, 128, "'limit' is 200; it must be 128 or less"),
        (201, None, "'limit' is 200; it must be 201 or more"),
    ],
)
def test_number_out_of_bounds(least: int | None, most: int | None, expected: str) -> None:
    """A number outside its bounds is none, and the finding names the bounds."""
    shape, findings = shape_of("limit: 200")

    assert shape.number("limit", least=least, most=most) is None
    assert [f"1:8: OUT-OF-BOUNDS {expected}"] == said(findings)


def test_word_outside_a_choice() -> None:
    """A word that is none of the few allowed gets the likeliest of them."""
    shape, findings = shape_of("level: shoud")

    assert shape.choice("level", ("must", "should", "may")) is None
    assert ["1:8: UNKNOWN-WORD 'level' can't be 'shoud'"] == said(findings)
    assert ["did you mean should?"] == [found.hint for found in findings]


def test_names_beside_a_wrong_one_are_kept() -> None:
    """One name out of form doesn't hide the others."""
    shape, findings = shape_of("do: {a: b, 1: c, d: e}\nuse: [x, {}, y]")

    assert ["a", "d"] == [name.text for name, _ in shape.entries("do")]
    assert ["x", "y"] == texts(shape.texts("use"))
    assert 2 == len(findings)


def test_where_is_the_key_or_the_mapping() -> None:
    """A builder can point at a key, or at the thing that lacks it."""
    shape, _ = shape_of("title: x\nid: y\n")

    assert Mark("f", 2, 1) == shape.where("id")
    assert Mark("f", 1, 1) == shape.where("rows")
    assert "id" in shape
    assert "rows" not in shape
