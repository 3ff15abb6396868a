"""Numbers as integers and as bit-vectors: what they calculate, and what each leaves open."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from netfsm.prove.bitvectors import BitVectors, roots
from netfsm.prove.integers import Integers
from netfsm.prove.numbers import Comparison, Numbers, Operation
from netfsm.prove.solver import z3
from netfsm.spec import load_spec
from netfsm.spec.model import Machine
from netfsm.spec.types import DURATION, IPV6, Nat, Seq

SND: Final = Seq("snd", 32)
EDGES: Final = (-129, -128, -7, -2, -1, 0, 1, 2, 6, 7, 127, 128, 255, 256, 2**31, 2**32 - 1, 2**62)
ENCODINGS: Final[list[Numbers]] = [Integers(), BitVectors({}), BitVectors(None)]
NAMES: Final = ("int", "bitvec", "plain bitvec")

JOIN: Final[dict[Operation, Callable[[int, int], int]]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.floordiv,
    "mod": operator.mod,
    "and": operator.and_,
    "shift": operator.rshift,
}
BY: Final[dict[Operation, tuple[int, ...]]] = {
    "div": (1, 2, 3, 8, 10, 1000, 2**40),
    "mod": (1, 2, 3, 8, 10, 1000, 2**40),
    "and": (1, 3, 0xFF, 0xFFFF_FFFF),
    "shift": (0, 1, 7, 8, 31, 80),
}
COMPARE: Final[dict[Comparison, Callable[[int, int], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def number(term: Any) -> int:
    """The number that a term without names is."""
    found: Any = z3.simplify(term)
    value: int = found.as_signed_long() if z3.is_bv_value(found) else found.as_long()
    return value


def sure(claim: Any, *known: Any) -> bool:
    """Whether `claim` follows from what is known."""
    solver = z3.Solver()
    solver.add(*known, z3.Not(claim))
    return bool(solver.check() == z3.unsat)


@pytest.mark.parametrize("numbers", ENCODINGS, ids=NAMES)
@pytest.mark.parametrize("name", JOIN)
def test_an_operation_is_that_of_python(name: Operation, numbers: Numbers) -> None:
    """On every pair of edges, also below zero; a divisor, mask or shift stands there as it is."""
    pairs = [(a, b) for a in EDGES for b in BY.get(name, EDGES)]
    expected = [JOIN[name](a, b) for a, b in pairs]
    assert expected == [
        number(numbers.operate(name, numbers.value(a), b if name in BY else numbers.value(b)))
        for a, b in pairs
    ]


@pytest.mark.parametrize("numbers", ENCODINGS, ids=NAMES)
@pytest.mark.parametrize("name", COMPARE)
def test_a_comparison_is_that_of_python(name: Comparison, numbers: Numbers) -> None:
    """On every pair of edges, whatever their sizes."""
    pairs = [(a, b) for a in EDGES for b in EDGES]
    expected = [COMPARE[name](a, b) for a, b in pairs]
    value = numbers.value
    assert expected == [
        bool(z3.is_true(z3.simplify(numbers.compare(name, value(a), value(b))))) for a, b in pairs
    ]


@pytest.mark.parametrize("numbers", ENCODINGS, ids=NAMES)
def test_a_sequence_space_wraps(numbers: Numbers) -> None:
    """Forward, back and from one to the other; by any number where it is not known to be small."""
    value, modulus = numbers.value, SND.modulus
    spots = (0, 1, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1)
    for a in spots:
        for b in spots:
            distance = numbers.distance(value(a), value(b), modulus)
            assert (a - b) % modulus == number(distance)
            for below in (True, False):
                ahead = numbers.ahead(value(a), value(b), modulus, below=below)
                back = numbers.back(value(a), value(b), modulus, below=below)
                assert ((a + b) % modulus, (a - b) % modulus) == (number(ahead), number(back))
        far = numbers.ahead(value(a), value(5 * modulus + 3), modulus, below=False)
        assert (a + 3) % modulus == number(far)


@pytest.mark.parametrize("numbers", ENCODINGS[1:], ids=NAMES[1:])
def test_naturals_do_not_wrap(numbers: Numbers) -> None:
    """The sum of the largest is larger than each; a difference may be negative, a product large."""
    a, b = numbers.const("a", Nat(255)), numbers.const("b", Nat(255))
    compare, operate = numbers.compare, numbers.operate
    total = operate("add", operate("add", a, b), operate("add", a, b))
    assert sure(compare("ge", total, a))
    assert not sure(compare("le", total, 255))
    assert not sure(compare("le", total, 1019))
    assert sure(compare("le", total, 1020))
    assert not sure(compare("ge", operate("sub", a, b), 0))
    assert sure(compare("eq", operate("add", operate("sub", a, b), b), a))
    assert sure(compare("eq", operate("div", operate("mul", a, 2**40), 2**40), a))
    late = operate("add", numbers.const("t", DURATION), numbers.const("u", DURATION))
    assert sure(compare("ge", late, numbers.const("t", DURATION)))
    last = numbers.const("address", IPV6)
    assert sure(compare("gt", operate("add", last, 1), last))


def test_an_anchor_loses_nothing() -> None:
    """Whatever three numbers of a space are, anchor and offsets give them; their distances too."""
    numbers = BitVectors({"nxt": "una"})
    una, nxt, ack = (numbers.const(name, SND) for name in ("una", "nxt", "ack"))
    for values in [(0, 0, 0), (5, 3, 2**32 - 1), (2**31, 0, 2**31 + 1)]:
        pairs = zip((una, nxt, ack), values, strict=True)
        equal = [numbers.compare("eq", term, value) for term, value in pairs]
        distance = numbers.distance(nxt, ack, SND.modulus)
        assert not sure(z3.BoolVal(False), *equal)
        expected = (values[1] - values[2]) % SND.modulus
        assert sure(numbers.compare("eq", distance, expected), *equal)


def test_the_root_of_a_space_is_what_the_spec_speaks_of_most() -> None:
    """An anchor counts for what hangs on it; whichever is named first, all is measured from it."""
    trial = load_spec(Path(__file__).parents[1] / "specs" / "tcp" / "connection.yaml")
    assert isinstance(trial, Machine)
    found = roots(trial)
    assert {"tcp.snd": "SND.UNA", "tcp.rcv": "RCV.NXT"} == found
    space = next(v.type for v in trial.variables if v.name == "SND.UNA")
    assert isinstance(space, Seq)
    numbers = BitVectors({}, found)
    ack, una = numbers.const("SEG.ACK", space), numbers.const("SND.UNA", space)
    offset = numbers.result(numbers.free(ack))
    distance = numbers.distance(ack, una, space.modulus)
    assert z3.simplify(distance).eq(z3.simplify(offset))


def test_what_is_measured_from_an_anchor_moves_with_it() -> None:
    """One number is moved, and with it all of its space; without anchors each is moved."""
    for numbers, expected in ((BitVectors({}), 1), (BitVectors(None), 3), (Integers(), 3)):
        terms = [numbers.const(name, SND) for name in ("una", "nxt", "ack")]
        shift = numbers.const("shift", Nat(SND.modulus - 1))
        pairs = numbers.moved(terms, shift, SND)
        assert expected == len(pairs)
        known = [numbers.compare("ge", term, 0) for term in (*terms, shift)]
        known += [numbers.compare("lt", term, SND.modulus) for term in (*terms, shift)]
        for term in terms:
            wanted = numbers.ahead(term, shift, SND.modulus, below=True)
            moved = z3.substitute(term, *pairs)
            assert sure(numbers.compare("eq", moved, wanted), *known)


def test_choices_are_taken_apart_and_mean_the_same() -> None:
    """A distance of choices is the choice of distances, also where there are too many to part."""
    numbers = BitVectors({})
    tests = [z3.Bool(f"test {index}") for index in range(5)]
    names = [numbers.const(f"x{index}", SND) for index in range(6)]
    chosen = names[0]
    for test, name in zip(tests, names[1:], strict=True):
        chosen = numbers.choose(test, name, chosen)
    distance = numbers.distance(chosen, numbers.choose(tests[0], names[2], names[3]), SND.modulus)
    for index in range(len(tests)):
        last = [z3.Not(test) for test in tests[index + 1 :]]
        right = names[3] if index else names[2]
        wanted = numbers.distance(names[index + 1], right, SND.modulus)
        known = [tests[index], *last, *([z3.Not(tests[0])] if index else [])]
        assert sure(numbers.compare("eq", distance, wanted), *known)


@pytest.mark.parametrize("numbers", ENCODINGS, ids=NAMES)
def test_what_no_encoding_can_do_is_refused(numbers: Numbers) -> None:
    """A quotient by what may be zero, by nothing, or by a number below it."""
    for by in (0, -1):
        with pytest.raises(ValueError, match="div"):
            numbers.operate("div", numbers.value(7), by)
    with pytest.raises(ValueError, match="mod"):
        numbers.operate("mod", numbers.value(7), numbers.const("n", Nat(9)))


def test_an_argument_that_is_too_wide_is_any_number() -> None:
    """A function of a number beyond all bounds says nothing, and of one within what it should."""
    numbers = BitVectors({})
    a = numbers.const("a", Nat(3))
    wide = numbers.operate("mul", a, 1 << 400)
    small = numbers.operate("div", wide, 1 << 400)
    assert sure(numbers.argument(small) == numbers.argument(a))
    assert not sure(numbers.argument(wide) == numbers.argument(a))
