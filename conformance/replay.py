"""Runs a recorded case again: `netfsm replay cases/.../case.json`, a file of vectors, or an ID.

FIXED where nothing is wrong any more, FAILED where something is, ERROR where the case can't be run
again, because the spec has changed or the record is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from netfsm.conformance.begin_form import read_held
from netfsm.conformance.ends import Wiring, run_ends
from netfsm.conformance.formats import answered, check_octets, format_cases, refused
from netfsm.conformance.pair import Move, Problem
from netfsm.conformance.plain import from_plain
from netfsm.conformance.profiles import PROFILES
from netfsm.conformance.results import Case
from netfsm.conformance.stock import layer_of, load_stock
from netfsm.conformance.subjects import Setting
from netfsm.conformance.suites import Bench
from netfsm.conformance.targets import find_target
from netfsm.conformance.tour import Walk, run_walk
from netfsm.conformance.vectors import vectors_in
from netfsm.errors import SpecError
from netfsm.spec import model
from netfsm.spec.findings import Findings
from netfsm.spec.nodes import Mapping as MappingNode
from netfsm.spec.nodes import Scalar
from netfsm.spec.source import parse_source, read_source
from netfsm.spec.types import Value
from netfsm.wire.malformed import Fault

__all__ = ["Outcome", "Replayed", "replay", "replay_id"]

Problems = tuple[Problem, ...]


class Outcome(Enum):
    """What came of it, and the exit code of `netfsm replay`."""

    FIXED = 0
    FAILED = 1
    ERROR = 4


@frozen
class Replayed:
    """The outcome, what is wrong (FAILED), and why it can't be run (ERROR)."""

    id: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    reason: str = ""


class _NoCaseError(Exception):
    """The record is none, or not of these specs."""


def replay(case: str | Path | Mapping[str, Any]) -> Replayed:
    """Run a case again; `case` is its file, its folder, or what the file holds.

    A file of vectors (`.yaml`) may hold several cases; all are run on `self`.

    Raises:
        TargetError: its target is not available.
    """
    name = str(case.get("id", "")) if isinstance(case, Mapping) else str(case)
    try:
        record = _record(case)
    except _NoCaseError as error:
        return Replayed(name, Outcome.ERROR, reason=str(error))
    return _replayed(str(record.get("id", name)), lambda: _again(record))


def replay_id(case_id: str) -> Replayed:
    """Run the case of that id again, on `self`: `tour:raw.input/in.empty`.

    Cases of the suites boundary, tour and vectors can be found by their id; those of others are
    replayed from their file. Raises ModuleNotFoundError for an example without the extra `prove`.
    """
    return _replayed(case_id, lambda: _by_id(case_id))


def _replayed(name: str, run: Callable[[], Problems]) -> Replayed:
    try:
        problems = run()
    except (_NoCaseError, SpecError, ValueError, KeyError, TypeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        return Replayed(name, Outcome.ERROR, reason=reason)
    return Replayed(name, Outcome.FAILED if problems else Outcome.FIXED, problems)


def _record(case: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(case, Mapping):
        return dict(case)
    return {"file": str(case)} if str(case).endswith(".yaml") else _read(Path(case))


def _read(file: Path) -> dict[str, Any]:
    file = file / "case.json" if file.is_dir() else file
    try:
        record: object = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _NoCaseError(f"{file} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise _NoCaseError(f"{file} is no recorded case: {error}") from error
    found = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
    if found.get("schema") != 1:
        raise _NoCaseError(f"{file} is no recorded case of this version")
    return found


def _again(record: Mapping[str, Any]) -> Problems:
    if "file" in record:
        findings = Findings()
        return _written(read_source(str(record["file"]), findings), findings, "self")
    if "document" in record:
        findings = Findings()
        root = parse_source(json.dumps(record["document"]), "the recorded case", findings)
        return _written(root, findings, str(record.get("target", "self")))
    if "wire" in record:
        return run_ends(Wiring.from_json(record["wire"])).problems
    if "format" in record:
        return _format(record)
    if "vectors" in record:
        return _vector(record)
    name = str(record["machine"])
    stock = load_stock([layer_of(name)])
    bench = Bench(stock, find_target(record.get("target", "self")), PROFILES["quick"])
    machine = stock.machines[name]
    if "missed" in record:
        return _missed(bench, machine, str(record["missed"]))
    walk = read_walk(machine, record, stock.kin(machine))
    steps = run_walk(machine, stock.calls(machine), walk, bench.maker(machine))
    return tuple(problem for step in steps for problem in step.problems)


def _written(root: MappingNode | None, findings: Findings, target: str) -> Problems:
    """The problems of every case in a file of vectors."""
    name = next((n for k, n in root.items if k.text == "vectors"), None) if root else None
    stock = load_stock([layer_of(name.text)] if isinstance(name, Scalar) else [])
    file = None if root is None else vectors_in(root, stock, findings)
    if file is None or findings.errors:
        raise SpecError(findings.errors)
    bench = Bench(stock, find_target(target), PROFILES["quick"])
    cases = [bench.vector_case(file, case) for case in file.cases]
    return tuple(problem for case in cases for problem in case.problems)


def _by_id(case_id: str) -> Problems:
    suite, _, rest = case_id.partition(":")
    subject, _, name = rest.partition("/")
    stock = load_stock([layer_of(subject)])
    bench = Bench(stock, find_target("self"), PROFILES["quick"])
    machine = stock.machines.get(subject)
    found: Iterable[Case] = ()
    if suite == "boundary" and machine is not None:
        wanted = (each for each in bench.examples(machine) if each.id == rest)
        found = (bench.boundary_case(machine, each) for each in wanted)
    elif suite == "tour" and machine is not None:
        found = (case for case in bench.tour_cases(machine) if case.name == name)
    elif suite == "vectors":
        files = [file for file in bench.vector_files() if file.spec == subject]
        pairs = ((file, case) for file in files for case in file.cases if case.name == name)
        found = (bench.vector_case(file, case) for file, case in pairs)
    cases = list(found)
    if not cases:
        raise _NoCaseError(f"there is no case {case_id} now, or it is replayed from its file only")
    return tuple(problem for case in cases for problem in case.problems)


def read_walk(
    machine: model.Machine, record: Mapping[str, Any], kin: tuple[model.Machine, ...] = ()
) -> Walk:
    """The walk of a record; `kin` are all machines of the scope, where there is one.

    Raises ValueError where it does not fit the machines as they are now.
    """
    born = record["setting"]
    key = {p.name: from_plain(p.type, born["key"][p.name]) for p in machine.key}
    if kin:
        others = {each.name: _given(each, born["others"][each.name]) for each in kin}
        setting = Setting(key, others=others)
    else:
        setting = Setting(key, _given(machine, born["given"]))
    moves: list[Move] = []
    for step in record["steps"]:
        name = str(step.get("machine", ""))
        taker = next((each for each in kin if each.name == name), machine)
        kinds = dict(taker.event(step["event"]).inputs)
        if kinds.keys() != step["with"].keys():
            raise ValueError(f"{step['event']} has other parameters now: {', '.join(kinds)}")
        inputs = {name: from_plain(kinds[name], value) for name, value in step["with"].items()}
        moves.append(Move(step["event"], inputs, int(step["at"]), name))
    begin = read_held(record["before"], kin, setting) if "before" in record else None
    return Walk(setting, tuple(moves), begin)


def _given(machine: model.Machine, born: Mapping[str, Any]) -> dict[str, Value]:
    return {p.name: from_plain(p.type, born[p.name]) for p in machine.given}


def _missed(bench: Bench, machine: model.Machine, name: str) -> Problems:
    cases = [case for case in bench.tour_cases(machine) if case.name == name]
    if not cases:
        raise _NoCaseError(f"{machine.name} has no row {name} now")
    return tuple(problem for case in cases for problem in case.problems)


def _format(record: Mapping[str, Any]) -> Problems:
    name = str(record["format"])
    codec = load_stock([layer_of(name)]).codec(name)
    if codec is None:
        raise _NoCaseError(f"there is no format {name} now")
    if "octets" not in record:
        cases = format_cases(codec, PROFILES["quick"], record.get("seed"))
        return tuple(problem for case in cases for problem in case.problems)
    octets = bytes.fromhex(str(record["octets"]))
    found = [answered(codec, octets)]
    if "refused" in record:
        found.append(refused(codec, Fault(octets, str(record["refused"]))))
    else:
        found.append(check_octets(codec, octets))
    return tuple(problem for problem in found if problem is not None)


def _vector(record: Mapping[str, Any]) -> Problems:
    file = Path(str(record["vectors"]))
    stock = load_stock()
    bench = Bench(stock, find_target(record.get("target", "self")), PROFILES["quick"])
    for vectors in bench.vector_files():
        for case in vectors.cases:
            if Path(case.mark.file) == file and case.name == record["case"]:
                return bench.vector_case(vectors, case).problems
    raise _NoCaseError(f"{file} has no case {record['case']!r} now")
