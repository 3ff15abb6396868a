"""One change to generated Python, as a faulty generator would make it, and what notices it."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.machine import python_source
from tests.machine import samples
from tests.prove.samples import Change, agreed, failed, link, real

IN_LINK: list[tuple[str, Change, str]] = [
    ("< for <=", ("flight + n <= WINDOW", "flight + n < WINDOW"), "open.send/code/guard"),
    ("<= for <", ("self.tries < MAX", "self.tries <= MAX"), "open.again/code/guard"),
    ("a chain with <= for <", ("0 < (a - self.una)", "0 <= (a - self.una)"), "open.ack/code/guard"),
    (
        "swapped operands",
        ("(self.nxt - self.una)", "(self.una - self.nxt)"),
        "open.send/code/guard",
    ),
    (
        "a lost wrap",
        ("(self.nxt + n) & 0xffffffff", "(self.nxt + n)"),
        "open.send/code/values",
    ),
    (
        "half a wrap",
        ("(self.nxt + n) & 0xffffffff", "(self.nxt + n) & 0x7fffffff"),
        "open.send/code/values",
    ),
    (
        "a store that reads a new value",
        (
            "    emissions = (new(Give, (self.saved[0],)),)\n    self.saved = self.saved[1:]\n",
            "    self.saved = self.saved[1:]\n    emissions = (new(Give, (self.saved[0],)),)\n",
        ),
        "open.trim/code/emissions",
    ),
    (
        "a dropped emission",
        ("    emissions = (new(Data, (self.una, 0)),)\n", "    emissions = ()\n"),
        "open.again/code/emissions",
    ),
    (
        "a wrong field",
        ("new(Data, (self.una, 0))", "new(Data, (self.nxt, 0))"),
        "open.again/code/emissions",
    ),
    (
        "fields changed about",
        ("new(Data, (self.nxt, n))", "new(Data, (n, self.nxt))"),
        "open.send/code/emissions",
    ),
    ("a forgotten store", ("    self.una = a\n", ""), "open.ack/code/values"),
    ("a forgotten clearing", ("\n    self.tries = None\n", "\n"), "open.lost/code/values"),
    (
        "a wrong target",
        ("self._state = 0  # IDLE", "self._state = 1  # IDLE"),
        "open.end/code/target",
    ),
    (
        "a timer that is not marked",
        ("    self._again_armed = True\n", ""),
        "idle.begin/code/timers",
    ),
    (
        "an order that is lost",
        ("return emissions, RUN_AGAIN", "return emissions, ()"),
        "open.again/code/timers",
    ),
    (
        "a stop that is not asked",
        ("    if self._again_armed:\n", "    if not self._again_armed:\n"),
        "open.end/code/timers",
    ),
    (
        "an order of another length",
        ("('again', WAIT)", "('again', WAIT + 1)"),
        "open.again/code/timers",
    ),
    ("a constant", ("MAX = 3", "MAX = 4"), "open.again/code/guard"),
    (
        "another limit of a queue",
        ("self.saved, packet, 4", "self.saved, packet, 3"),
        "OPEN/save/code",
    ),
    ("another row", ("return open_store(self", "return open_swap(self"), "open.store/code/guard"),
    (
        "rows of a table changed about",
        (
            "    idle_rest_end,  # IDLE\n    open_end,  # OPEN\n",
            "    open_end,\n    idle_rest_end,\n",
        ),
        "open.end/code/guard",
    ),
    (
        "a timer that still runs as it fires",
        ("        self._again_armed = False\n        return", "        return"),
        "open.lost/code/timers",
    ),
    ("another beginning", ("        self.opened = 0\n", "        self.opened = 1\n"), "begin/code"),
    (
        "a queue that is looked into too early",
        (
            "    if len(self.saved) > 3:\n",
            "    first = self.saved[0]\n    if len(self.saved) > 3:\n",
        ),
        "OPEN/trim/code",
    ),
    ("another slice", ("self.saved[1:]\n", "self.saved[2:]\n"), "OPEN/trim/code"),
    (
        "a number used as a truth",
        ("min(self.opened + first, 9)", "(self.opened or first)"),
        "IDLE/begin/code",
    ),
    (
        "arguments changed about",
        ("def on_begin(self, iss, first)", "def on_begin(self, first, iss)"),
        "IDLE/begin/code",
    ),
    (
        "a store to what is no variable",
        ("    self.una = a\n", "    self.una = a\n    self.nxt_ = a\n"),
        "open.ack/code/values",
    ),
    (
        "a store into a queue",
        ("    self.una = a\n", "    self.una = a\n    self.saved[0] = a\n"),
        "OPEN/ack/code",
    ),
    (
        "a quotient by less than nothing",
        ("self.tries + 1", "self.tries // -1"),
        "OPEN/again/code",
    ),
    (
        "what no generator writes",
        ("    self.una = a\n", "    self.una = sorted(a)\n"),
        "OPEN/ack/code",
    ),
]

IN_REAL: list[tuple[str, str, Change]] = [
    ("arp.neighbour", "REPLY for REQUEST", ("REQUEST = 1", "REQUEST = 2")),
    ("arp.neighbour", "another format", ("format = 'arp.packet'", "format = 'arp.parcel'")),
    ("arp.neighbour", "one field for another", ("self.source,  # spa\n", "self.hwaddr,  # spa\n")),
    ("arp.neighbour", "not for nothing", ("    if not mine:\n", "    if mine:\n")),
    (
        "arp.neighbour",
        "a stop that is lost",
        ("        orders += STOP_RETRANSMIT\n", "        pass_ = ()\n"),
    ),
    ("arp.neighbour", "who must go", ("else 1 if self._state == 1", "else 2 if self._state == 1")),
    (
        "arp.interface",
        "two tests in another order",
        ("if ARP.hrd != self.hrd", "if ARP.hrd == self.hrd"),
    ),
    (
        "arp.interface",
        "the key of a signal",
        ("(self.interface, ARP.tpa)", "(self.interface, ARP.spa)"),
    ),
    ("arp.address", "> for >=", ("PROBE_NUM > 1", "PROBE_NUM >= 3 and False")),
    ("ipv4.input", "a prefix", ("IP.src >> 28 == 0xe", "IP.src >> 28 == 0xd")),
    ("ipv4.output", "> for >=", ("longest > mtu", "longest >= mtu")),
    ("icmp.input", "src and dst", ("src,  # dst", "dst,  # dst")),
    ("icmp.ping", "rtt", ("now - self.sent", "now - self.sent + 1")),
    ("ethernet.input", "< for <=", ("FRAME.type < MIN_TYPE", "FRAME.type <= MIN_TYPE")),
    ("raw.input", "a wrong reason", ("EMPTY = 0", "EMPTY = 1")),
]


def _changed(source: str, change: Change) -> str:
    assert change[0] in source, change[0]
    return source.replace(*change)


@pytest.mark.parametrize(("what", "change", "name"), IN_LINK, ids=[what for what, _, _ in IN_LINK])
def test_a_fault_in_the_code_is_told_by_name(
    what: str, change: Change, name: str, tmp_path: Path
) -> None:
    """The part of the row that the change is in is not proved, and nothing of the spec fails."""
    machine = link(tmp_path)
    found = failed(agreed(machine, source=_changed(python_source(machine), change)))
    assert any(each.endswith(name) for each in found), (what, found)
    assert [] == [each for each in found if "/code" not in each]


@pytest.mark.parametrize(
    ("machine", "what", "change"), IN_REAL, ids=[f"{name}: {what}" for name, what, _ in IN_REAL]
)
def test_a_fault_in_the_code_of_a_real_machine(machine: str, what: str, change: Change) -> None:
    """The same for the machines of the stack."""
    machines = real()
    source = _changed(python_source(machines[machine]), change)
    found = failed(agreed(machines[machine], machines, source=source))
    assert found, what
    assert [] == [each for each in found if "/code" not in each]


def test_the_code_of_every_operation_is_read_back() -> None:
    """Sets, queues, ranges, flags, prefixes, functions, deadlines: the toolbox's code is proved."""
    for machine in (samples.toolbox(), samples.connection()):
        found = [each for each in agreed(machine) if "/code" in each.name]
        assert [] == failed(found)
        assert len(found) > 60
