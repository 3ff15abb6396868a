"""One mistake in a good spec gives one finding, in its line, and no noise behind it."""

# A table reads best with one mistake a line.
# ruff: noqa: E501

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from netfsm.spec.load import read_spec

SPECS = Path(__file__).parents[1] / "specs"

# file, text that stands there once, what is written in its place, code, line (0: of the change)
Mistake = tuple[str, str, str, str, int]
FOLDER = {"line": "flow", "talk": "flow", "watch": "flow"}
MISTAKES: list[Mistake] = [
    ("door", "to: OPEN", "to: OPNE", "UNKNOWN-STATE", 0),
    ("door", "to: OPEN", "to: ELSEWHERE", "UNKNOWN-STATE", 0),
    ("door", "when: strong\n", "when: stronk\n", "UNKNOWN-NAME", 0),
    ("door", "when: enough\n", "when: nouhg\n", "UNKNOWN-NAME", 0),
    ("door", "        when: strong\n", "        wehn: strong\n", "UNKNOWN-KEY", 0),
    ("door", "        to: LOCKED", "        too: LOCKED", "UNKNOWN-KEY", 0),
    ("door", "events:\n", "evnets:\n", "UNKNOWN-KEY", 0),
    ("door", "decide:\n", "deciding:\n", "UNKNOWN-KEY", 0),
    ("door", "given: {", "gvien: {", "UNKNOWN-KEY", 0),
    ("door", "            with: {mood", "            wiht: {mood", "UNKNOWN-KEY", 0),
    ("door", "when: mood == CROSS, to: BARRED", "when: mood == CROSS", "UNREACHABLE", 81),
    (
        "door",
        "      - {id: open.push, event: push, ignore: it is open, ref: RFC 826}\n",
        "",
        "UNDECIDED",
        69,
    ),
    (
        "door",
        "      - {id: open.fall, event: fall, do: {knocks: 0}, to: SHUT, ref: RFC 826}\n",
        "",
        "TIMER-UNHANDLED",
        17,
    ),
    (
        "door",
        "    rows:\n      - {id: any.weather, event: weather, ignore: doors bear all weather, ref: RFC 826}\n",
        "    rows: []\n",
        "UNDECIDED",
        20,
    ),
    ("door", "event: weather", "event: wetaher", "UNKNOWN-EVENT", 0),
    ("door", "event: weather", "event: frost", "UNKNOWN-EVENT", 0),
    ("door", "strong: force > 4", "strong: force > True", "TYPE", 0),
    ("door", "asks: NOTE.kind == ASK", "asks: NOTE.kind == LIMIT", "TYPE", 0),
    ("door", "do: {mood: CROSS}", "do: {mood: LIMIT}", "TYPE", 0),
    ("door", "id: open.push", "id: open.knock", "DUPLICATE-ID", 72),
    ("door", "id: few_knocks", "id: open.knock", "DUPLICATE-ID", 86),
    ("door", "ignore: it is open, ref: RFC 826", "ignore: it is open", "NO-REF", 0),
    ("door", "holds: knocks <= LIMIT, ref: RFC 826", "holds: knocks <= LIMIT", "NO-REF", 0),
    (
        "door",
        "ignore: it is open, ref: RFC 826",
        "ignore: it is open, ref: somewhere",
        "BAD-REF",
        0,
    ),
    ("door", "title: A door\n", "title: A door\ntitle: A gate\n", "DUPLICATE-KEY", 4),
    ("door", "enough: knocks + 1 >= LIMIT", "enough: knocks ** 2 >= LIMIT", "NOT-ALLOWED", 0),
    ("door", "enough: knocks + 1 >= LIMIT", "enough: knocks + 1 >= LIMIT)", "SYNTAX", 0),
    ("door", "count: {knocks: knocks + 1}", "count: {knocks: min(knocks, 2)}", "UNQUOTED", 0),
    ("door", "in: OPEN, ref", "in: OPNE, ref", "UNKNOWN-STATE", 0),
    ("door", "in: [SHUT, LOCKED], initial", "in: [SHUT, LOKCED], initial", "UNKNOWN-STATE", 0),
    ("door", "BAD: [LOCKED, BARRED]", "BAD: [LOCKED, BARED]", "UNKNOWN-STATE", 0),
    (
        "door",
        "    states: [SHUT, OPEN, LOCKED, BARRED]",
        "    states: [SHUT, OPEN, LOCKED, BARED]",
        "UNKNOWN-STATE",
        0,
    ),
    ("door", "do: {fall: start(WAIT)}", "do: {fall: start(LIMIT)}", "TYPE", 0),
    ("door", "do: {fall: start(WAIT)}", "do: {fall: begin(WAIT)}", "TIMER-ORDER", 0),
    ("door", "do: {fall: start(WAIT)}", "do: {fal: start(WAIT)}", "UNKNOWN-NAME", 0),
    ("door", "use: [count]", "use: [count], do: {knocks: 0}", "ASSIGNED-TWICE", 0),
    ("door", "use: [count]", "use: [cuont]", "UNKNOWN-BLOCK", 0),
    ("door", "do: {knocks: 0, mood: CROSS}", "do: {knocks: 0}", "UNASSIGNED", 58),
    ("door", "do: {knocks: 0}, to: SHUT", "to: SHUT", "UNASSIGNED", 0),
    (
        "door",
        "do: {fall: restart(WAIT)}",
        "do: {fall: restart(WAIT), mood: CALM}",
        "ASSIGNED-OUTSIDE",
        0,
    ),
    (
        "door",
        "do: {fall: restart(WAIT)}",
        "do: {fall: restart(WAIT), name: name}",
        "NOT-ASSIGNABLE",
        0,
    ),
    ("door", "event: knock, do: {fall: restart(WAIT)}", "event: knock, when: enough", "SCOPE", 0),
    (
        "door",
        "          - creak: {force: force}",
        "          - craek: {force: force}",
        "UNKNOWN-OUTPUT",
        0,
    ),
    (
        "door",
        "          - creak: {force: force}",
        "          - creak: {froce: force}",
        "UNKNOWN-FIELD",
        0,
    ),
    ("door", "          - creak: {force: force}", "          - creak: {}", "MISSING-FIELD", 0),
    ("door", "reply: {kind: TELL, number: NOTE.number}", "reply: {kind: TELL}", "MISSING-FIELD", 0),
    ("door", "house.bell[name].ring", "house.bel[name].ring", "UNKNOWN-MACHINE", 0),
    ("door", "house.bell[name].ring", "house.bell[name].rnig", "UNKNOWN-EVENT", 0),
    ("door", "house.bell[name].ring", "house.bell[name].tear", "SIGNAL", 0),
    ("door", "house.bell[name].ring", "house.bell.ring", "SIGNAL", 0),
    ("door", "house.bell[name].ring", "house.bell[knocks].ring", "TYPE", 0),
    ("door", "house.bell[name].ring", "house bell", "SIGNAL", 0),
    ("door", "leaf: arrival.asks", "leaf: arrival.asked", "UNKNOWN-LEAF", 0),
    ("door", "leaf: arrival.asks", "leaf: arrivals.asks", "UNKNOWN-LEAF", 0),
    ("door", "leaf: arrival.asks", "leaf: arrival.other", "OVERLAP", 68),
    ("door", "    - other: else\n", "", "UNKNOWN-LEAF", 67),
    ("door", "    - stranger: not known\n", "    - stranger: else\n", "ELSE-NOT-LAST", 0),
    ("door", "    - other: else\n", "    - other: else\n    - late: known\n", "ELSE-NOT-LAST", 34),
    ("door", "    - other: else\n", "    - more: known\n    - other: else\n", "LEAF-MISSING", 61),
    ("door", "event: push, when: not strong, error", "event: push, error", "OVERLAP", 0),
    ("door", "impossible: the slot is locked too", "impossible: ", "NO-REASON", 0),
    (
        "door",
        "      - {id: open.note,",
        "      - {id: open.none, event: note, impossible: no}\n      - {id: open.note,",
        "IMPOSSIBLE-BESIDE",
        0,
    ),
    ("door", "initial: SHUT\n", "initial: SHTU\n", "UNKNOWN-STATE", 0),
    ("door", "initial: SHUT\n", "", "INITIAL", 1),
    ("door", "initial: 0, says", "says", "INITIAL", 0),
    ("door", "initial: 0, says", "initial: CALM, says", "TYPE", 0),
    ("door", "type: Mood, in", "type: Mod, in", "UNKNOWN-TYPE", 0),
    ("door", "type: nat LIMIT", "type: nat LIMITS", "TYPE-FORM", 0),
    ("door", "message: house.note, as", "message: house.nota, as", "UNKNOWN-FORMAT", 0),
    ("door", "message: house.note}", "message: house.nota}", "UNKNOWN-FORMAT", 0),
    ("door", "{force: nat 9}}\n  knock", "{force: nta 9}}\n  knock", "UNKNOWN-TYPE", 0),
    ("door", "error: {refuse: {force: force}}", "error: {creak: {force: force}}", "OUTPUT", 0),
    (
        "door",
        "error: {refuse: {force: force}}",
        "error: {refuse: {force: force}}, to: OPEN",
        "VERDICT",
        0,
    ),
    (
        "door",
        "use: [count], ref: RFC 826}",
        "use: [count], level: will, ref: RFC 826}",
        "UNKNOWN-WORD",
        0,
    ),
    ("door", "let:\n", "let:\n  spare: force > 5\n", "UNUSED", 28),
    ("door", "blocks:\n", "blocks:\n  spare: {knocks: 0}\n", "UNUSED", 36),
    ("door", "  BAD: [", "  SPARE: [OPEN]\n  BAD: [", "UNUSED", 0),
    ("door", "outputs:\n", "outputs:\n  spare: {deliver: {}}\n", "UNUSED", 24),
    (
        "door",
        "let:\n",
        "constants:\n  SPARE: {type: nat 9, value: 1, ref: RFC 826}\nlet:\n",
        "UNUSED",
        28,
    ),
    ("door", "let:\n", "let:\n  knock: force > 5\n", "DUPLICATE-NAME", 28),
    (
        "door",
        "let:\n  strong: force > 4",
        "let:\n  strong: force > 4 and enough2\n  enough2: strong",
        "LET-CYCLE",
        28,
    ),
    ("door", "tag: answer, holds", "tag: answre, holds", "UNKNOWN-TAG", 0),
    ("door", "event: note, when: known and", "event: ntoe, when: known and", "UNKNOWN-EVENT", 0),
    ("door", "holds: o.kind == TELL and", "holds: o.kin == TELL and", "UNKNOWN-NAME", 0),
    (
        "door",
        "      - {id: open.fall, event: fall,",
        "      - {id: shut.fall, event: fall, do: {knocks: 0}, to: SHUT, ref: RFC 826}\n      - {id: open.fall, event: fall,",
        "OVERLAP",
        75,
    ),
    (
        "door",
        "  LOCKED:\n    rows:\n",
        "  LOCKED:\n    rows:\n      - {id: locked.fall, event: fall, to: SHUT, ref: RFC 826}\n",
        "TIMER-SCOPE",
        77,
    ),
    (
        "door",
        "do: {mood: CROSS}, ref",
        "do: {mood: CROSS, fall: start(WAIT)}, ref",
        "TIMER-SCOPE",
        0,
    ),
    (
        "door",
        "      - {id: open.knock, event: knock, do: {fall: restart(WAIT)}, ref: RFC 826}",
        "      - {id: open.knock, event: knock, ignore: no, ref: RFC 826}",
        "",
        0,
    ),
    ("bell", "create: [ring]", "create: [rnig]", "UNKNOWN-EVENT", 0),
    ("bell", "create: [ring]", "create: [tear]", "CREATE", 22),
    ("bell", 'final: ["-"]', 'final: ["+"]', "UNKNOWN-STATE", 0),
    ("bell", "limit: LIMIT", "limit: LIMITS", "UNKNOWN-NAME", 0),
    ("bell", "by: tear", "by: taer", "UNKNOWN-EVENT", 0),
    ("bell", "evict: rings", "evict: rnigs", "UNKNOWN-NAME", 0),
    ("bell", "  key: {door: text}\n", "", "MISSING-KEY", 5),
    ("bell", "do: {rings: 1, fade: start(WAIT)}", "do: {rings: 1}", "TIMER-UNSTARTED", 14),
    ("bell", "do: {rings: 1, fade: start(WAIT)}", "do: {fade: start(WAIT)}", "UNASSIGNED", 27),
    ("bell", "rings: new.rings", "rings: rings", "SCOPE", 0),
    ("bell", "ref: RFC 826\ninstances", "ref: RFC 826\ninitial: RINGING\ninstances", "INITIAL", 5),
    ("bell", "event: [fade, tear], to", "event: [fade, taer], to", "UNKNOWN-EVENT", 0),
    ("line", "owner: flow.watch}\n", "owner: [flow.watch, flow.talk]}\n", "OWNER", 0),
    ("line", "owner: flow.watch}\n", "owner: flow.wacht}\n", "UNKNOWN-MACHINE", 0),
    ("line", ", owner: flow.watch}\n", "}\n", "OWNER", 9),
    ("line", "in: UP", "in: UPP", "UNKNOWN-STATE", 0),
    (
        "line",
        "owner: flow.watch, in: LISTENING",
        "owner: flow.watch, in: LISTENIG",
        "UNKNOWN-STATE",
        0,
    ),
    ("line", "nat 9", "nat NINE", "TYPE-FORM", 0),
    ("talk", "when: tries < 5, do: {", "when: tries < 5, do: {tries: 0, ", "OWNER", 0),
    ("talk", "when: tries < 5, do: {", "when: tries < 5, do: {hush: stop, ", "OWNER", 0),
    ("talk", "scope: flow.line", "scope: flow.lien", "UNKNOWN-SCOPE", 0),
    ("talk", "NEXT + size}\n        emit", "NEXT - NEXT}\n        emit", "TYPE", 0),
    ("talk", "{NEXT: first}, to", "{}, to", "UNASSIGNED", 0),
    (
        "watch",
        "do: {hush: start(PATIENCE), tries: 0}",
        "do: {hush: start(PATIENCE), NEXT: NEXT}",
        "OWNER",
        0,
    ),
    (
        "watch",
        "emit:\n          - signal: flow.talk.quiet",
        "emit:\n          - signal: flow.watch.heard",
        "SIGNAL-CYCLE",
        21,
    ),
    (
        "watch",
        "do: {hush: restart(PATIENCE), tries: 0}, ref",
        "emit: [{signal: flow.watch.heard}], ref",
        "SIGNAL-CYCLE",
        0,
    ),
    ("layer", "layer: house", "layer: house.all", "SPEC-NAME", 0),
    ("layer", "hands: tests.hands:House", "hands: tests.hands.House", "HANDS", 0),
    ("layer", "formats: [house.note]", "formats: [house.nota]", "UNKNOWN-FORMAT", 0),
    (
        "layer",
        "machines: [house.door, house.bell]",
        "machines: [house.door, house.bel]",
        "UNKNOWN-MACHINE",
        0,
    ),
    ("layer", "value: 3, sizes", "value: 300, sizes", "OUT-OF-BOUNDS", 0),
    ("layer", "value: 5 s", "value: 5 sec", "VALUE", 0),
    ("layer", "value: 5 s", "value: 5 h", "BOUNDS", 0),
    ("layer", "min: 1 s, max: 1 min, settable", "settable", "BOUNDS", 0),
    ("layer", ", ref: RFC 826, says: knocks", ", says: knocks", "NO-REF", 0),
    ("layer", "[CALM, CROSS]", "[CALM, CROSS, LIMIT]", "DUPLICATE-NAME", 10),
    ("layer", "[CALM, CROSS]", "[CALM, CALM]", "DUPLICATE-MEMBER", 0),
]


def line_of(text: str, part: str) -> int:
    """The line in which `part` begins, leading blank lines and spaces apart."""
    index = text.index(part)
    index += len(part) - len(part.lstrip())
    return text.count("\n", 0, index) + 1


@pytest.mark.parametrize(
    "mistake",
    MISTAKES,
    ids=[f"{m[0]}-{m[3] or 'fine'}-{n}" for n, m in enumerate(MISTAKES)],
)
def test_mistake_gives_one_finding(tmp_path: Path, mistake: Mistake) -> None:
    """A seeded mistake is told by its code in its line, and nothing else is."""
    name, old, new, code, line = mistake
    shutil.copytree(SPECS / FOLDER.get(name, "house"), tmp_path, dirs_exist_ok=True)
    file = tmp_path / f"{name}.yaml"
    text = file.read_text(encoding="utf-8")
    assert 1 == text.count(old)
    changed = text.replace(old, new)
    file.write_text(changed, encoding="utf-8")

    found = read_spec(file).findings

    place = line or (line_of(changed, new) if new.strip() else 0)
    wanted = [(code, str(file), place)] if code else []
    assert wanted == [(f.code, f.file, f.line) for f in found], "\n".join(map(str, found))


@pytest.mark.parametrize("file", sorted(SPECS.glob("*o[uw]*/*.yaml")), ids=lambda file: file.stem)
def test_the_good_spec_has_no_finding(file: Path) -> None:
    """What the mistakes are seeded into is right."""
    assert () == read_spec(file).findings
