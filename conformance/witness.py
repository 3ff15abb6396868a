"""Event arguments that make the guard of a row true, found without a solver.

A flat guard is a list of conjuncts. The search begins with usual values, counts the conjuncts that
hold, and changes one parameter at a time to a value of `candidates` as long as more of them hold;
where it sticks it begins again from random candidates of a fixed seed. What a format can't carry
never counts. None is an honest answer: it says that this search found nothing.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator

from attrs import define, field

from netfsm.conformance.candidates import candidates, known_values
from netfsm.conformance.inputs import Calls
from netfsm.conformance.view import Inputs, Sight, reads
from netfsm.spec import model, types
from netfsm.spec.conjuncts import conjuncts
from netfsm.spec.expr import Expr, Name
from netfsm.spec.types import Type, Value

__all__ = ["find_inputs", "lawful", "variants"]

RESTARTS = 24
SEED = 826
MOST_REMEMBERED = 20_000


def find_inputs(
    row: model.Row, sight: Sight, calls: Calls, *, hint: Inputs | None = None, seed: int = SEED
) -> Inputs | None:
    """Inputs with which `row` is taken in the situation of `sight`; None where none was found.

    `sight.before` is the machine before the event; `hint` is tried first. The contracts of choices
    and what the event assumes hold of what is returned.
    """
    held = sight.before
    key: tuple[Hashable, ...] = (row.id, row.event, seed, sight.now, held.key, held.given)
    key += (held.state, held.armed, *held.variables.values(), *held.deadlines.items())
    if key in calls.memory:
        return calls.memory[key]
    search = _Search(row, sight, calls)
    found: Inputs | None = None
    if hint is not None and search.score(hint) == search.goal:
        found = hint
    elif search.hopeful:
        found = search.run(random.Random(seed))
    if len(calls.memory) < MOST_REMEMBERED:
        calls.memory[key] = found
    return found


def variants(row: model.Row, sight: Sight, calls: Calls, found: Inputs) -> Iterator[Inputs]:
    """`found`, and inputs like it that take `row` too but may lead to another situation.

    Only parameters that the row stores, or signals inside its scope, are changed, one at a time.
    """
    yield found
    search = _Search(row, sight, calls)
    stored = {
        name.name
        for expr in (*(assign.value for assign in row.assigns), *_brought(row))
        for name in reads(expr, sight.lets)
        if isinstance(name, Name) and name.kind == "param"
    }
    kinds = dict(search.event.inputs)
    for name in sorted(stored):
        for value in search.pools[name][: _spread(kinds[name])]:
            changed = search.real({**found, name: value})
            if changed is not None and search.score(changed) == search.goal:
                yield changed


def _brought(row: model.Row) -> Iterator[Expr]:
    """What signals inside the scope bring to the guards of other machines."""
    for part in row.emissions:
        if isinstance(part, model.Signal) and part.inside:
            yield from (value for _, value in part.fields)


def lawful(event: model.Event, sight: Sight) -> bool:
    """True if the inputs in `sight` keep what `event` assumes and the contracts of its choices."""
    rules = [event.assume, *(choice.contract for choice in event.choices)]
    try:
        return all(rule is None or bool(sight.value(rule)) for rule in rules)
    except (ArithmeticError, IndexError, KeyError, TypeError):
        return False  # a rule reads what has no value in this state


def _spread(kind: Type) -> int:
    """How many values of `kind` may lead elsewhere: opaque ones are only compared."""
    match kind:
        case types.Handle():
            return 0
        case types.Bytes() | types.Text() | types.Address():
            return 1
        case _:
            return 6


@define
class _Search:
    row: model.Row
    sight: Sight
    calls: Calls
    event: model.Event = field(init=False)
    parts: tuple[Expr, ...] = field(init=False)
    pools: dict[str, tuple[Value, ...]] = field(init=False)
    asked: list[str] = field(init=False)
    derives: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        machine, sight = self.sight.machine, self.sight
        self.event = machine.event(self.row.event)
        rules = [self.row.guard, self.event.assume, *(c.contract for c in self.event.choices)]
        self.parts = tuple(part for rule in rules for part in conjuncts(rule, sight.lets))
        held = known_values(machine, sight.before, sight.constants, sight.now)
        known = (*held, *self.calls.literals)
        self.pools = {name: candidates(kind, known) for name, kind in self.event.inputs}
        named = {node.name for part in self.parts for node in _params(part, sight)}
        self.derives = bool(named & self.calls.derived(self.event))
        self.asked = [name for name, _ in self.event.inputs if self.derives or name in named]

    @property
    def goal(self) -> int:
        return len(self.parts)

    @property
    def hopeful(self) -> bool:
        """False where a conjunct that reads no parameter is false already."""
        fixed = [part for part in self.parts if not _params(part, self.sight)]
        seen = self._seen({})
        return all(_true(part, seen) for part in fixed)

    def run(self, chance: random.Random) -> Inputs | None:
        start = self.real({name: pool[0] for name, pool in self.pools.items()})
        for _ in range(RESTARTS):
            found = self._climb(start, chance) if start is not None else None
            if found is not None or not self.asked:
                return found
            start = self.real(
                {
                    name: chance.choice(pool) if name in self.asked else pool[0]
                    for name, pool in self.pools.items()
                }
            )
        return None

    def real(self, inputs: Inputs) -> Inputs | None:
        return self.calls.realistic(self.event, inputs)

    def score(self, inputs: Inputs) -> int:
        seen = self._seen(inputs)
        return sum(_true(part, seen) for part in self.parts)

    def _climb(self, start: Inputs, chance: random.Random) -> Inputs | None:
        best, score = start, self.score(start)
        improved = True
        while improved and score < self.goal:
            improved = False
            for name in chance.sample(self.asked, len(self.asked)):
                for value in self.pools[name]:
                    wish = {**best, name: value}
                    if not self.derives and self.score(wish) <= score:
                        continue  # what a packet can carry is asked only of what would help
                    tried = self.real(wish)
                    if tried is not None and self.score(tried) > score:
                        best, score, improved = tried, self.score(tried), True
        return best if score == self.goal else None

    def _seen(self, inputs: Inputs) -> Sight:
        at = self.sight
        return Sight(
            at.machine,
            at.constants,
            at.before,
            inputs,
            at.now,
            functions=at.functions,
            lets=at.lets,
        )


def _true(part: Expr, seen: Sight) -> bool:
    try:
        return bool(seen.value(part))
    except (ArithmeticError, IndexError, KeyError, TypeError):
        return False  # it reads what has no value in this situation


def _params(part: Expr, sight: Sight) -> list[Name]:
    found = reads(part, sight.lets)
    return [node for node in found if isinstance(node, Name) and node.kind == "param"]
