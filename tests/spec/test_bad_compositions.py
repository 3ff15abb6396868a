"""One change to a sound composition, and the one finding that it gets, at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.spec.load import read_spec

GOOD = """\
compose: arp.two
netfsm: 1
title: Two hosts claim one address
ref: RFC 5227 §2.1.1
constants:
  ADDRESS: {type: bytes, value: "c0 00 02 01"}
values: {PROBE_NUM: 2}
given: {interface: eth0, hrd: 1, hln: 1, broadcast: "ff", unknown: "00"}
machines:
  link: arp.interface
  address: {machine: arp.address, given: {address: ADDRESS}}
without: [arp.neighbour]
ends:
  A:
    given: {hwaddr: "0a"}
    script:
      - {call: link.up}
      - {call: link.claim, with: {address: ADDRESS, probing: true, defence: [CEASE, KEEP]}}
  B:
    given: {hwaddr: "0b"}
    script:
      - {call: link.up, when: at(A.link.UP)}
channels:
  wire: {ends: [A, B], capacity: 2, lose: 1, reaches: o.to == broadcast or o.to == hwaddr}
choose:
  arp.interface.packet:
    sha_is_group: "False"
    spa_is_host: "True"
    spa_on_link: "True"
    spa_is_ours: ARP.spa == ADDRESS and at(address.HELD)
    tpa_is_ours: any
  arp.address.claim: {delay: [PROBE_WAIT]}
  arp.address.wait: {gap: PROBE_MIN}
  arp.address.probe: {gap: PROBE_MIN}
timers: {arp.address.probe: quiet, others: any}
ghosts:
  uses:
    type: bool
    initial: "False"
    on:
      - {emit: address.usable, set: "True"}
      - {event: address.conflict, set: sha == hwaddr}
let:
  both: A.uses and B.uses
properties:
  - {id: one_user, always: not both, ref: RFC 5227 §2.1.1}
  - {id: few, goal: not at(A.address.PROBING) or A.address.probes > 0, ref: RFC 5227 §2.1.1}
  - {id: silent, never: address.arp, when: o.spa == ADDRESS and o.op == REPLY, ref: RFC 5227 §2.1.1}
  - {id: in_time, faultless: [arp.address.wait], ref: RFC 5227 §2.1.1}
states: 1000
"""

# what is wrong, the text, what stands there instead, the code, a text of the line
REACHES = "lose: 1, reaches: o.to == broadcast or o.to == hwaddr}\n"
INJECTED = REACHES.replace("lose: 1,", "inject: 1,") + "inject:\n"
MISTAKES = [
    (
        "what is injected without a budget",
        "choose:\n",
        "inject:\n  wire: {message: arp.packet}\nchoose:\n",
        "COMPOSE-INJECT",
        "wire: {message",
    ),
    (
        "a budget without what is injected",
        "lose: 1,",
        "inject: 1,",
        "COMPOSE-INJECT",
        "wire: {ends",
    ),
    (
        "what is injected into no channel",
        "choose:\n",
        "inject:\n  wires: {message: arp.packet}\nchoose:\n",
        "UNKNOWN-NAME",
        "wires:",
    ),
    (
        "another format that is injected",
        REACHES,
        f"{INJECTED}  wire: {{message: ethernet.frame}}\n",
        "UNKNOWN-FORMAT",
        "ethernet.frame",
    ),
    (
        "a field that nobody can inject",
        REACHES,
        f"{INJECTED}  wire: [{{message: arp.packet, with: {{opp: REPLY}}}}]\n",
        "UNKNOWN-FIELD",
        "opp: REPLY",
    ),
    (
        "a field with too many values",
        REACHES,
        f"{INJECTED}  wire: {{message: arp.packet, with: {{pro: any}}}}\n",
        "COMPOSE-INJECT",
        "pro: any",
    ),
    (
        "flags of a field that has none",
        REACHES,
        f"{INJECTED}  wire: {{message: arp.packet, with: {{op: {{any: [REQUEST]}}}}}}\n",
        "COMPOSE-INJECT",
        "op: {any",
    ),
    (
        "a condition on another property",
        "always: not both,",
        "always: not both, when: both,",
        "UNKNOWN-KEY",
        "when: both",
    ),
    (
        "unknown machine",
        "link: arp.interface",
        "link: arp.interfaze",
        "UNKNOWN-MACHINE",
        "interfaze",
    ),
    ("no ends", "ends:\n  A:", "endz:\n  A:", "UNKNOWN-KEY", "endz"),
    (
        "a slot twice",
        '    given: {hwaddr: "0b"}',
        '    given: {hwaddr: "0b"}\n    machines: {link: arp.interface}',
        "DUPLICATE-NAME",
        "machines: {link",
    ),
    ("no value for a given", 'unknown: "00"', "", "COMPOSE-GIVEN", "address: {machine"),
    ("a value for nothing", "hrd: 1,", "hrd: 1, hrb: 1,", "UNKNOWN-NAME", "hrb"),
    ("a value of another type", "hln: 1,", "hln: many,", "VALUE", "hln: many"),
    ("a value beyond its type", "hln: 1,", "hln: 300,", "OUT-OF-BOUNDS", "hln: 300"),
    ("a constant of another type", "hln: 1,", "hln: ADDRESS,", "TYPE", "hln: ADDRESS"),
    (
        "a constant of a machine declared again",
        "  ADDRESS: {",
        '  ANY: {type: bytes, value: "00"}\n  ADDRESS: {',
        "DUPLICATE-NAME",
        "ANY: {",
    ),
    (
        "another value for no constant",
        "PROBE_NUM: 2",
        "PROBE_NUMB: 2",
        "UNKNOWN-NAME",
        "PROBE_NUMB",
    ),
    ("another value that is none", "PROBE_NUM: 2", "PROBE_NUM: few", "VALUE", "PROBE_NUM: few"),
    ("no such sequence space", "values:", "spaces: {snd: 4}\nvalues:", "UNKNOWN-SPACE", "spaces"),
    (
        "a signal to nobody",
        "without: [arp.neighbour]",
        "without: []",
        "COMPOSE-SIGNAL",
        "link: arp",
    ),
    (
        "without no machine",
        "[arp.neighbour]",
        "[arp.neighbour, arp.neighbor]",
        "UNKNOWN-MACHINE",
        "neighbor]",
    ),
    (
        "a call of nothing",
        "call: link.up, when",
        "call: link.upp, when",
        "UNKNOWN-EVENT",
        "link.upp",
    ),
    ("a call of no slot", "call: link.up, when", "call: wire.up, when", "UNKNOWN-SLOT", "wire.up"),
    (
        "a script that sends a signal",
        "call: link.up, when",
        "call: link.conflict, when",
        "COMPOSE-CALL",
        "link.conflict",
    ),
    (
        "a script that fires a timer",
        "call: link.up, when",
        "call: link.rate, when",
        "COMPOSE-CALL",
        "link.rate",
    ),
    ("a call without a parameter", "probing: true, ", "", "MISSING-FIELD", "link.claim"),
    (
        "a parameter that is none",
        "probing: true, ",
        "probing: true, proving: true, ",
        "UNKNOWN-FIELD",
        "proving",
    ),
    ("a parameter of another type", "probing: true, ", "probing: 1, ", "VALUE", "probing: 1"),
    ("a parameter with no value at all", "[CEASE, KEEP]", "[]", "VALUE", "defence: []"),
    ("a member that is none", "[CEASE, KEEP]", "[CEASE, KEPT]", "VALUE", "KEPT"),
    (
        "a condition over no state",
        "at(A.link.UP)",
        "at(A.link.DOWN)",
        "UNKNOWN-STATE",
        "A.link.DOWN",
    ),
    ("a condition over a number", "at(A.link.UP)", "A.inbox", "TYPE", "A.inbox"),
    ("an end that is none", "ends: [A, B]", "ends: [A, C]", "UNKNOWN-END", "[A, C]"),
    ("a channel of one end", "ends: [A, B]", "ends: [A]", "COMPOSE-CHANNEL", "ends: [A]"),
    (
        "two channels for one format",
        "choose:",
        "  other: {ends: [A, B], capacity: 1}\nchoose:",
        "COMPOSE-CHANNEL",
        "  A:",
    ),
    ("no capacity", "capacity: 2, ", "", "MISSING-KEY", "wire: {"),
    ("a capacity of nothing", "capacity: 2", "capacity: 0", "OUT-OF-BOUNDS", "capacity: 0"),
    ("a negative budget", "lose: 1", "lose: -1", "OUT-OF-BOUNDS", "lose: -1"),
    ("a budget that is no number", "lose: 1", "lose: some", "WRONG-TYPE", "lose: some"),
    ("a format that is none", "lose: 1", "carries: arp.pocket", "UNKNOWN-FORMAT", "arp.pocket"),
    ("a message field that is none", "o.to == hwaddr", "o.tu == hwaddr", "UNKNOWN-NAME", "o.tu"),
    (
        "a state where a message goes by",
        "o.to == hwaddr",
        "at(address.HELD)",
        "UNKNOWN-STATE",
        "at(address.HELD)",
    ),
    ("a choice left out", '    spa_is_host: "True"\n', "", "COMPOSE-CHOICE", "choose:"),
    ("a choice of nothing", "delay: [", "delai: PROBE_WAIT, delay: [", "UNKNOWN-NAME", "delai"),
    (
        "a choice for no machine",
        "arp.address.wait: {",
        "arp.addres.wait: {}\n  arp.address.wait: {",
        "UNKNOWN-MACHINE",
        "arp.addres.wait",
    ),
    (
        "a choice for no event",
        "arp.address.wait: {",
        "arp.address.weight: {}\n  arp.address.wait: {",
        "UNKNOWN-EVENT",
        "weight",
    ),
    (
        "a choice of another type",
        "gap: PROBE_MIN}\n  arp",
        "gap: ADDRESS}\n  arp",
        "TYPE",
        "gap: ADDRESS",
    ),
    (
        "any value of a duration",
        "delay: [PROBE_WAIT]",
        "delay: any",
        "COMPOSE-CHOICE",
        "delay: any",
    ),
    (
        "a range of a duration",
        "delay: [PROBE_WAIT]",
        "delay: {from: PROBE_MIN, to: PROBE_MAX}",
        "COMPOSE-CHOICE",
        "from:",
    ),
    (
        "a timer that is none",
        "arp.address.probe: quiet",
        "arp.address.prove: quiet",
        "UNKNOWN-TIMER",
        "prove",
    ),
    ("a policy that is none", "others: any", "others: slow", "UNKNOWN-WORD", "others: slow"),
    (
        "a ghost that hears nothing",
        "emit: address.usable",
        "emit: address.useable",
        "UNKNOWN-OUTPUT",
        "useable",
    ),
    (
        "a ghost of no slot",
        "emit: address.usable",
        "emit: adress.usable",
        "UNKNOWN-SLOT",
        "adress.usable",
    ),
    (
        "a ghost of no event",
        "event: address.conflict",
        "event: address.conflicts",
        "UNKNOWN-EVENT",
        "conflicts",
    ),
    ("a ghost of another type", 'set: "True"', "set: 1", "TYPE", "set: 1"),
    (
        "a ghost that reads a machine",
        "sha == hwaddr",
        "address.probes > 0",
        "UNKNOWN-NAME",
        "address.probes",
    ),
    (
        "a ghost that waits for both",
        "{emit: address.usable, set",
        "{emit: address.usable, event: address.asked, set",
        "MISSING-KEY",
        "address.asked",
    ),
    ("a ghost without a first value", '    initial: "False"\n', "", "MISSING-KEY", "type: bool"),
    ("an unknown name", "always: not both", "always: not bath", "UNKNOWN-NAME", "not bath"),
    (
        "a let that needs itself",
        "both: A.uses and B.uses",
        "both: A.uses and both",
        "LET-CYCLE",
        "both: A",
    ),
    (
        "two slots in one at",
        "at(A.link.UP)",
        '"at(A.link.UP, B.link.UP)"',
        "ARGUMENTS",
        "B.link.UP",
    ),
    (
        "a variable out of its states",
        "not at(A.address.PROBING) or A",
        "A",
        "SCOPE",
        "A.address.probes",
    ),
    (
        "at of one slot for a variable of another",
        "at(A.address.PROBING) or",
        "at(B.address.PROBING) or",
        "SCOPE",
        "B.address.PROBING",
    ),
    (
        "a number of timers",
        "not both, ref",
        "timers_armed == 0, ref",
        "NOT-ALLOWED",
        "timers_armed",
    ),
    ("a new value", "not both, ref", "new.A.uses, ref", "NEW-HERE", "new.A"),
    ("a property without a kind", "always: not both, ", "", "MISSING-KEY", "one_user"),
    (
        "a property of two kinds",
        "always: not both, ",
        "always: not both, goal: both, ",
        "MISSING-KEY",
        "one_user",
    ),
    (
        "a property without a clause",
        "not both, ref: RFC 5227 §2.1.1",
        "not both",
        "NO-REF",
        "one_user",
    ),
    ("an id twice", "id: few", "id: one_user", "DUPLICATE-ID", "goal:"),
    (
        "never an output that is none",
        "never: address.arp",
        "never: address.arb",
        "UNKNOWN-OUTPUT",
        "arb",
    ),
    ("never of no slot", "never: address.arp", "never: addresses.arp", "UNKNOWN-SLOT", "addresses"),
    ("never a field that is none", "o.op == REPLY", "o.opp == REPLY", "UNKNOWN-NAME", "o.opp"),
    (
        "when beside always",
        "always: not both, ",
        "always: not both, when: both, ",
        "UNKNOWN-KEY",
        "when: both",
    ),
    (
        "no timer to do without",
        "[arp.address.wait]",
        "[arp.address.weight]",
        "UNKNOWN-TIMER",
        "weight",
    ),
    ("ends: false", "always: not both", "ends: false", "VALUE", "ends: false"),
    ("no states", "states: 1000", "states: 0", "OUT-OF-BOUNDS", "states: 0"),
]


def findings(folder: Path, text: str) -> list[tuple[str, str]]:
    """Code and line, as it stands in the file, of everything that is found."""
    file = folder / "two.yaml"
    file.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    return [(found.code, lines[found.line - 1]) for found in read_spec(file).findings]


def test_it_is_sound(tmp_path: Path) -> None:
    """What the mistakes are made in has none."""
    assert [] == findings(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "code", "where"),
    [each[1:] for each in MISTAKES],
    ids=[each[0] for each in MISTAKES],
)
def test_one_finding_and_no_other(
    tmp_path: Path, old: str, new: str, code: str, where: str
) -> None:
    """The finding stands at the line where the mistake is."""
    assert 1 == GOOD.count(old)

    found = findings(tmp_path, GOOD.replace(old, new))

    assert [code] == [each for each, _ in found]
    assert where in found[0][1]
