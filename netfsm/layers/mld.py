"""The hands of multicast listener discovery: reports out, queries in."""

from __future__ import annotations

from typing import Any, Final

from netfsm.errors import ReserveError
from netfsm.layers.addresses6 import ALL_NODES, scope_of_group
from netfsm.layers.contracts import Flow, Inbound
from netfsm.layers.contracts6 import Configuration, Membership, Messenger
from netfsm.machine import CompiledMachine
from netfsm.stack import Hands, Interface, Verdict
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import DELIVERED, dropped
from netfsm.wire.refusal import Refusal

PROTOCOL: Final = 58
REPORT: Final = 143
"""The type of a report of version 2 (RFC 3810 §5.2)."""
LINK_SCOPE: Final = 2
ALERT: Final = 0
"""The router alert that says: a message of listener discovery (RFC 2711 §2.1)."""
EXACT: Final = 0x8000
"""Response codes below it are milliseconds, others floating (RFC 3810 §5.1.3)."""
MOST_RECORDS: Final = 60
"""Records of one report, so that it fits 1280 octets."""


def response_time(code: int) -> int:
    """The microseconds that a maximum response code means (RFC 3810 §5.1.3)."""
    if code < EXACT:
        return 1000 * code
    mantissa, exponent = code & 0xFFF, code >> 12 & 7
    return 1000 * ((mantissa | 0x1000) << (exponent + 3))


class Mld(Hands):
    """Bound to ICMPv6's types 130 to 132 and 143, and to IPv6's membership."""

    def setup(self) -> None:
        """Resolve what every message needs."""
        self._links = self.part("mld.interface")
        self._groups = self.part("mld.group")
        self._input = self.part("mld.input")
        self._messages = self.codec("mld.message")
        self._records = self.codec("mld.record")

    @property
    def membership(self) -> Membership:
        """What IPv6 tells of groups."""
        return self

    # ---- what IPv6 tells

    def joined(self, interface: str, group: int) -> None:
        """A group is listened to."""
        told = group != ALL_NODES and scope_of_group(group) >= LINK_SCOPE
        self._groups.step((interface, group), "join", *self._change(interface), told)

    def left(self, interface: str, group: int) -> None:
        """It is not any more."""
        self._groups.step((interface, group), "leave", *self._change(interface))

    def _change(self, interface: str) -> tuple[bool, int, int]:
        """Whether version 1 is spoken, how often a change is told, the time between."""
        link = self._links.instances.get((interface,))
        robust = self.number("ROBUSTNESS") if link is None else int(link.robustness)
        return self._old(interface), robust, self._pause()

    def _old(self, interface: str) -> bool:
        return self._links.state_of((interface,)) == "OLD"

    def _pause(self) -> int:
        return self.random.randint(0, self.number("UNSOLICITED_REPORT_INTERVAL"))

    def interface_up(self, interface: Interface) -> None:
        """Routers of the link are told of the groups that are listened to already."""
        if not interface.broadcast:
            return
        self._links.step((interface.name,), "up")
        for group in self._owner.groups_of(interface.name):
            self.joined(interface.name, group)

    def interface_down(self, interface: Interface) -> None:
        """Nobody is told anything."""
        self._links.step((interface.name,), "down")

    @property
    def _owner(self) -> Configuration:
        found: Configuration = self.below("ipv6.resolver")
        return found

    # ---- in

    def receive(self, message: memoryview, inbound: Inbound) -> Verdict:
        """A message from ICMPv6, whose checksum holds."""
        found = self._messages.decode(message)
        if isinstance(found, Refusal):
            return self.refused(found.reason)
        self.counters["in_messages"] += 1
        most = response_time(found.response) if len(found.payload) else 1000 * found.response
        verdict = self._input.step(
            (),
            "message",
            found,
            inbound.interface.name,
            inbound.src,
            inbound.hop_limit,
            inbound.alert is not None,
            most,
            self.random.randint(0, most),
            found.payload[0] & 7 if len(found.payload) else 0,
        )
        return verdict or DELIVERED

    def on_interface_report_all(self, instance: CompiledMachine, _: Any, __: Any) -> None:
        """A report with a record of each group leaves, or several where there are many."""
        name, records = instance.interface, list[bytes]()
        for key, _one in self._groups.states():
            if key[0] == name:
                self._groups.step(key, "report", context=records)
        for start in range(0, len(records), MOST_RECORDS):
            self._send_report(name, records[start : start + MOST_RECORDS])

    def on_interface_ask_each(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """Each group answers by itself, in a time of its own."""
        for key, _one in self._groups.states():
            if key[0] == instance.interface:
                self._groups.step(key, "queried", self.random.randint(0, emission.most))

    # ---- out

    def on_group_record(self, instance: CompiledMachine, emission: Any, records: Any) -> None:
        """A record leaves at once, or joins those of a report that is being made."""
        octets = self._records.encode(self._records.make(what=emission.what, group=emission.group))
        if records is None:
            self._send_report(instance.interface, [octets])
        else:
            records.append(octets)

    def _send_report(self, interface: str, records: list[bytes]) -> None:
        made = self._messages.make(type=REPORT, records=len(records), payload=b"".join(records))
        self._send(interface, self.number("REPORTS"), self._messages.encode(made))

    def on_group_older(self, instance: CompiledMachine, emission: Any, _: Any) -> None:
        """A message of version 1 leaves."""
        made = self._messages.make(type=emission.type, group=emission.group)
        self._send(instance.interface, emission.dst, self._messages.encode(made))

    def _send(self, interface: str, dst: int, message: bytes) -> None:
        """From our link-local address, or from none while it is not in use (RFC 3810 §5.2.13)."""
        messenger: Messenger = self.below("icmpv6.type")
        source = self._owner.link_local(interface)
        limit = self.number("HOP_LIMIT")
        flow = Flow(dst, PROTOCOL, source, hop_limit=limit, interface=interface, alert=ALERT)
        try:
            verdict = messenger.send(flow, message)
        except ReserveError:
            self.counters["unsent"] += 1
        else:
            self.counters["out_reports" if verdict is DELIVERED else "unsent"] += 1

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:  # noqa: ARG002  # the base's form
        """Routers are not told of one more group."""
        self.counters["full"] += 1
        return dropped(self.name, "full")

    # ---- choices

    def choose_group_again(self, instance: CompiledMachine) -> tuple[bool, int]:
        """Whether version 1 is spoken, and the time until the change is told again."""
        return self._old(instance.interface), self._pause()

    def choose_group_respond(self, instance: CompiledMachine) -> tuple[bool]:
        """Whether version 1 is spoken."""
        return (self._old(instance.interface),)

    # ---- control

    def query_groups(self, interface: str | None = None) -> list[dict[str, object]]:
        """The groups that routers are told of."""
        return [
            {"interface": key[0], "group": key[1], "state": one.state}
            for key, one in self._groups.states()
            if interface in (None, key[0])
        ]
