"""Expressions in Promela: SPIN computes what the interpreter does, over all small values."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import frozen

from netfsm.machine.evaluate import evaluate
from netfsm.prove.spin.expression import Place, Text, Writer
from netfsm.prove.spin.numbers import Beyond, Numbers
from netfsm.spec import model
from netfsm.spec.expr import At, Expr, Lit, Name, TimerRef
from netfsm.spec.findings import Findings, Mark
from netfsm.spec.names import Known, Names, Vocabulary
from netfsm.spec.parse import parse_expression
from netfsm.spec.types import (
    BOOL,
    BYTES,
    IPV4,
    Enum,
    Flags,
    Handle,
    Nat,
    Prefix,
    Queue,
    Ranges,
    Seq,
    SetOf,
    Type,
)

HERE = Mark("test.yaml", 1, 1)
SEQ = Seq("snd", 3)
DROPS = Queue(Nat(2), 2, "drop_oldest")
KEEPS = Queue(BOOL, 3, "refuse")
RUNS = Ranges(SEQ)
CAUSE = Flags("Cause", ("UP", "LSC", "RX"))
COLOUR = Enum("Colour", (("RED", 3), ("GREEN", 5)))
ADDRESSES = (0x0A000001, 0x0B000001, 0xC0000201)
NETS = ((0x0A000000, 8), (0, 0), (0xC0000200, 24))
OCTETS = (b"", b"\x01\x02", b"\x03\x04", b"\x05" * 6)
KINDS: Final[dict[str, Type]] = {
    "p": BOOL,
    "q": BOOL,
    "n": Nat(5),
    "m": Nat(5),
    "s": SEQ,
    "u": SEQ,
    "drops": DROPS,
    "keeps": KEEPS,
    "who": IPV4,
    "net": Prefix("ipv4"),
    "group": SetOf(IPV4),
    "octets": BYTES,
    "other": BYTES,
    "causes": CAUSE,
    "more": CAUSE,
    "colour": COLOUR,
    "runs": RUNS,
}
EXPRESSIONS: Final = (
    "not p and q or p and not q",
    "p == q",
    "n + m * 2 - n",
    "n // 2 + m % 3",
    "n < m or n >= 4 and m != n",
    "0 < n <= m",
    "n if n > m else m + 1",
    "min(n, m, 3) + max(n, m) + int(p)",
    "s - u",
    "s < u",
    "s <= u",
    "s + n",
    "s - n",
    "s + n - u",
    "push(drops, min(n, 2))",
    "pop(drops) if len(drops) > 1 else nothing",
    "oldest(drops) if not empty(drops) else 2",
    "full(drops) or len(drops) == 1",
    "push(push(keeps, p), q)",
    "push(pop(keeps), oldest(keeps)) if not empty(keeps) else keeps",
    "who in net",
    "who in group",
    "insert(group, who)",
    "remove(group, who)",
    "len(group) + int(empty(group))",
    "len(octets)",
    "octets != other",
    "causes | more",
    "causes & more",
    "causes - more",
    "LSC in causes",
    "empty(causes & more)",
    "colour == GREEN",
    "add(runs, s, min(n, 3))",
    "cut(runs, s)",
    "run(runs, s)",
    "covers(runs, s, n)",
    "len(runs)",
    "twice(n) + twice(twice(m))",
)


def _vocabulary() -> Vocabulary:
    found = Vocabulary()
    for name, kind in KINDS.items():
        found.values[name] = Known("var", kind)
    found.add_members(CAUSE)
    found.add_members(COLOUR)
    found.lets["twice"] = TWICE
    return found


def _typed(text: str, args: Mapping[str, Type] | None = None) -> Expr:
    findings = Findings()
    names = Names(_vocabulary() if args is None else Vocabulary(), args=args or {})
    found = parse_expression(text, HERE, names, findings)
    assert found is not None, [str(finding) for finding in findings]
    return found


X = model.Field("x", Nat(20), ghost=False, says="", mark=HERE)
TWICE = model.Let("twice", (X,), _typed("x + x", {"x": Nat(20)}), HERE)


@frozen
class Values:
    """What the interpreter sees: a value for each name."""

    values: Mapping[str, Any]
    lets: Mapping[str, model.Let]

    def named(self, name: Name) -> Any:
        """The value of a name."""
        return self.values[name.name]

    def at(self, at: At) -> bool:
        """No machine stands here."""
        raise AssertionError(at)

    def timer(self, ref: TimerRef) -> Any:
        """The same."""
        raise AssertionError(ref)

    def function(self, name: str, args: tuple[Any, ...]) -> Any:
        """The same."""
        raise AssertionError(name, args)


@frozen
class Globals:
    """What the writer sees: a variable of Promela for each name."""

    subject: str = "test"

    def named(self, name: Name, _place: Place) -> str:
        """Its variable."""
        return f"v_{name.name}"

    def constant(self, name: str) -> int:
        """None has a name."""
        raise AssertionError(name)

    def member(self, lit: Lit) -> str:
        """Its number."""
        return str(lit.value)

    def at(self, _at: At, _place: Place) -> tuple[str, ...]:
        """No machine stands here."""
        raise AssertionError

    def timer(self, _ref: TimerRef, _place: Place) -> str:
        """The same."""
        raise AssertionError

    def function(self, name: str, args: Sequence[Text]) -> Text:
        """No function is called."""
        raise AssertionError(name, args)

    def length(self, _name: Name) -> str | None:
        """Every value occurs."""
        return None

    def let(self, _name: str) -> tuple[model.Let, str | None]:
        """The only let."""
        return TWICE, None


def _numbers() -> Numbers:
    found = Numbers()
    for kind, known in ((IPV4, ADDRESSES), (Prefix("ipv4"), NETS), (BYTES, OCTETS)):
        for value in known:
            found.learn(kind, value)
    return found


def _all(kind: Type, numbers: Numbers) -> list[Any]:
    """Every value of `kind`."""
    match kind:
        case Enum():
            return [number for _, number in kind.members]
        case Queue():
            items = _all(kind.element, numbers)
            sizes = range(kind.max + 1)
            return [each for n in sizes for each in itertools.product(items, repeat=n)]
        case Ranges():
            return [numbers.value(kind, number) for number in range(256)]
        case _:
            count = numbers.count(kind, "test")
            last = kind.max + 1 if isinstance(kind, Nat) else count
            return [numbers.value(kind, number) for number in range(last)]


def _cases(expr: Expr, numbers: Numbers) -> Iterator[dict[str, Any]]:
    from netfsm.spec.expr import walk

    nodes = [node for node in walk(expr) if isinstance(node, Name)]
    names = sorted({node.name for node in nodes})
    for chosen in itertools.product(*(_all(KINDS[name], numbers) for name in names)):
        case = dict(zip(names, chosen, strict=True))
        if "runs" not in case or _within_half(case):
            yield case


def _within_half(case: Mapping[str, Any]) -> bool:
    """True if all numbers lie within half of the space, as those of a window do."""
    held = [at + step for at, count in case["runs"] for step in range(count)]
    if "s" in case:
        held += [case["s"] + step for step in range(case.get("n", 0) + 1)]
    return any(all((at - first) % 8 < 4 for at in held) for first in range(8))


def _spin(program: str, folder: Path) -> list[int]:
    """The numbers that a Promela program prints."""
    (folder / "test.pml").write_text(program, encoding="utf-8")
    command = ["spin", "-T", "-B", "test.pml"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True)
    return [int(line) for line in ran.stdout.split()]


@pytest.mark.needs("spin")
@pytest.mark.parametrize("text", EXPRESSIONS)
def test_spin_computes_what_the_interpreter_computes(text: str, tmp_path: Path) -> None:
    """One expression, for all values of all names in it."""
    numbers, expr = _numbers(), _typed(text)
    code = Writer(Globals(), numbers)(expr, Place())
    cases = list(_cases(expr, numbers))
    lines = [f"int v_{name};" for name in KINDS]
    lines += ["active proctype test() {"]
    for case in cases:
        stores = (f"v_{n} = {numbers.number(KINDS[n], case[n])};" for n in case)
        lines.append(" ".join((*stores, f'printf("%d\\n", {code});')))
    found = _spin("\n".join([*lines, "}"]), tmp_path)
    wanted = [evaluate(expr, Values(case, {"twice": TWICE})) for case in cases]
    assert [numbers.number(expr.type, value) for value in wanted] == found


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=str)
def test_a_value_comes_back_from_its_number(kind: Type) -> None:
    """Every value has a number of its own, which is as wide as was said."""
    numbers = _numbers()
    values = [v for v in _all(kind, numbers) if kind != RUNS or _within_half({"runs": v})]
    told = [numbers.number(kind, value) for value in values]
    assert values == [numbers.value(kind, number) for number in told]
    assert len(values) == len(set(told))
    assert max(told).bit_length() <= numbers.bits(kind, "test")


def test_what_has_no_value_is_zero() -> None:
    """A variable out of scope."""
    numbers = _numbers()
    assert [0] * len(KINDS) == [numbers.number(kind, None) for kind in KINDS.values()]


@pytest.mark.parametrize(
    "kind", [Seq("snd", 32), Queue(Nat(255), 8, "refuse"), Nat(2**31)], ids=str
)
def test_what_is_too_wide_is_refused(kind: Type) -> None:
    """A number of 32 bits, eight octets in a queue: the variable is named, and the mend."""
    with pytest.raises(Beyond, match=r"^una: .* give its bound a small size$"):
        Numbers().bits(kind, "una")


def test_a_handle_that_never_occurs_takes_no_room() -> None:
    """A queue of things of which there are none."""
    assert 2 == Numbers().bits(Queue(Handle("packet"), 3, "refuse"), "saved")
