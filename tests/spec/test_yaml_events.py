"""Our events against those of ruamel.yaml untouched: the overrides change no result."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from netfsm.spec.yaml_events import YamlSyntaxError, parse_events
from tests.spec.test_source_fuzz import SPECS

PIECES = [*"{}[](),'\"|>-?&*!# \nab0", ": ", "- ", "? ", "\n  ", "\n- ", "a: ", "|-\n ", ">\n "]


def ours(text: str) -> Iterator[object]:
    """Yield what we make of each event, then the complaint if the text isn't YAML."""
    try:
        for event in parse_events(text):
            place = (event.start, event.end, event.line - 1, event.column - 1)
            yield (*place, event.value, event.anchor, event.tag)
    except YamlSyntaxError as error:
        yield (error.complaint, error.at.index)


def theirs(text: str) -> Iterator[object]:
    """Yield the same of ruamel's own parser."""
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            start, end = event.start_mark, event.end_mark
            name = event.anchor if type(event).__name__ == "AliasEvent" else ""
            anchor = None if name else getattr(event, "anchor", None)
            place = (start.index, end.index, start.line, start.column)
            yield (*place, getattr(event, "value", name), anchor, getattr(event, "tag", None))
    except MarkedYAMLError as error:
        complaint = ": ".join(part for part in (error.context, error.problem) if part)
        yield (complaint, (error.problem_mark or error.context_mark).index)


def test_events_of_the_specs() -> None:
    """Every spec file gives the same events either way."""
    assert SPECS
    for text in SPECS:
        assert list(theirs(text)) == list(ours(text))


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_events_of_any_yaml(text: str) -> None:
    """So does any other text, and the complaint and its place are the same where it isn't YAML."""
    assert list(theirs(text)) == list(ours(text))
