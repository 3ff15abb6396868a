"""Runs the cases of vectors: a format's on its codec, a machine's on a subject beside the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from attrs import evolve

from netfsm.conformance.inputs import Calls
from netfsm.conformance.pair import Code, Pair, Problem, Taken, shown, word
from netfsm.conformance.placed import place
from netfsm.conformance.subjects import Maker, Setting
from netfsm.conformance.tour import judged
from netfsm.conformance.vector_walk import Expected, Step
from netfsm.conformance.vectors import FormatCase, MachineCase
from netfsm.conformance.view import fields_of
from netfsm.machine.base import Emission
from netfsm.machine.values import fits
from netfsm.spec import model
from netfsm.spec.types import Type, Value
from netfsm.wire.codec import Codec
from netfsm.wire.refusal import EncodeError, Refusal

__all__ = ["judged_whole", "run_format_case", "run_machine_case"]


def run_format_case(codec: Codec, case: FormatCase) -> tuple[Problem, ...]:
    """What is wrong with the decoder's answer, and with the way back."""
    return tuple(_format_problems(codec, case))


def _format_problems(codec: Codec, case: FormatCase) -> Iterator[Problem]:
    subject = f"{codec.format.name}: {case.name}"

    def problem(code: Code, wanted: str, got: str) -> Problem:
        return Problem(code, subject, wanted, got, case.mark, case.refs)

    packet = codec.decode(case.octets, pseudo=case.pseudo)
    if isinstance(packet, Refusal):
        if packet.reason != case.refused:
            wanted = f"refused: {case.refused}" if case.refused else "fields"
            yield problem("VECTOR", wanted, f"refused: {packet.reason}")
        return
    names = [f.name for f in codec.format.message_fields]
    have = dict(zip(names, codec.message(packet), strict=True))
    if case.refused:
        yield problem("VECTOR", f"refused: {case.refused}", _told(have))
        return
    for name, value in case.fields.items():
        if have[name] != value:
            yield problem("VECTOR", f"{name} = {word(value)}", word(have[name]))
    if case.payload is not None and bytes(packet.payload) != case.payload:
        yield problem("VECTOR", f"payload {case.payload.hex()}", bytes(packet.payload).hex())
    if not case.one_way:
        yield from _way_back(codec, case, packet, problem)


def _way_back(
    codec: Codec, case: FormatCase, packet: object, problem: Callable[[Code, str, str], Problem]
) -> Iterator[Problem]:
    try:
        octets = codec.encode(packet, pseudo=case.pseudo)
    except EncodeError as error:
        yield problem("ROUND-TRIP", case.octets.hex(), str(error))
        return
    if octets != case.octets:
        yield problem("ROUND-TRIP", case.octets.hex(), octets.hex())


def _told(fields: Mapping[str, Value]) -> str:
    return ", ".join(f"{name}={word(value)}" for name, value in fields.items())


def run_machine_case(
    machine: model.Machine, calls: Calls, case: MachineCase, make: Maker
) -> Iterator[Taken]:
    """The walk of `case`; each step has the problems that were found in it."""
    pair = Pair(machine, calls, Setting(case.key, case.given), make)
    problems = place(pair, case.begin) if case.begin is not None else ()
    for step in case.steps:
        taken = pair.take(step.event, step.inputs, _when(pair, step))
        seen = judged_whole(pair, taken)
        yield evolve(seen, problems=(*problems, *seen.problems, *_unlike(pair, step, taken)))
        problems = ()
        if pair.broken:
            return
        yield from (judged(pair, settled) for settled in pair.settle())


def judged_whole(pair: Pair, taken: Taken) -> Taken:
    """`taken` with the properties that it breaks, and what keeps not to its type, as problems."""
    seen = judged(pair, taken)
    return evolve(seen, problems=(*seen.problems, *_stray(taken)))


def _stray(taken: Taken) -> Iterator[Problem]:
    """What a step holds or sends outside its type."""
    machine, row = taken.machine, taken.row
    if row is None:
        return
    subject = f"{machine.name}/{taken.before.state}/{row.id}"

    def problem(name: str, kind: Type, value: Value) -> Problem:
        return Problem(
            "OUT-OF-TYPE", subject, f"{name} is a {kind}", word(value), row.mark, row.refs
        )

    for variable in machine.variables:
        value = taken.after.variables.get(variable.name)
        if value is not None and not fits(variable.type, value):
            yield problem(variable.name, variable.type, value)
    outputs = {output.name: output.types for output in machine.outputs}
    for emission in taken.own:
        kinds = outputs.get(emission.output, {}) if emission.kind != "signal" else {}
        for name, value in fields_of(emission, machine).items() if kinds else ():
            if not fits(kinds[name], value):
                yield problem(f"{name} of {emission.output}", kinds[name], value)


def _when(pair: Pair, step: Step) -> int:
    """The instant of the step: after its wait, or when its timer is due."""
    if step.wait is None:
        return max(pair.now, pair.deadlines.get(step.event, pair.now))
    return pair.now + step.wait


def _unlike(pair: Pair, step: Step, taken: Taken) -> Iterator[Problem]:
    """In what the model, as it follows the spec, differs from what the case says."""
    subject = f"{pair.machine.name}/{taken.before.state}/{step.event}"
    refs = taken.row.refs if taken.row is not None else ()

    def problem(wanted: str, got: str) -> Problem:
        return Problem("VECTOR", subject, wanted, got, step.mark, refs)

    row = taken.row.id if taken.row is not None else "none"
    if step.row is not None and step.row != row:
        yield problem(f"row {step.row}", f"row {row}")
    if step.state is not None and step.state != taken.after.state:
        yield problem(f"state {step.state}", f"state {taken.after.state}")
    if step.timers is not None and dict(step.timers) != dict(taken.orders):
        yield problem(f"timers {dict(step.timers)}", f"timers {dict(taken.orders)}")
    for name, value in step.variables.items():
        have = taken.after.variables.get(name)
        if have != value:
            yield problem(f"{name} = {word(value)}", word(have))
    if step.holds is not None and not pair.sight(taken.after).value(step.holds):
        yield problem("what 'holds' says", _told(taken.after.variables))
    if step.emits is not None:
        yield from _emissions(pair.machine, step, taken, problem)


def _emissions(
    machine: model.Machine, step: Step, taken: Taken, problem: Callable[[str, str], Problem]
) -> Iterator[Problem]:
    wanted = step.emits or ()
    told = "; ".join(shown(emission) for emission in taken.emissions) or "nothing"
    same = len(wanted) == len(taken.emissions) and all(
        _matches(machine, each, emission)
        for each, emission in zip(wanted, taken.emissions, strict=True)
    )
    if not same:
        names = (f"{e.name}({_told(e.fields)})" for e in wanted)
        yield problem("; ".join(names) or "nothing", told)


def _matches(machine: model.Machine, wanted: Expected, emission: Emission) -> bool:
    if (emission.kind == "signal") != wanted.signal or emission.output != wanted.name:
        return False
    have = fields_of(emission, machine)
    if wanted.keyed and emission[0] != wanted.key:
        return False
    if wanted.signal:
        have = dict(zip(_sent(machine, wanted.name), emission[1], strict=True))
    return all(have.get(name) == value for name, value in wanted.fields.items())


def _sent(machine: model.Machine, signal: str) -> tuple[str, ...]:
    """The names of the values that a signal carries."""
    for row in machine.rows:
        for part in row.emissions:
            if isinstance(part, model.Signal) and f"{part.machine}.{part.event}" == signal:
                return tuple(name for name, _ in part.fields)
    return ()
