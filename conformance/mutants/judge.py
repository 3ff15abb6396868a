"""Judges the mutants of one machine, by each layer in the order of its cost.

The type checker, the proofs, the vectors and the compositions judge the mutant as a spec: none of
them looks at the original. The suites judge it as an implementation: it is compiled and run against
the original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Final

from attrs import define, field, frozen

from netfsm.conformance.boundary import example_walk, why_not
from netfsm.conformance.crew import compiled_crew, interpreted_crew
from netfsm.conformance.inputs import Calls
from netfsm.conformance.mutants.judged import Judged, Layer
from netfsm.conformance.mutants.mutant import Mutant
from netfsm.conformance.mutants.together import Together
from netfsm.conformance.pair import Taken
from netfsm.conformance.random_machine import Effort, random_walks
from netfsm.conformance.stock import is_wide
from netfsm.conformance.subjects import Maker, compiled, compiled_class, interpreted
from netfsm.conformance.suites import Bench
from netfsm.conformance.tour import Walk, plan_tour, run_walk
from netfsm.conformance.vector_run import run_machine_case
from netfsm.conformance.vectors import MachineCase
from netfsm.prove.again import Again
from netfsm.prove.same import same_steps
from netfsm.spec.findings import Finding
from netfsm.spec.library import Library
from netfsm.spec.model import Machine

__all__ = ["Judge"]

MOST_STEPS: Final = 1_000
"""Steps after which a case of vectors is taken for one that never comes to an end."""
MOST_SITUATIONS: Final = 150
"""Situations in which a tour looks for rows; what it misses is left to random walks."""
MOST_EXAMPLES: Final = 200
"""Random walks a mutant; it has been through tour and vectors before."""


@frozen
class _Changed:
    """A mutant that was read without a finding: as it is run, as it is proved, and its library."""

    machine: Machine
    proof: Machine
    library: Library


@define
class Judge:
    """All that judges mutants of `machine`; made once for all of them.

    `real` and `proof` read specs with the bounds that are run and those that are proved; `machines`
    are all machines with the latter.
    """

    machine: Machine
    bench: Bench
    real: Library
    proof: Library
    machines: Mapping[str, Machine]
    cases: tuple[MachineCase, ...]
    calls: Calls = field(init=False)
    again: Again = field(init=False)
    together: Together = field(init=False)
    known: frozenset[Finding] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Prove the original; cases that it does not meet judge nothing."""
        name = self.machine.name
        self.calls = self.bench.stock.calls(self.machine)
        self.again = Again(self.machines[name], self.machines)
        self.together = Together(name, self.real)
        self.cases = tuple(case for case in self.cases if not self._case(self.machine, case))
        self.known = frozenset(self.real.load(name).findings)

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """The tour of the original; none through a scope of many machines."""
        if is_wide(self.machine):
            return ()
        tour = plan_tour(self.machine, self.calls, limit=MOST_SITUATIONS)
        return tuple(tour.walks.values())

    @cached_property
    def examples(self) -> tuple[Walk, ...]:
        """The edges of the original that Z3 finds; none where it can't be put into a situation."""
        machine, kin = self.machine, self.bench.stock.kin(self.machine)
        if why_not(machine, self._makers(machine)[0], kin):
            return ()
        return tuple(example_walk(machine, each, kin) for each in self.bench.examples(machine))

    def _makers(self, machine: Machine) -> tuple[Maker, Maker]:
        """Make `machine` compiled and interpreted, with the others of its scope as they are."""
        kin = tuple(
            machine if each.name == machine.name else each
            for each in self.bench.stock.kin(self.machine)
        )
        if kin:
            return compiled_crew(kin), interpreted_crew(kin)
        made = compiled_class(machine)
        return compiled(made), lambda _, setting: interpreted(machine, setting)

    def judge(self, mutant: Mutant, *, every: bool) -> Judged:
        """Ask the layers, all of them with `every`, else until one kills."""
        findings, changed = self._read(mutant)
        if changed is None:
            return self._judged(mutant, (("types", findings),), ("types",))
        mine = self.machines[self.machine.name]
        if same_steps(mine, changed.proof, self.machines) == "proved":
            return self._judged(mutant, (), ("types",), equivalent=True)
        asks: list[tuple[Layer, Callable[[_Changed], str]]] = [
            ("proofs", self._proofs),
            ("vectors", self._vectors),
            ("composition", self._together),
            ("suites", self._suites),
        ]
        killed: list[tuple[Layer, str]] = []
        asked: list[Layer] = ["types"]
        for layer, ask in asks:
            asked.append(layer)
            told = ask(changed)
            if told:
                killed.append((layer, told))
                if not every:
                    break
        return self._judged(mutant, tuple(killed), tuple(asked))

    def _judged(
        self,
        mutant: Mutant,
        killed: tuple[tuple[Layer, str], ...],
        asked: tuple[Layer, ...],
        *,
        equivalent: bool = False,
    ) -> Judged:
        mark = mutant.mark
        return Judged(
            mutant.id,
            mutant.machine,
            mutant.part,
            mark.file,
            mark.line,
            mutant.says,
            equivalent,
            killed,
            asked,
        )

    # ---- the layers

    def _read(self, mutant: Mutant) -> tuple[str, _Changed | None]:
        """The first finding that the original has not, or the mutant as it was read."""
        name = self.machine.name
        library = self.real.with_tree(name, mutant.root, mutant.id)
        loaded = library.load(name)
        for finding in loaded.findings:
            if finding not in self.known:
                return f"{finding.code} in line {finding.line}: {finding.message}", None
        proof = self.proof.with_tree(name, mutant.root, mutant.id).load(name).model
        assert isinstance(loaded.model, Machine)
        assert isinstance(proof, Machine)
        return "", _Changed(loaded.model, proof, library)

    def _proofs(self, changed: _Changed) -> str:
        found = self.again.first_failed(changed.proof)
        return "" if found is None else f"{found.verdict} {found.name}"

    def _vectors(self, changed: _Changed) -> str:
        """The cases that lie beside the spec, with the mutant as the spec."""
        for case in self.cases:
            told = self._case(changed.machine, case)
            if told:
                return f"{case.name}: {told}"
        return ""

    def _case(self, machine: Machine, case: MachineCase) -> str:
        """The first thing in which `machine` is not as the case says."""
        calls = Calls(machine, self.bench.stock.codec)
        steps = run_machine_case(machine, calls, case, interpreted)
        return _first_problem(islice(steps, MOST_STEPS))

    def _together(self, changed: _Changed) -> str:
        """The compositions with the mutant in the place of the original."""
        return self.together.first_failed(changed.library)

    def _suites(self, changed: _Changed) -> str:
        """Tour, vectors, examples and random walks of the original, with the mutant under test.

        It is driven compiled, and as the interpreter follows it, which minds guards that meet; in a
        scope the other machines are as they were.
        """
        makers = self._makers(changed.machine)
        for make in makers:
            told = (
                self._walked(make, "tour", self.walks)
                or self._known_answers(make)
                or self._walked(make, "examples", self.examples)
            )
            if told:
                return told
        if is_wide(self.machine):
            return ""  # walks find no way through so many machines
        profile = self.bench.profile
        effort = Effort(
            min(profile.examples, MOST_EXAMPLES),
            profile.steps,
            derandomize=True,
            seed=self.bench.seed,
            shrink=False,
        )
        run = random_walks(
            self.machine, self.calls, makers, effort, subject="mutant", starts=self.walks
        )
        return "" if run.failure is None else f"random walks: {run.failure}"

    def _walked(self, make: Maker, what: str, walks: tuple[Walk, ...]) -> str:
        for walk in walks:
            told = _first_problem(run_walk(self.machine, self.calls, walk, make))
            if told:
                return f"{what}: {told}"
        return ""

    def _known_answers(self, make: Maker) -> str:
        for case in self.cases:
            told = _first_problem(run_machine_case(self.machine, self.calls, case, make))
            if told:
                return f"vectors: {told}"
        return ""


def _first_problem(steps: Iterable[Taken]) -> str:
    """The first thing that is wrong in a walk, "" where nothing is."""
    problems: Iterator[str] = (
        f"{each.code} {each.subject}: wanted {each.wanted}, got {each.got}"
        for step in steps
        for each in step.problems
    )
    return next(problems, "")
