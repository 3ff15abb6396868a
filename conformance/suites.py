"""Each suite as a stream of cases: tour, random walks, `transitions`, vectors, formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve, field, frozen
from hypothesis import settings

from netfsm.conformance.minimal import shortest
from netfsm.conformance.pair import Problem, Taken
from netfsm.conformance.profiles import Profile
from netfsm.conformance.random_machine import Effort, random_walks
from netfsm.conformance.results import Case, Suite, record_of, told
from netfsm.conformance.stock import Stock, layer_of
from netfsm.conformance.subjects import Maker, adapted
from netfsm.conformance.targets import Target
from netfsm.conformance.tour import Spot, Tour, Walk, plan_tour, run_walk
from netfsm.conformance.vector_run import run_format_case, run_machine_case
from netfsm.conformance.vectors import FormatCase, MachineCase, VectorFile, read_vectors
from netfsm.errors import SpecError
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

    def maker(self, machine: model.Machine) -> Maker:
        """What makes instances of `machine` under test."""
        if machine.name not in self._makers:
            self._makers[machine.name] = self.target.maker(machine)
        return self._makers[machine.name]

    def tour(self, machine: model.Machine) -> Tour:
        """The walks that take every row of `machine`."""
        if machine.name not in self._tours:
            self._tours[machine.name] = plan_tour(machine, self.stock.calls(machine))
        return self._tours[machine.name]

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
            row = next(r for r in machine.rows if (r.id, r.event) == (spot.row, spot.event))
            wanted = f"{spot.row} is taken in {spot.state} by {spot.event}"
            got = "no walk was found that takes it"
            subject = f"{machine.name}/{spot.name(machine)}"
            problem = Problem("NOT-TAKEN", subject, wanted, got, row.mark, row.refs)
            record = self._record({"machine": machine.name, "missed": spot.name(machine)})
            yield Case("tour", machine.name, spot.name(machine), (), (problem,), record)

    def tour_case(self, machine: model.Machine, spot: Spot, walk: Walk) -> Case:
        """The walk to one row on the target."""
        steps = tuple(run_walk(machine, self.stock.calls(machine), walk, self.maker(machine)))
        return self._case("tour", machine, spot.name(machine), steps, walk)

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
            max(5, profile.examples // share),
            profile.steps,
            profile.derandomize,
            self.seed,
            settings().database if self.seed is None else None,
        )
        starts = tuple(self.tour(machine).walks.values())
        calls = self.stock.calls(machine)
        subject = f"{suite}_{self.target.name}"
        run = random_walks(machine, calls, makers, effort, subject=subject, starts=starts)
        spots = frozenset(run.taken)
        if run.failure is None:
            return Case(suite, machine.name, "walks", spots=spots)
        walk = shortest(machine, calls, run.failure.walk, makers[0], run.failure.problems[0].code)
        steps = tuple(run_walk(machine, calls, walk, makers[0]))
        found = self._case(suite, machine, "walks", steps, walk)
        return found if found.problems else evolve(found, problems=run.failure.problems)

    def _case(
        self,
        suite: Suite,
        machine: model.Machine,
        name: str,
        steps: tuple[Taken, ...],
        walk: Walk | None = None,
    ) -> Case:
        problems = tuple(problem for step in steps for problem in step.problems)
        spots = frozenset(
            Spot(step.row.id, step.row.event, step.before.state)
            for step in steps
            if step.row is not None and not step.problems
        )
        record = self._record(record_of(machine, walk) if walk is not None else {})
        walked = tuple(told(machine, step) for step in steps)
        return Case(suite, machine.name, name, walked, problems, record, spots)

    def _record(self, parts: dict[str, Any]) -> dict[str, Any]:
        return {"schema": 1, "target": self.target.name, "seed": self.seed, **parts}


def in_layer(file: VectorFile, layer: str) -> bool:
    """True if the vectors are of a format or a machine of `layer`."""
    return layer_of(file.spec) == layer
