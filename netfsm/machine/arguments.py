"""Hypothesis strategies for the arguments of events, drawn towards what a machine holds.

Random 32-bit numbers meet no guard; numbers near those that the machine knows, and at the edges of
their types, meet them all. A packet is a `SimpleNamespace` with the fields of its format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from netfsm.machine import values
from netfsm.machine.base import Snapshot
from netfsm.machine.hints import Hints, hints_in, hints_of
from netfsm.machine.interpret import Interpreter, evaluated
from netfsm.machine.layout import Layout, in_packet
from netfsm.spec import model, types
from netfsm.spec.expr import Expr
from netfsm.spec.types import Type, Value

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_NUMBERS = (types.Nat, types.Duration, types.Instant)
_SECOND: Final = 1_000_000
_HANDLES: Final = tuple(f"packet {number}" for number in range(6))


@frozen
class Live:
    """Values that a machine knows, by type: constants, key, given and variables."""

    known: Mapping[str, tuple[Value, ...]]

    def of(self, kind: Type) -> tuple[Value, ...]:
        """The known values of `kind`; all naturals are of one."""
        return self.known.get(_name(kind), ())


EMPTY: Final = Live({})


def live_values(machine: model.Machine, held: Snapshot | None = None) -> Live:
    """What `machine` knows when it holds `held`."""
    found: dict[str, dict[Value, None]] = {}

    def add(kind: Type, value: Any) -> None:
        match kind:
            case types.SetOf() | types.Queue():
                for item in value or ():
                    add(kind.element, item)
            case types.Ranges():
                for start, length in value or ():
                    add(kind.space, start)
                    add(kind.space, (start + length) % kind.space.modulus)
            case _ if value is not None:
                found.setdefault(_name(kind), {})[value] = None
            case _:
                return

    for constant in machine.constants:
        add(constant.type, constant.value)
    if held is not None:
        key = machine.key
        for part, value in zip((*key, *machine.given), (*held.key, *held.given), strict=True):
            add(part.type, value)
        for variable in machine.variables:
            if not variable.ghost:
                add(variable.type, held.variables[variable.name])
    return Live({name: tuple(kept) for name, kept in found.items()})


def value_of(kind: Type, live: Live = EMPTY) -> SearchStrategy[Any]:
    """A strategy for values of `kind`, drawn towards `live` ones and the edges of the type."""
    return _BY_TYPE[type(kind)](kind, live)


def inputs_of(
    machine: model.Machine, event: model.Event, instance: Interpreter | None = None
) -> SearchStrategy[dict[str, Any]]:
    """A strategy for the arguments of `event` by name, as `CompiledMachine.step` takes them.

    With an `instance` they are drawn towards what it holds, and choices keep their contracts;
    `assume` of the event holds too. `now` is left to the caller.
    """
    from hypothesis import strategies as st

    live = live_values(machine, instance.snapshot() if instance else None)
    layout = Layout(machine)
    chosen = {choice.name for choice in event.choices} if instance is not None else set[str]()
    wanted = hints_of(event, instance) if instance is not None else dict[str, Hints]()
    raw = st.fixed_dictionaries(
        {
            name: _hinted(kind, live, wanted.get(name, Hints()))
            for name, kind in event.inputs
            if name not in chosen
        }
    )
    if instance is not None:
        if event.derived:
            raw = raw.map(lambda found: _computed(event, instance, found))
        rules = [rule for rule in (event.assume, *event.valid) if rule is not None]
        if rules:
            raw = raw.filter(lambda found: all(_asked(each, instance, found) for each in rules))
        for choice in event.choices:
            raw = raw.flatmap(partial(_choice, choice, event, instance, live=live))
    return raw.map(lambda found: _packed(layout, event, found))


def _hinted(kind: Type, live: Live, wanted: Hints) -> SearchStrategy[Any]:
    """Values of `kind`, three in four of them among those that guards ask for."""
    from hypothesis import strategies as st

    plain = value_of(kind, live)
    asked: list[Any] = [value for value in wanted.values if values.fits(kind, value)]
    often = [st.sampled_from(asked)] if asked else []
    for length in wanted.lengths:
        known = [v for v in live.of(kind) if isinstance(v, bytes) and len(v) == length]
        fresh = st.binary(min_size=length, max_size=length)
        often.append(_or_known(fresh, [v for v in asked if len(v) == length] + known))
    if not often:
        return plain
    return st.integers(0, 3).flatmap(lambda turn: st.one_of(often) if turn else plain)


def _choice(
    choice: model.Choice,
    event: model.Event,
    instance: Interpreter,
    found: Mapping[str, Any],
    *,
    live: Live,
) -> SearchStrategy[dict[str, Any]]:
    """The arguments `found` and a value of `choice` that keeps its contract."""
    from hypothesis import strategies as st

    def named(value: Any) -> dict[str, Any]:
        return {**found, choice.name: value}

    def kept(held: dict[str, Any]) -> bool:
        return bool(_asked(choice.contract, instance, held))

    any_value = value_of(choice.type, live)
    if choice.contract is None:
        return any_value.map(named)
    edges = hints_in([choice.contract], event, instance, found)[choice.name].values
    zero = [0] if isinstance(choice.type, (*_NUMBERS, types.Seq)) else []
    good = [
        value
        for value in dict.fromkeys((*edges, *zero))
        if values.fits(choice.type, value) and kept(named(value))
    ]
    free = any_value.map(named).filter(kept)
    numbers = [value for value in good if isinstance(value, int)]
    if not good or not numbers:
        return st.one_of(st.sampled_from(good).map(named), free) if good else free
    between = st.integers(min(numbers), max(numbers)).map(named).filter(kept)
    return st.one_of(st.sampled_from(good).map(named), between)


def _computed(
    event: model.Event, instance: Interpreter, found: Mapping[str, Any]
) -> dict[str, Any]:
    """`found` with what the format of a message computes from its fields."""
    values = {name: evaluated(expr, instance, found, None) for name, expr in event.derived}
    return {**found, **values}


def _asked(rule: Expr | None, instance: Interpreter, found: Mapping[str, Any]) -> Any:
    """The value of `rule`; None where it reads a choice that is not made yet."""
    if rule is None:
        return True
    try:
        return evaluated(rule, instance, found, None)
    except KeyError:
        return None


def _packed(layout: Layout, event: model.Event, found: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by the names of the method: a message's fields in one packet."""
    rest = {layout.local(n): value for n, value in found.items() if not in_packet(event, n)}
    if not event.alias:
        return rest
    packet = layout.packet({n: value for n, value in found.items() if in_packet(event, n)})
    return {layout.local(event.alias): packet, **rest}


# ---- by type


def _enum(kind: types.Enum, _live: Live) -> SearchStrategy[int]:
    from hypothesis import strategies as st

    named = st.sampled_from([number for _, number in kind.members])
    if not kind.open or not kind.width:
        return named
    return st.one_of(named, st.integers(0, (1 << kind.width) - 1))


def _seq(kind: types.Seq, live: Live) -> SearchStrategy[int]:
    from hypothesis import strategies as st

    half, whole = kind.modulus >> 1, kind.modulus
    steps = (0, 1, -1, 2, -2, 100, half - 1, half, half + 1, -100)
    known = [value for value in live.of(kind) if isinstance(value, int)]
    near = {(value + step) % whole for value in (*known, 0) for step in steps}
    spread = st.integers(-3000, 3000)
    around = st.tuples(st.sampled_from(known or [0]), spread).map(lambda p: (p[0] + p[1]) % whole)
    return st.one_of(st.sampled_from(sorted(near)), around, st.integers(0, whole - 1))


def _number(kind: types.Nat | types.Duration | types.Instant, live: Live) -> SearchStrategy[int]:
    from hypothesis import strategies as st

    most = kind.max if isinstance(kind, types.Nat) else 1_000 * _SECOND
    known = [value for value in live.of(kind) if isinstance(value, int)]
    near = {0, 1, most - 1, most} | {v + step for v in known for step in (-1, 0, 1)}
    edges = sorted(number for number in near if 0 <= number <= most)
    return st.one_of(st.sampled_from(edges), st.integers(0, most))


def _address(kind: types.Address, live: Live) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    if kind.family == "mac":
        known = live.of(kind)
        return _or_known(st.binary(min_size=6, max_size=6), (*known, b"\xff" * 6, bytes(6)))
    bits = values.ADDRESS_BITS[kind.family]
    edges: set[Value] = {0, (1 << bits) - 1}
    for prefix in live.of(types.Prefix("ipv4" if kind.family == "ipv4" else "ipv6")):
        if isinstance(prefix, tuple) and isinstance(prefix[0], int) and isinstance(prefix[1], int):
            size = 1 << (bits - prefix[1])
            edges |= {prefix[0], prefix[0] + size - 1, (prefix[0] + size) % (1 << bits)}
    return _or_known(st.integers(0, (1 << bits) - 1), (*live.of(kind), *edges))


def _ranges(kind: types.Ranges, live: Live) -> SearchStrategy[values.Runs]:
    from hypothesis import strategies as st

    start = _seq(kind.space, live)
    pieces = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 500)), max_size=3)

    def joined(base: int, steps: Iterable[tuple[int, int]]) -> values.Runs:
        runs: values.Runs = ()
        for offset, length in steps:
            at = (base + offset) % kind.space.modulus
            runs = values.ranges_add(runs, at, length, kind.space.modulus)
        return runs

    return st.builds(joined, start, pieces)


def _bytes(kind: types.Bytes, live: Live) -> SearchStrategy[bytes]:
    from hypothesis import strategies as st

    known = live.of(kind)
    lengths = sorted({len(value) for value in known if isinstance(value, bytes)} | {0, 6})
    sized = [st.binary(min_size=size, max_size=size) for size in lengths]
    return _or_known(st.one_of(sized), known)


def _queue(kind: types.Queue, live: Live) -> SearchStrategy[tuple[Any, ...]]:
    from hypothesis import strategies as st

    return st.lists(value_of(kind.element, live), max_size=min(kind.max, 4)).map(tuple)


def _or_known(fresh: SearchStrategy[Any], known: Iterable[Value]) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    held = list(dict.fromkeys(known))
    return st.one_of(st.sampled_from(held), fresh) if held else fresh


def _name(kind: Type) -> str:
    return "nat" if isinstance(kind, types.Nat) else str(kind)


def _bool(_kind: types.Bool, _live: Live) -> SearchStrategy[bool]:
    from hypothesis import strategies as st

    return st.booleans()


def _flags(kind: types.Flags, _live: Live) -> SearchStrategy[int]:
    from hypothesis import strategies as st

    return st.integers(0, (1 << len(kind.members)) - 1)


def _prefix(kind: types.Prefix, live: Live) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    return _or_known(st.just((0, 0)), live.of(kind))


def _text(kind: types.Text, live: Live) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    return _or_known(st.sampled_from(("eth0", "eth1")), live.of(kind))


def _handle(_kind: types.Handle, _live: Live) -> SearchStrategy[str]:
    from hypothesis import strategies as st

    return st.sampled_from(_HANDLES)


def _set(kind: types.SetOf, live: Live) -> SearchStrategy[frozenset[Any]]:
    from hypothesis import strategies as st

    return st.frozensets(value_of(kind.element, live), max_size=4)


_BY_TYPE: Final[Mapping[type, Callable[..., SearchStrategy[Any]]]] = {
    types.Bool: _bool,
    types.Nat: _number,
    types.Duration: _number,
    types.Instant: _number,
    types.Seq: _seq,
    types.Flags: _flags,
    types.Enum: _enum,
    types.Address: _address,
    types.Prefix: _prefix,
    types.Bytes: _bytes,
    types.Text: _text,
    types.Handle: _handle,
    types.SetOf: _set,
    types.Queue: _queue,
    types.Ranges: _ranges,
}
