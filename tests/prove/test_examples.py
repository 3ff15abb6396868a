"""Examples from models: every row has one, they are real, and they are the same in every run."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve

from netfsm.machine.interpret import Interpreter
from netfsm.prove import Example, examples, prove
from netfsm.prove.example import examples_of_state
from netfsm.prove.example_form import example_of, plain_of
from netfsm.prove.finding import examples_of
from netfsm.spec import load_spec
from netfsm.spec.conjuncts import reached
from netfsm.spec.expr import Op
from netfsm.spec.model import Machine
from tests.machine import trial
from tests.machine.samples import connection, toolbox
from tests.prove.samples import link, real

ROOT = Path(__file__).parents[2]
FEWEST = {
    "arp.address": 120,
    "arp.interface": 280,
    "arp.neighbour": 140,
    "ethernet.input": 25,
    "ethernet.output": 8,
    "icmp.input": 50,
    "icmp.ping": 70,
    "ipv4.address": 45,
    "ipv4.input": 80,
    "ipv4.output": 180,
    "raw.input": 11,
    "raw.output": 8,
}


def spots(machine: Machine) -> set[tuple[str, str, str]]:
    """Every row in every state whose cell holds it: state, event, row."""
    cells = machine.cells.items()
    return {(*at, row.id) for at, cell in cells if isinstance(cell, tuple) for row in cell}


def about_runs(machine: Machine) -> set[str]:
    """The rows whose guards ask about runs, of which Z3 knows only what their contracts promise."""
    lets = {let.name: let for let in machine.lets}
    return {
        row.id
        for row in machine.rows
        if row.guard is not None
        and any(
            isinstance(node, Op) and node.op.startswith("ranges_")
            for node, _ in reached(row.guard, lets)
        )
    }


def digest(found: tuple[Example, ...]) -> str:
    """A hash of all that examples say, in their order."""
    text = json.dumps([plain_of(each) for each in found])
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("state", ["CLOSED", "LISTEN", "TIME-WAIT"])
def test_every_row_of_the_tcp_trial_has_one(state: str) -> None:
    """In some states, since all of them take minutes."""
    machine = trial.connection()
    found = examples_of_state(machine, state, {"port": trial.port})
    taken = {(e.before.state, e.event, e.about) for e in found if e.kind == "taken"}
    assert {spot for spot in spots(machine) if spot[0] == state} == taken


@pytest.mark.parametrize(
    "name", sorted(n for n, each in real().items() if not each.functions and each.shares is None)
)
def test_every_row_of_a_machine_has_an_example_that_takes_it(name: str) -> None:
    """In each of its states; a flipped conjunct is an example that takes another row."""
    machine = real()[name]
    found = examples(machine)
    taken = {(e.before.state, e.event, e.about) for e in found if e.kind == "taken"}

    assert taken <= spots(machine)
    assert {row for _, _, row in spots(machine) - taken} <= about_runs(machine)
    assert [] == [e.id for e in found if e.kind == "taken" and e.row != e.about]
    assert [] == [e.id for e in found if e.kind == "flip" and e.row == e.about]
    assert [] == [e.id for e in found if e.kind == "step" and e.row != e.about]
    assert len(found) == len({e.id for e in found})
    assert len(found) >= FEWEST.get(name, len(spots(machine)))


def test_the_sample_machines_have_examples_of_every_operation() -> None:
    """Sets, queues, ranges, flags, deadlines: what Z3 says of them is made real values."""
    for machine in (connection(), toolbox()):
        found = examples(machine)
        assert spots(machine) == {
            (e.before.state, e.event, e.about) for e in found if e.kind == "taken"
        }
        assert len(found) > 250


def test_an_example_is_what_the_interpreter_does(tmp_path: Path) -> None:
    """From what is held before, by its event, to what is held after."""
    machine = link(tmp_path)
    for example in examples(machine):
        run = Interpreter(machine)
        run.restore(example.before)
        result = run.step(example.event, **example.inputs)
        told = ((), ()) if result is None else result
        assert example.after == run.snapshot()
        assert example.orders == told[1]
        assert [each.name for each in example.emissions] == [each.output for each in told[0]]
        assert (example.row is None) == (result is None)


def test_edges_are_reached_at_the_wrap(tmp_path: Path) -> None:
    """Sequence numbers are tried just before and past the end of their space."""
    sums = [
        (e.before.variables["nxt"], e.inputs["n"], e.after.variables["nxt"])
        for e in examples(link(tmp_path))
        if e.row == "open.send"
    ]
    last = (1 << 32) - 1

    assert any(isinstance(n, int) and n > 0 and after == 0 for _, n, after in sums)
    assert any(before == last for before, _, _ in sums)
    assert any(after == last for _, _, after in sums)
    assert any(after == 1 << 31 for _, _, after in sums)


def test_numbers_are_small_and_things_are_told_apart() -> None:
    """A row's own example has numbers that read well, and no two values that are one by chance."""
    machine = real()["arp.neighbour"]
    example = next(e for e in examples(machine) if e.id.startswith(
        "arp.neighbour/INCOMPLETE/incomplete.replace/taken-"
    ))  # fmt: skip

    saved = example.before.variables["saved"]
    assert isinstance(saved, tuple)
    assert len(saved) == len({*saved, example.inputs["packet"]}) - 1 == 16
    octets = [v for v in (*example.before.key, *example.before.given) if isinstance(v, bytes)]
    assert len(octets) == len(set(octets))
    assert example.before.variables["tries"] in range(1, 17)


def test_examples_are_the_same_in_every_process(tmp_path: Path) -> None:
    """Another seed of hashes, another order of work, proofs before it: nothing changes them."""
    code = (
        "import hashlib, json\n"
        "from netfsm.prove import examples\n"
        "from netfsm.prove.example_form import plain_of\n"
        "from netfsm.spec import load_spec\n"
        "text = json.dumps([plain_of(e) for e in examples(load_spec('icmp.ping'))])\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    told = set[str]()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "XDG_CACHE_HOME": str(tmp_path / seed)}
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT, env=environment
        )
        told.add(ran.stdout.decode().strip())
    machine = load_spec("icmp.ping")
    assert isinstance(machine, Machine)
    prove(machine, real())
    told.add(digest(examples(evolve(machine, title="not kept"))))

    assert 1 == len(told)


def test_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found does not hang on how many processes ask."""
    wanted = {name: real()[name] for name in ("ipv4.address", "arp.address")}
    found: list[dict[str, tuple[Example, ...]]] = []
    for jobs in (1, 2):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / str(jobs)))
        found.append(examples_of(wanted, jobs=jobs))

    assert found[0] == found[1]


def test_examples_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run asks Z3 nothing; a machine that says something else is asked again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    machine = link(tmp_path)
    done: list[str] = []
    first = examples_of({"lab.link": machine}, told=done.append)
    assert ["lab.link"] == done
    assert first == examples_of({"lab.link": machine}, told=done.append)
    other = link(tmp_path, ("tries < MAX", "tries + 1 <= MAX"))
    examples_of({"lab.link": other}, told=done.append)
    assert ["lab.link", "lab.link"] == done


def test_an_example_is_written_and_read_back() -> None:
    """As JSON has it: octets, queues, sets and runs come back as what they were."""
    for example in examples(toolbox()):
        assert example == example_of(json.loads(json.dumps(plain_of(example))))


def test_a_row_that_cannot_be_taken_has_no_example(tmp_path: Path) -> None:
    """Proofs say so; examples just have none."""
    machine = link(tmp_path, ("when: len(saved) > 3", "when: len(saved) > 4"))

    assert [] == [e.id for e in examples(machine) if e.row == "open.trim"]


SORTER = """\
machine: lab.sorter
netfsm: 1
title: A sorter
ref: RFC 0 §1
initial: HERE
events:
  take: {params: {n: nat 99}}
decide:
  size:
    - few: n < 3
    - some: n < 9
    - many: n < 90
    - most: else
states:
  HERE:
    rows:
      - {id: here.middle, event: take, leaf: [size.some, size.most], ignore: no, ref: RFC 0 §2}
      - {id: here.few, event: take, leaf: size.few, ignore: no, ref: RFC 0 §2}
      - {id: here.many, event: take, leaf: size.many, ignore: no, ref: RFC 0 §2}
"""


def test_each_leaf_of_a_row_has_an_example(tmp_path: Path) -> None:
    """A row that stands for several leaves is taken by each of them, `else` among them."""
    file = tmp_path / "sorter.yaml"
    file.write_text(SORTER, encoding="utf-8")
    machine = load_spec(file)
    assert isinstance(machine, Machine)
    found = {e.says: e for e in examples(machine) if e.about == e.row == "here.middle"}
    some, most = (found[f"size.{name}"].inputs["n"] for name in ("some", "most"))
    assert isinstance(some, int)
    assert isinstance(most, int)
    assert (True, True) == (3 <= some < 9, 90 <= most)
