"""Each suite as a stream of cases: tour, random walks, `transitions`, vectors, formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve, field, frozen
from hypothesis import settings

from netfsm.conformance.begin_form import told_scope
from netfsm.conformance.boundary import Examples, example_walk, find_examples, why_no_example
from netfsm.conformance.case_file import document, told_begin
from netfsm.conformance.minimal import shortest
from netfsm.conformance.pair import Problem, Taken
from netfsm.conformance.profiles import Profile
from netfsm.conformance.random_machine import Effort, random_walks
from netfsm.conformance.results import Case, Suite, record_of, told
from netfsm.conformance.stock import Stock, is_wide, layer_of
from netfsm.conformance.subjects import Maker, adapted
from netfsm.conformance.targets import OfScopes, Target
from netfsm.conformance.tour import Spot, Tour, Walk, plan_tours, run_walk, spots, stops
from netfsm.conformance.vector_run import run_format_case, run_machine_case
from netfsm.conformance.vectors import FormatCase, MachineCase, VectorFile, read_vectors
from netfsm.errors import SpecError, TargetError
from netfsm.prove.example import Example
from netfsm.spec import model
from netfsm.spec.findings import Findings

__all__ = ["Bench"]


@frozen
class Bench:
    """What suites are run with: specs, a target, how much, and a seed; tours are planned once."""

    stock: Stock
    target: Target
    profile: Profile
    seed: int | None = None
    _tours: dict[str, Tour] = field(init=False, factory=dict[str, Tour], repr=False)
    _makers: dict[str, Maker] = field(init=False, factory=dict[str, Maker], repr=False)
    _examples: dict[str, Examples] = field(init=False, factory=dict[str, Examples], repr=False)

    def maker(self, machine: model.Machine) -> Maker:
        """What makes instances of `machine` under test."""
        if machine.name not in self._makers:
            self._makers[machine.name] = self._maker(machine)
        return self._makers[machine.name]

    def _maker(self, machine: model.Machine) -> Maker:
        """A maker of the machine, or of its whole scope, for all of which it then is."""
        if machine.shares is None:
            return self.target.maker(machine)
        if not isinstance(self.target, OfScopes):
            remedy = "run it against self or reference, or let the target have a method crew"
            raise TargetError(self.target.name, "it can't drive machines of a scope", remedy)
        kin = self.stock.kin(machine)
        made = self.target.crew(kin)
        self._makers.update({each.name: made for each in kin})
        return made

    def tour(self, machine: model.Machine) -> Tour:
        """The walks that take every row of `machine`."""
        if machine.name not in self._tours:
            self._tours.update(plan_tours(machine, self.stock.calls(machine)))
        return self._tours[machine.name]

    def find_examples(self, machines: Iterable[model.Machine], jobs: int = 1) -> None:
        """Find the examples of all `machines` at once. Raises ModuleNotFoundError without Z3."""
        wanted = {each.name: each for each in machines if each.name not in self._examples}
        found = find_examples(wanted, jobs, self.stock.machines, self.profile.edges)
        self._examples.update(found)

    def examples(self, machine: model.Machine) -> Examples:
        """The examples of `machine` in their order. Raises ModuleNotFoundError without Z3."""
        self.find_examples([machine])
        return self._examples[machine.name]

    # ---- suites

    def tour_cases(self, machine: model.Machine) -> Iterator[Case]:
        """A case a row; a row that no walk reaches is a failed case."""
        tour = self.tour(machine)
        for spot, walk in tour.walks.items():
            yield self.tour_case(machine, spot, walk)
        for spot, walk in tour.faults.items():
            case = self.tour_case(machine, spot, walk)
            yield evolve(case, name=f"cell of {case.name}")
        for spot in tour.missed:
            yield self._missed("tour", machine, spot, "no walk was found that takes it")

    def tour_case(self, machine: model.Machine, spot: Spot, walk: Walk) -> Case:
        """The walk to one row on the target."""
        steps = tuple(run_walk(machine, self.stock.calls(machine), walk, self.maker(machine)))
        return self._case("tour", machine, spot.name(machine), steps, walk)

    def boundary_case(self, machine: model.Machine, example: Example) -> Case:
        """One example on the target."""
        return self._example("boundary", machine, example, self.maker(machine))

    def boundary_cases(self, machine: model.Machine) -> Iterator[Case]:
        """All examples on the target; of a wide scope they are what takes every row."""
        left = set(spots(machine)) if is_wide(machine) else set[Spot]()
        for example in self.examples(machine):
            case = self.boundary_case(machine, example)
            left -= case.spots
            yield case
        for spot in sorted(left):
            why = why_no_example(machine, self.stock.machines, spot)
            yield self._missed("boundary", machine, spot, why or "its example fails")

    def not_taken(self, machine: model.Machine, why: str) -> Iterator[Case]:
        """Each row of a machine of which there can be no examples, and no walks."""
        return (self._missed("boundary", machine, spot, why) for spot in spots(machine))

    def _missed(self, suite: Suite, machine: model.Machine, spot: Spot, got: str) -> Case:
        name = spot.name(machine)
        row = next(r for r in machine.rows if (r.id, r.event) == (spot.row, spot.event))
        wanted = f"{spot.row} is taken in {spot.state} by {spot.event}"
        subject = f"{machine.name}/{name}"
        problem = Problem("NOT-TAKEN", subject, wanted, got, row.mark, row.refs)
        record = self._record({"machine": machine.name, "missed": name})
        return Case(suite, machine.name, name, (), (problem,), record)

    def adapted_examples(self, machine: model.Machine) -> Iterator[Case]:
        """The examples on `transitions`: a case for each that has a problem, or one for all."""
        cases = [self._example("adapter", machine, e, adapted) for e in self.examples(machine)]
        failed = [case for case in cases if case.problems]
        yield from failed or [Case("adapter", machine.name, "examples")]

    def random_case(self, machine: model.Machine) -> Case:
        """Random walks; their failure is made as short as it can be."""
        return self._random("random", machine, (self.maker(machine),))

    def adapter_case(self, machine: model.Machine) -> Case:
        """Random walks on `transitions`, fewer of them."""
        return self._random("adapter", machine, (adapted,), share=4)

    def vector_files(self) -> Iterator[VectorFile]:
        """All files of vectors. Raises SpecError for what is wrong in them."""
        findings = Findings()
        files = [read_vectors(path, self.stock, findings) for path in self.stock.vectors]
        if findings.errors:
            raise SpecError(findings.errors)
        yield from (file for file in files if file is not None)

    def vector_case(self, file: VectorFile, case: FormatCase | MachineCase) -> Case:
        """One case of a file of vectors."""
        place = {"vectors": case.mark.file, "case": case.name}
        record = self._record(place)
        if isinstance(case, FormatCase):
            codec = self.stock.codec(file.spec)
            assert codec is not None
            problems = run_format_case(codec, case)
            return Case("vectors", file.spec, case.name, (), problems, record)
        machine = self.stock.machines[file.spec]
        steps = run_machine_case(machine, self.stock.calls(machine), case, self.maker(machine))
        made = self._case("vectors", machine, case.name, tuple(steps))
        return evolve(made, record=record)

    # ---- parts

    def _random(
        self, suite: Suite, machine: model.Machine, makers: tuple[Maker, ...], share: int = 1
    ) -> Case:
        profile = self.profile
        effort = Effort(
            max(5, profile.examples // (share * max(1, len(self.stock.kin(machine))))),
            profile.steps,
            profile.derandomize,
            self.seed,
            settings().database if self.seed is None else None,
        )
        starts = tuple(self.tour(machine).walks.values())
        calls = self.stock.calls(machine)
        subject = f"{suite}_{self.target.name}"
        run = random_walks(machine, calls, makers, effort, subject=subject, starts=starts)
        taken = frozenset(spot for name, spot in run.taken if name == machine.name)
        if run.failure is None:
            return Case(suite, machine.name, "walks", spots=taken)
        walk = shortest(machine, calls, run.failure.walk, makers[0], run.failure.problems[0].code)
        steps = tuple(run_walk(machine, calls, walk, makers[0]))
        found = self._case(suite, machine, "walks", steps, walk)
        return found if found.problems else evolve(found, problems=run.failure.problems)

    def _example(self, suite: Suite, machine: model.Machine, example: Example, make: Maker) -> Case:
        kin = self.stock.kin(machine)
        walk = example_walk(machine, example, kin)
        steps = tuple(run_walk(machine, self.stock.calls(machine), walk, make))
        name = example.id.removeprefix(f"{machine.name}/")
        made = self._case(suite, machine, name, steps)
        if not is_wide(machine):
            made = evolve(made, spots=frozenset())
        if not made.problems:
            return made
        says = f"{example.about} of {example.event}, where {example.says}"
        if kin:
            record = self._record({"example": example.id, **record_of(machine, walk, kin)})
            return evolve(made, record=record, begin=f"{told_scope(walk, kin)}: {says}")
        written = document(machine, name, says, walk, steps[:1])
        record = self._record({"example": example.id, "document": written})
        begin = f"{told_begin(machine, walk)}: {says}"
        return evolve(made, record=record, begin=begin, document=written)

    def _case(
        self,
        suite: Suite,
        machine: model.Machine,
        name: str,
        steps: tuple[Taken, ...],
        walk: Walk | None = None,
    ) -> Case:
        problems = tuple(problem for step in steps for problem in step.problems)
        good = (stop for step in steps if not step.problems for stop in stops(step))
        taken = frozenset(spot for name, spot in good if name == machine.name)
        kin = self.stock.kin(machine)
        record = self._record(record_of(machine, walk, kin) if walk is not None else {})
        walked = tuple(told(machine, step) for step in steps)
        return Case(suite, machine.name, name, walked, problems, record, taken)

    def _record(self, parts: dict[str, Any]) -> dict[str, Any]:
        return {"schema": 1, "target": self.target.name, "seed": self.seed, **parts}


def in_layer(file: VectorFile, layer: str) -> bool:
    """True if the vectors are of a format or a machine of `layer`."""
    return layer_of(file.spec) == layer
