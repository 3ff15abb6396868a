"""From files to the frozen model: cells, groups, leaves, constants, names and the search path."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import attrs
import pytest

from netfsm.errors import SpecError
from netfsm.spec.checking import check
from netfsm.spec.expr import Call, Op, walk
from netfsm.spec.findings import Finding
from netfsm.spec.frozen import FrozenMap
from netfsm.spec.load import find_specs, load_all, load_spec
from netfsm.spec.model import Emit, Impossible, Layer, Machine, Scope, Signal
from netfsm.spec.types import Nat

SPECS = Path(__file__).parents[1] / "specs"
HOUSE, FLOW = SPECS / "house", SPECS / "flow"


def machine(file: Path) -> Machine:
    """The machine in `file`."""
    found = load_spec(file)
    assert isinstance(found, Machine)
    return found


@pytest.fixture(scope="module")
def door() -> Machine:
    """The door of the house."""
    return machine(HOUSE / "door.yaml")


@pytest.fixture(scope="module")
def bell() -> Machine:
    """The bell of the house, a machine with instances."""
    return machine(HOUSE / "bell.yaml")


def test_every_cell_is_there(door: Machine) -> None:
    """There is an entry for each state and event, in the order of the text."""
    names = [event.name for event in door.events]

    assert ["push", "knock", "weather", "note", "fall"] == names
    assert [(s.name, e) for s in door.states for e in names] == list(door.cells)


def test_a_cell_is_the_union_of_state_and_group(door: Machine) -> None:
    """Rows of a group stand in the cells of all its states."""
    for state in ("SHUT", "OPEN", "LOCKED", "BARRED"):
        rows = door.cells[state, "weather"]
        assert isinstance(rows, tuple)
        assert ["any.weather"] == [row.id for row in rows]
    assert ("SHUT", "OPEN", "LOCKED", "BARRED") == door.row("any.weather").states


def test_a_row_with_several_events_is_one_row_for_each(door: Machine) -> None:
    """Their ids end with the event."""
    assert "push" == door.row("barred.push.push").event
    assert "knock" == door.row("barred.push.knock").event


def test_impossible_cells(door: Machine) -> None:
    """Those that the file calls so, and timers where they never run."""
    written = door.cells["LOCKED", "note"]
    at_rest = door.cells["SHUT", "fall"]

    assert isinstance(written, Impossible)
    assert "the slot is locked too" == written.reason
    assert isinstance(at_rest, Impossible)
    assert at_rest in door.impossibles


def test_leaves_have_flat_guards(door: Machine) -> None:
    """A leaf's guard is its test and the negation of those before; `when` comes on top."""
    (arrival,) = door.decides
    other = arrival.leaves[2].guard

    assert ["stranger", "asks", "other"] == [leaf.name for leaf in arrival.leaves]
    assert isinstance(other, Op)
    assert ("and", ["not", "not"]) == (other.op, [a.op for a in other.args if isinstance(a, Op)])
    assert arrival.leaves[1].guard == door.row("shut.answer").guard


def test_blocks_are_merged_with_do(bell: Machine, door: Machine) -> None:
    """What a block assigns is what the row assigns; timers stand apart."""
    assert ["knocks"] == [assign.variable for assign in door.row("shut.knock").assigns]
    assert ["fade"] == [step.timer for step in bell.row("absent.ring").timers]


def test_emissions_and_signals(door: Machine) -> None:
    """Fields stand in the order of the declaration; a signal knows its receiver's key."""
    (reply,) = door.row("shut.answer").emissions
    (signal,) = door.row("shut.annoy").emissions

    assert isinstance(reply, Emit)
    assert ("reply", "answer", ["kind", "number"]) == (
        reply.output,
        reply.tag,
        [name for name, _ in reply.fields],
    )
    assert isinstance(signal, Signal)
    assert ("house.bell", "ring", False) == (signal.machine, signal.event, signal.inside)
    assert signal.key is not None
    assert 1 == len(signal.key)


def test_refusals(door: Machine) -> None:
    """`error` gives one emission and no step."""
    row = door.row("shut.weak")

    assert ("error", "refuse", None) == (row.verdict, row.reason, row.to)
    assert ["refuse"] == [e.output for e in row.emissions if isinstance(e, Emit)]


def test_instances(bell: Machine) -> None:
    """The absent state is the initial one; eviction names the event that it is given."""
    assert bell.instances is not None
    assert ("-", ("ring",), 3, "evict", "tear") == (
        bell.initial,
        bell.instances.create,
        bell.instances.limit,
        bell.instances.when_full,
        bell.instances.evict_by,
    )
    assert [("-", True, True), ("RINGING", False, False)] == [
        (state.name, state.absent, state.final) for state in bell.states
    ]


def test_properties_are_typed(door: Machine) -> None:
    """An output's property speaks of the states whose rows emit it."""
    found = {each.id: each for each in door.properties}

    assert ["few_knocks", "counts_up", "answers_tell", "answers"] == list(found)
    assert ("SHUT",) == found["answers_tell"].where
    assert "reply" == found["answers"].emits


def test_lets_stay_calls(door: Machine) -> None:
    """A let is named once and called; guards don't repeat it."""
    guard = door.row("shut.push").guard
    assert guard is not None
    assert ["strong"] == [node.name for node in walk(guard) if isinstance(node, Call)]


def test_scope_machines_and_owners() -> None:
    """Shared variables are the owner's; a signal to a machine of the scope is inside the step."""
    talk, line = machine(FLOW / "talk.yaml"), load_spec(FLOW / "line.yaml")
    watch = machine(FLOW / "watch.yaml")
    (signal,) = talk.row("talking.say").emissions

    assert isinstance(line, Scope)
    assert ("flow.talk", "flow.watch") == line.machines
    assert {"NEXT": "flow.talk", "tries": "flow.watch"} == {v.name: v.owner for v in talk.variables}
    assert frozenset({"TALKING", "WAITING"}) == talk.variables[0].states
    assert isinstance(signal, Signal)
    assert signal.inside
    assert "timer" == watch.event("hush").kind


def test_sizes_and_sets_choose_constants() -> None:
    """`nat MAX` follows the size that is asked for."""
    small = load_spec(HOUSE / "door.yaml", size="small")
    linux = load_spec(HOUSE / "door.yaml", constants="linux")

    for model, most in ((small, 1), (linux, 5)):
        assert isinstance(model, Machine)
        assert Nat(most) == model.variables[0].type


def test_models_can_not_be_changed(door: Machine) -> None:
    """Neither attributes nor mappings of a model take anything new."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        door.title = "Gate"  # type: ignore[misc]  # this is what is tested
    with pytest.raises(TypeError):
        door.cells["SHUT", "push"] = ()  # type: ignore[index]  # this is what is tested
    with pytest.raises(AttributeError):
        door.cells._items = {}  # type: ignore[attr-defined]  # this is what is tested
    assert isinstance(door.groups, FrozenMap)
    assert door == pickle.loads(pickle.dumps(door))
    assert hash(door) == hash(pickle.loads(pickle.dumps(door)))


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    """The same files have the same digest wherever they lie; another constant has another."""
    shutil.copytree(HOUSE, tmp_path / "copy")
    digest = machine(HOUSE / "door.yaml").digest
    assert digest == machine(tmp_path / "copy" / "door.yaml").digest

    layer = tmp_path / "copy" / "layer.yaml"
    layer.write_text(layer.read_text().replace("value: 3", "value: 4"))
    assert digest != machine(tmp_path / "copy" / "door.yaml").digest


def test_a_folder_is_its_layer() -> None:
    """`specs/arp` names the layer that lies in it."""
    layer = load_spec(HOUSE)

    assert isinstance(layer, Layer)
    assert ("house", str(HOUSE)) == (layer.name, layer.folder)


def test_directories_on_the_search_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The caller's directories come first, then NETFSM_PATH, then netfsm's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "house.door" not in find_specs()
    assert isinstance(load_spec("house.door", path=[SPECS]), Machine)

    monkeypatch.setenv("NETFSM_PATH", str(HOUSE))
    assert isinstance(load_spec("house.door"), Machine)
    assert HOUSE == find_specs()["house"].root


def test_an_unknown_name_gets_a_proposal() -> None:
    """A spec that isn't there is a finding, not a traceback."""
    with pytest.raises(SpecError, match=r"UNKNOWN-SPEC .*\n.*did you mean arp.neighbour\?"):
        load_spec("arp.neighbor")
    with pytest.raises(SpecError, match="UNREADABLE"):
        load_spec("no/such/file.yaml")
    with pytest.raises(SpecError, match="UNKNOWN-SPEC"):
        load_spec(Path(__file__).parent)


def test_too_many_rows_are_refused_by_name(tmp_path: Path) -> None:
    """A machine of more than 3,000 rows has one finding."""
    row = "      - {{id: a{0}, event: e, when: x == {0}, ignore: so, ref: RFC 1}}\n"
    rows = "".join(row.format(number) for number in range(3001))
    head = 'machine: big.one\nnetfsm: 1\ntitle: Big\nref: RFC 1\ninitial: "A"\n'
    events = "events: {e: {params: {x: nat 9999}}}\n"
    file = tmp_path / "big.yaml"
    file.write_text(f"{head}{events}states:\n  A:\n    rows:\n{rows}")

    assert ["TOO-MANY-ROWS"] == [finding.code for finding in check(file).findings]


def test_two_files_of_one_name(tmp_path: Path) -> None:
    """A name that two files of one root claim is told when all are checked."""
    shutil.copytree(HOUSE, tmp_path, dirs_exist_ok=True)
    shutil.copy(HOUSE / "bell.yaml", tmp_path / "ring.yaml")

    codes = [f.code for f in check(path=[tmp_path]).findings if str(tmp_path) in f.file]

    assert ["DUPLICATE-SPEC"] == codes


def conflicts(folder: Path, bind: str) -> list[Finding]:
    """What is found where two layers have the same binding."""
    provider = (
        "layer: base\nnetfsm: 1\nhands: a:B\nprovides: {base.key: {key: nat 9, carries: bytes}}\n"
    )
    (folder / "base.yaml").write_text(provider)
    for name in ("one", "two"):
        text = f"layer: {name}\nnetfsm: 1\nhands: a:B\nbinds: [{bind}]\n"
        (folder / f"{name}.yaml").write_text(text)
    return [f for f in check("one", "two", path=[folder]).findings if f.code != "MISSING-KEY"]


@pytest.mark.parametrize(
    ("bind", "codes"),
    [
        ("{to: base.key, key: 3}", {"BIND-CONFLICT"}),
        ("{to: base.key, key: 3, policy: tap}", set()),
        ("{to: base.key, key: 10, policy: tap}", {"BIND-KEY"}),
        ("{to: base.kye, key: 3, policy: tap}", {"UNKNOWN-SPACE"}),
        ("{to: base.kye, key: 3, policy: tap, optional: true}", set()),
    ],
)
def test_bindings_side_by_side(tmp_path: Path, bind: str, codes: set[str]) -> None:
    """A key belongs to one layer, fits its space, and the space is there."""
    assert codes == {finding.code for finding in conflicts(tmp_path, bind)}


def test_a_reason_without_a_counter(tmp_path: Path) -> None:
    """What a format refuses is counted under its own name by the layer, or noted."""
    form = "format: odd.thing\nnetfsm: 1\ntitle: a thing\nref: RFC 1\nfields: {a: {bits: 8}}\n"
    (tmp_path / "thing.yaml").write_text(form)
    layer = "layer: odd\nnetfsm: 1\nhands: a:B\nformats: [odd.thing]\n"
    (tmp_path / "odd.yaml").write_text(layer)
    told = [f for f in check("odd", path=[tmp_path]).findings if f.code == "NO-COUNTER"]
    assert ["format odd.thing refuses packets as truncated, which layer odd does not count"] == [
        f.message for f in told
    ]
    assert [1] == [f.line for f in told]


def test_all_own_specs_are_right() -> None:
    """Every spec that netfsm brings loads, and check has nothing to say."""
    assert () == check().findings
    assert set(load_all()) == {s.name for s in find_specs().values() if s.kind != "chapter"}
