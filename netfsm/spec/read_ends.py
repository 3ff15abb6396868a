"""The ends of a composition: the machines that each has, and what is given to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from attrs import Factory, define, frozen

from netfsm.spec.composition import Slot
from netfsm.spec.declare import good_name
from netfsm.spec.findings import Findings, Mark, quoted
from netfsm.spec.model import Constant, Field, Machine
from netfsm.spec.names import closest
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Node, Scalar
from netfsm.spec.operators import fits
from netfsm.spec.shape import Entries, Shape, expect_mapping, expect_text
from netfsm.spec.types import Handle, Nat, Type, Value
from netfsm.spec.values import parse_value

__all__ = ["Drawn", "EndsReader", "Sketch", "given_value"]

_END_KEYS: Final = ("given", "machines", "script", "says")
_SLOT_KEYS: Final = ("machine", "given", "says")
_Given = dict[str, tuple[Scalar, Node]]


@frozen
class Drawn:
    """A slot and its machine."""

    slot: Slot
    machine: Machine


@frozen
class Sketch:
    """An end before its expressions are read.

    `given` has for each name of a key or given that all slots of the end agree on its type.
    """

    name: str
    drawn: tuple[Drawn, ...]
    given: Mapping[str, Type]
    script: tuple[Node, ...]
    mark: Mark

    @property
    def single(self) -> bool:
        """True where the slot's name may be left out."""
        return len(self.drawn) == 1

    def prefix(self, slot: str) -> str:
        """What stands before the names of a slot where the end speaks of itself."""
        return "" if self.single else f"{slot}."

    def find(self, slot: str) -> Drawn | None:
        """The slot called `slot`; "" is the only one."""
        if slot == "" and self.single:
            return self.drawn[0]
        return next((each for each in self.drawn if each.slot.name == slot), None)

    def among(self, name: Scalar, what: str, findings: Findings) -> tuple[Drawn, str] | None:
        """`slot.thing`, or the thing alone: the slot that is meant, and the thing."""
        slot, _, thing = name.text.rpartition(".")
        found = self.find(slot)
        if found is None:
            slots = [each.slot.name for each in self.drawn]
            hint = f"write SLOT.{what.upper()}, with a slot of {', '.join(slots)}"
            message = f"end {self.name} has no slot {quoted(slot)}"
            findings.add("UNKNOWN-SLOT", name.mark, message, closest(slot, slots, hint))
            return None
        return found, thing


@define
class EndsReader:
    """Reads `ends` and `machines`; `machine` gives a machine as it is explored."""

    shape: Shape
    known: tuple[str, ...]
    machine: Callable[[str], Machine | None]
    constants: Mapping[str, Constant]
    findings: Findings
    _used: set[str] = Factory(set[str])

    def read(self) -> tuple[Sketch, ...] | None:
        """All ends; None where a machine is not to be had, which has its findings."""
        common = self._given(self.shape.node("given"))
        shared = self.shape.entries("machines")
        sound = True
        ends: list[Sketch] = []
        for key, node in self.shape.entries("ends", required=True):
            mapping = expect_mapping(node, self.findings, f"end {key.text}")
            if mapping is None or not good_name(key, self.findings):
                sound = False
                continue
            shape = Shape(mapping, self.findings, f"end {key.text}", _END_KEYS)
            given = {**common, **self._given(shape.node("given"))}
            slots = (*shared, *shape.entries("machines"))
            drawn = [self._slot(key, each, given, slots) for each in slots]
            found = tuple(each for each in drawn if each is not None)
            sound = sound and bool(found) and len(found) == len(drawn)
            if not slots:
                hint = "write 'machines: {NAME: MACHINE}', here or for all ends"
                message = f"end {key.text} has no machine"
                self.findings.add("MISSING-KEY", key.mark, message, hint)
            ends.append(Sketch(key.text, found, _agreed(found), shape.items("script"), key.mark))
        if sound:
            self._check_given()
        return tuple(ends) if sound and ends else None

    def _given(self, node: Node | None) -> _Given:
        mapping = None if node is None else expect_mapping(node, self.findings, "'given'")
        items: Entries = () if mapping is None else mapping.items
        return {key.text: (key, value) for key, value in items}

    def _slot(
        self, end: Scalar, entry: tuple[Scalar, Node], given: _Given, entries: Entries
    ) -> Drawn | None:
        key, node = entry
        own: _Given = {}
        name: Scalar | None
        if isinstance(node, MappingNode):
            shape = Shape(node, self.findings, f"slot {key.text}", _SLOT_KEYS)
            name = shape.scalar("machine", required=True)
            own = self._given(shape.node("given"))
        else:
            name = expect_text(node, self.findings, f"slot {key.text}")
        twice = [k for k, _ in entries if k.text == key.text]
        if twice[0] is not key:
            what = f"end {end.text} has two slots {key.text}"
            hint = "one of them stands among the machines of all ends: rename one"
            self.findings.add("DUPLICATE-NAME", key.mark, what, hint)
            return None
        if name is None or not good_name(key, self.findings):
            return None
        machine = self._machine(name)
        if machine is None:
            return None
        keys = machine.key
        known = {**given, **own}
        self._used.update(own)
        values = [self._value(part, known, key) for part in (*keys, *machine.given)]
        if any(found is None for found in values):
            return None
        both = tuple(found[0] for found in values if found is not None)
        slot = Slot(key.text, machine.name, both[: len(keys)], both[len(keys) :], key.mark)
        self._check_own(own, machine)
        return Drawn(slot, machine)

    def _machine(self, name: Scalar) -> Machine | None:
        if name.text not in self.known:
            what = f"there is no machine {quoted(name.text)}"
            hint = closest(name.text, self.known, "a machine is a file 'machine: NAME'")
            self.findings.add("UNKNOWN-MACHINE", name.mark, what, hint)
            return None
        return self.machine(name.text)

    def _value(self, part: Field, given: _Given, slot: Scalar) -> tuple[Value] | None:
        """The value of a key or given, in a tuple, since a value may be anything."""
        self._used.add(part.name)
        if part.name not in given:
            what = f"slot {slot.text} is not given {part.name}"
            hint = f"write 'given: {{{part.name}: ...}}', a value of {part.type}"
            self.findings.add("COMPOSE-GIVEN", slot.mark, what, hint)
            return None
        return given_value(given[part.name][1], part.type, self.constants, self.findings)

    def _check_own(self, own: _Given, machine: Machine) -> None:
        """Note what is given to one slot whose machine has no such key or given."""
        keys = machine.key
        names = [part.name for part in (*keys, *machine.given)]
        for key, _ in own.values():
            if key.text not in names:
                what = f"{machine.name} has no key or given {quoted(key.text)}"
                self.findings.add("UNKNOWN-NAME", key.mark, what, closest(key.text, names))

    def _check_given(self) -> None:
        """Note what is given to ends and no machine has."""
        nodes: list[Node | None] = [self.shape.node("given")]
        for _, node in self.shape.entries("ends"):
            if isinstance(node, MappingNode):
                nodes.append(node.get("given"))
        for given in nodes:
            for key, _ in given.items if isinstance(given, MappingNode) else ():
                if key.text not in self._used:
                    what = f"no machine here has a key or given {quoted(key.text)}"
                    hint = closest(key.text, sorted(self._used), "take it away")
                    self.findings.add("UNKNOWN-NAME", key.mark, what, hint)


def _agreed(drawn: Iterable[Drawn]) -> dict[str, Type]:
    """Keys and givens that stand for one value in all slots that have them."""
    found: dict[str, list[tuple[Type, Value]]] = {}
    for each in drawn:
        machine, slot = each.machine, each.slot
        keys = machine.key
        for part, value in zip((*keys, *machine.given), (*slot.key, *slot.given), strict=True):
            found.setdefault(part.name, []).append((part.type, value))
    return {
        name: values[0][0]
        for name, values in found.items()
        if all(value == values[0] for value in values)
    }


def given_value(
    node: Node, type_: Type, constants: Mapping[str, Constant], findings: Findings
) -> tuple[Value] | None:
    """The value of `type_` that `node` writes, or that of a constant it names, in a tuple.

    None with a finding where it is none. A handle is any word.
    """
    if isinstance(node, Scalar) and node.text in constants:
        constant = constants[node.text]
        return (constant.value,) if _fitting(constant, type_, node.mark, findings) else None
    if isinstance(type_, Handle) and isinstance(node, Scalar):
        return (node.text,)
    value = parse_value(node, type_, findings)
    return None if value is None else (value,)


def _fitting(constant: Constant, type_: Type, mark: Mark, findings: Findings) -> bool:
    """True where `constant` may stand for a value of `type_`; a finding where not."""
    if not fits(constant.type, type_):
        message = f"{constant.name} is {constant.type}, and {type_} is wanted"
        findings.add("TYPE", mark, message)
        return False
    if isinstance(type_, Nat) and isinstance(constant.value, int) and constant.value > type_.max:
        findings.add("OUT-OF-BOUNDS", mark, f"{constant.name} is more than {type_} holds")
        return False
    return True
