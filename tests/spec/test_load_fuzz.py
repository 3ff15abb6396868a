"""Whatever a spec holds, loading it gives a model or findings, never another exception."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from netfsm.spec.load import read_spec

SPECS = Path(__file__).parents[1] / "specs"
FILES = sorted((SPECS / "house").glob("*.yaml")) + sorted((SPECS / "flow").glob("*.yaml"))
LINES = [line for file in FILES for line in file.read_text(encoding="utf-8").splitlines()]
WORDS = sorted({word for line in LINES for word in line.replace(",", " ").split()})

edits = st.lists(
    st.tuples(
        st.sampled_from(["drop", "double", "swap", "line", "word", "cut", "character"]),
        st.integers(0, 10_000),
        st.one_of(st.sampled_from(LINES), st.sampled_from(WORDS), st.text(max_size=8)),
    ),
    min_size=1,
    max_size=6,
)


def edited(text: str, changes: list[tuple[str, int, str]]) -> str:
    """Return `text` after each change at the place that its number picks."""
    for kind, number, other in changes:
        lines = text.split("\n")
        at = number % len(lines)
        if kind == "drop":
            del lines[at]
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "swap":
            lines[at], lines[-1 - at] = lines[-1 - at], lines[at]
        elif kind == "line":
            lines[at] = other
        elif kind == "word":
            words = lines[at].split(" ")
            words[number % len(words)] = other
            lines[at] = " ".join(words)
        elif kind == "cut":
            lines = lines[:at]
        else:
            place = number % (len(text) + 1)
            lines = (text[:place] + other + text[place + 1 :]).split("\n")
        text = "\n".join(lines) or "x"
    return text


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(FILES), edits)
@example(FILES[1], [("line", 0, "machine:")])
def test_mutated_specs_give_findings_or_a_model(
    tmp_path_factory: pytest.TempPathFactory, file: Path, changes: list[tuple[str, int, str]]
) -> None:
    """A spec with random edits is refused with findings, or read."""
    folder = tmp_path_factory.getbasetemp() / f"fuzz-{file.parent.name}"
    folder.mkdir(exist_ok=True)
    for other in file.parent.glob("*.yaml"):
        (folder / other.name).write_bytes(other.read_bytes())
    text = edited(file.read_text(encoding="utf-8"), changes)
    (folder / file.name).write_text(text, encoding="utf-8", errors="surrogatepass")

    loaded = read_spec(folder / file.name)

    assert (loaded.model is None) == bool(loaded.errors)
