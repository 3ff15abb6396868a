"""Names that code might mistake for others or for its own, and ghosts that would be missed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from netfsm.machine import compile_machine
from netfsm.prove.checking import check
from netfsm.spec import load_spec
from netfsm.spec.model import Machine

HEAD = """\
machine: lab.names
netfsm: 1
title: Names
ref: RFC 0 §1
initial: A
constants:
  W: {type: duration, value: 1 s, ref: RFC 0 §1}
"""
ROWS = "states:\n  A:\n    rows:\n"
HELD = "{type: nat 9, initial: 0}"
NO = "ignore: no, ref: RFC 0"
ALIKE: Mapping[str, tuple[str, list[str], str]] = {
    "events": (
        "events: {a.b: {}, a_b: {}}\n",
        [f"{{id: a.r, event: a.b, {NO}}}", f"{{id: a.s, event: a_b, {NO}}}"],
        "the events a.b and a_b are one name",
    ),
    "timers": (
        "events: {go: {}}\ntimers: {t.a: {ref: RFC 0}, t_a: {ref: RFC 0}}\n",
        [
            "{id: a.r, event: go, do: {t.a: start(W), t_a: start(W)}, ref: RFC 0}",
            f"{{id: a.s, event: [t.a, t_a], {NO}}}",
        ],
        "the events t.a and t_a are one name",
    ),
    "variables": (
        f"events: {{go: {{params: {{n: nat 9}}}}}}\nvariables: {{x.y: {HELD}, x_y: {HELD}}}\n",
        ["{id: a.r, event: go, do: {x.y: n, x_y: x.y}, ref: RFC 0}"],
        "the variables x.y and x_y are one name",
    ),
    "parameters": (
        f"events: {{go: {{params: {{a.b: nat 9, a_b: nat 9}}}}}}\nvariables: {{v: {HELD}}}\n",
        [
            "{id: a.r, event: go, when: a_b > 3, do: {v: a.b}, ref: RFC 0}",
            f"{{id: a.s, event: go, when: a_b <= 3, {NO}}}",
        ],
        "the parameters of go a.b and a_b are one name",
    ),
}


def written(folder: Path, parts: str, rows: list[str]) -> Path:
    """A machine of one state with `parts` and `rows`."""
    file = folder / "names.yaml"
    lines = "".join(f"      - {row}\n" for row in rows)
    file.write_text(HEAD + parts + ROWS + lines, encoding="utf-8")
    return file


@pytest.mark.parametrize("what", ALIKE)
def test_names_that_differ_in_a_dot_are_refused(what: str, tmp_path: Path) -> None:
    """A dot is an underscore in the code, and two methods of one name would be one."""
    parts, rows, message = ALIKE[what]
    errors = [f for f in check(written(tmp_path, parts, rows)).findings if f.severity == "error"]
    assert ["DUPLICATE-NAME"] == [found.code for found in errors]
    assert message in errors[0].message


def test_states_that_differ_in_a_hyphen_are_refused(tmp_path: Path) -> None:
    """The same for states, whose cells are functions."""
    file = written(tmp_path, "events:\n  go: {}\n", ["{id: a.r, event: go, to: B-C, ref: RFC 0}"])
    more = "".join(
        f"  {name}:\n    rows:\n      - {{id: {row}, event: go, to: {to}, ref: RFC 0}}\n"
        for name, row, to in (("B-C", "b.one", "B_C"), ("B_C", "b.two", "A"))
    )
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    errors = [found.message for found in check(file).findings if found.severity == "error"]
    assert ["the states B-C and B_C are one name in the code"] == errors


WORDS = (
    *("print", "self", "values", "isinstance", "tuple", "base", "emissions", "orders", "before"),
    *("type", "object", "super", "CompiledMachine", "NOTHING", "inside", "hole", "ABOUT"),
    *("disabled", "NamedTuple"),
)


def test_words_of_the_code_are_good_names(tmp_path: Path) -> None:
    """Builtins and names of the generated module: the code is proved, and takes them apart."""
    params = ", ".join(f"{word}: nat 99" for word in WORDS)
    held = "".join(f"  v_{word}: {{type: nat 99, initial: 0}}\n" for word in WORDS)
    held += "".join(f"  {w}: {{type: nat 99, initial: 0}}\n" for w in ("on_go", "step", "_t_armed"))
    stores = ", ".join(f"v_{word}: {word}" for word in WORDS)
    stores += ", on_go: self, step: base, _t_armed: tuple, t: restart(W)"
    sent = "output: print, kind: self, _fields: base, count: 1, index: 2"
    file = written(
        tmp_path,
        f"events:\n  go: {{params: {{{params}}}}}\ntimers:\n  t: {{in: A, ref: RFC 0}}\n"
        f"variables:\n{held}outputs:\n  output: {{order: {{output: nat 99, kind: nat 99, "
        "_fields: nat 99, count: nat 99, index: nat 99}}\n",
        [
            f"{{id: a.go, event: go, do: {{{stores}}}, emit: [output: {{{sent}}}], ref: RFC 0}}",
            "{id: a.t, event: t, do: {t: stop}, ref: RFC 0}",
        ],
    )
    report = check(file)
    assert [] == [found for found in report.findings if found.severity == "error"]
    assert report.obligations == report.proved > 0
    machine = load_spec(file)
    assert isinstance(machine, Machine)
    found = compile_machine(machine)()
    names = machine.events[0].params
    method = found.about.inputs["go"]
    (sent,), _ = found.step("go", **dict(zip(method, range(1, len(names) + 1), strict=True)))
    assert (1, 2, 6, 1, 2) == tuple(sent)
    assert list(range(1, len(WORDS) + 1)) == [*found.snapshot().variables.values()][: len(WORDS)]


def test_cells_of_one_spelling_are_two_functions(tmp_path: Path) -> None:
    """Event a in state b_in_c, and event a_in_b in state c."""
    text = HEAD.replace("initial: A", "initial: c").partition("constants")[0] + (
        "events:\n  a: {params: {n: nat 9}}\n  a_in_b: {params: {n: nat 9}}\n"
        "variables:\n  v: {type: nat 9, initial: 0}\nstates:\n"
        "  c:\n    rows:\n"
        "      - {id: c.a, event: a, do: {v: n}, to: b_in_c, ref: RFC 0}\n"
        "      - {id: c.more, event: a_in_b, when: n > 4, ignore: no, ref: RFC 0}\n"
        "      - {id: c.few, event: a_in_b, when: n <= 4, do: {v: n}, ref: RFC 0}\n"
        "  b_in_c:\n    rows:\n"
        "      - {id: b.more, event: a, when: n > 3, do: {v: n}, ref: RFC 0}\n"
        "      - {id: b.few, event: a, when: n <= 3, to: c, ref: RFC 0}\n"
        "      - {id: b.other, event: a_in_b, ignore: no, ref: RFC 0}\n"
    )
    file = tmp_path / "names.yaml"
    file.write_text(text, encoding="utf-8")
    report = check(file)
    assert ((), report.obligations) == (report.findings, report.proved)


GHOSTS = {
    "a guard": ("when: g > n, ignore: no", "when: g <= n, ignore: no"),
    "a value through a let": ("do: {v: both, g: n}", None),
    "an emission": ("do: {g: n}, emit: [out: {n: g}]", None),
    "a condition": ("do: {g: n}, emit: [{out: {n: n}, if: g > 3}]", None),
    "a time": ("do: {g: n, t: restart(W * g)}", None),
}


@pytest.mark.parametrize("what", GHOSTS)
def test_what_runs_reads_no_ghost(what: str, tmp_path: Path) -> None:
    """A ghost that a guard, a value, an order or an emission reads is a finding there."""
    parts = (
        "variables:\n  g: {type: nat 9, initial: 0, ghost: true}\n  v: {type: nat 9, initial: 0}\n"
        "events:\n  take: {params: {n: nat 9}}\ntimers:\n  t: {in: A, ref: RFC 0}\n"
        "outputs:\n  out: {order: {n: nat 9}}\nlet:\n  both: g\n"
    )
    guards = [each for each in GHOSTS[what] if each is not None]
    rows = [f"{{id: a.r{i}, event: take, {each}, ref: RFC 0}}" for i, each in enumerate(guards)]
    rows.append("{id: a.t, event: t, ignore: no, ref: RFC 0}")
    found = [each.code for each in check(written(tmp_path, parts, rows)).findings]
    assert ["GHOST"] * len(guards) == [code for code in found if code == "GHOST"]
