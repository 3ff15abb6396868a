"""A stranger's layer: its specs as text, its hands as a class. It owns Ethernet links by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from netfsm.drivers import Wire
from netfsm.errors import NoBuffers
from netfsm.stack import DELIVERED, Frame, Hands, Interface, Link, Stack, Verdict
from netfsm.stack.outgoing import Outgoing
from netfsm.stack.part import Key, Part
from netfsm.stack.verdicts import dropped

LAYER: Final = """\
layer: toy
netfsm: 1
title: A toy
ref: RFC 826
hands: tests.stack.toy:Toy
formats: []
machines: [toy.box, toy.count]
binds:
  - {to: link.type, key: 1, handler: link}
provides:
  toy.first: {key: nat 255, carries: bytes, says: the first octet}
constants:
  MAX: {type: nat 255, value: 2, ref: RFC 826}
  LIFE: {type: duration, value: 1 s, min: 1 ms, max: 1 h, settable: true, ref: RFC 826}
types:
  Drop: {enum: [ODD]}
counters:
  odd: frames of an odd length
  full: no room
"""
BOX: Final = """\
machine: toy.box
netfsm: 1
title: A box that holds one thing
ref: RFC 826
instances:
  key: {name: nat 255}
  create: [put]
  final: ["-"]
  limit: MAX
  when_full: WHEN_FULL
events:
  put: {params: {thing: handle thing, lasting: bool}}
  drop_it: {params: {}}
timers:
  life: {in: HELD, ref: RFC 826}
variables:
  held: {type: handle thing, in: HELD}
  since: {type: instant, in: HELD}
outputs:
  gone: {order: {thing: handle thing}}
  told: {order: {thing: handle thing}}
absent:
  rows:
    - id: absent.keep
      event: put
      when: lasting
      do: {held: thing, since: now, life: start(LIFE)}
      emit:
        - told: {thing: thing}
        - signal: toy.count.one
      to: HELD
      ref: RFC 826
    - {id: absent.look, event: put, when: not lasting, ignore: it is only looked at, ref: RFC 826}
    - {id: absent.drop, event: drop_it, ignore: there is none, ref: RFC 826}
states:
  HELD:
    rows:
      - {id: held.put, event: put, ignore: it is full, ref: RFC 826}
      - id: held.drop
        event: [drop_it, life]
        emit:
          - gone: {thing: held}
        to: "-"
        ref: RFC 826
"""
COUNT: Final = """\
machine: toy.count
netfsm: 1
title: Counts, and tells once a batch
ref: RFC 826
initial: COUNTING
events:
  one: {signal: true, params: {}}
  odd: {params: {}}
  tell: {completion: true, after: batch, measure: untold}
variables:
  untold: {type: nat 1000, initial: 0}
outputs:
  refuse: {drop: {reason: Drop}}
  sum: {order: {number: nat 1000}}
states:
  COUNTING:
    rows:
      - {id: count.one, event: one, when: untold < 1000, do: {untold: untold + 1}, ref: RFC 826}
      - {id: count.enough, event: one, when: untold >= 1000, ignore: enough, ref: RFC 826}
      - {id: count.odd, event: odd, drop: {refuse: {reason: ODD}}, ref: RFC 826}
      - id: count.tell
        event: tell
        when: untold > 0
        do: {untold: 0}
        emit:
          - sum: {number: untold}
        ref: RFC 826
"""
EVICT: Final = "{evict: name, by: drop_it}"


class Toy(Hands):
    """Frames of an even length are put into the box that the first octet names."""

    def setup(self) -> None:
        """Resolve what every frame needs."""
        self.told: list[object] = []
        self.gone: list[object] = []
        self.sums: list[int] = []
        self.broken: set[object] = set()
        self._boxes = self.part("toy.box")

    @property
    def link(self) -> Link:
        """What is bound to the link type."""
        return self

    def receive(self, interface: Interface, frame: memoryview) -> Verdict:  # noqa: ARG002 - one link
        """Put a frame into its box."""
        data = bytes(frame)
        if data in self.broken:
            raise RuntimeError(f"the hands break over {data!r}")
        if len(data) % 2:
            return self.part("toy.count").step((), "odd") or DELIVERED
        keep = data[1:2] != b"?"
        return self._boxes.step((data[0],), "put", data, keep) or DELIVERED

    def reserve(self, interface: Interface, size: int, whole: int = 0) -> Outgoing:  # noqa: ARG002 - nobody sends
        """Nobody sends."""
        raise NoBuffers(interface.name)

    def send(self, packet: Outgoing, to: bytes, protocol: int) -> Verdict:  # noqa: ARG002 - one link
        """Nobody sends."""
        packet.cancel()
        return DELIVERED

    def on_box_told(self, _: object, emission: Any, __: object) -> None:
        """A thing was put into a box."""
        if emission.thing in self.broken:
            raise RuntimeError("the hands break while they carry out a row")
        self.told.append(emission.thing)

    def on_box_gone(self, _: object, emission: Any, __: object) -> None:
        """A thing left its box."""
        if emission.thing in self.broken:
            raise RuntimeError("the hands break when a timer fires")
        self.gone.append(emission.thing)

    def on_count_sum(self, _: object, emission: Any, __: object) -> None:
        """So many things in one batch."""
        self.sums.append(emission.number)

    def full(self, part: Part, key: Key, event: str, inputs: tuple[Any, ...]) -> Verdict | None:  # noqa: ARG002 - the form that a part calls
        """There is no room: the thing comes back."""
        self.counters["full"] += 1
        return dropped(self.name, "full")


def write(folder: Path, *, when_full: str = "refuse", layer: str = LAYER) -> Path:
    """Write the layer's specs below `folder`, which is then a search path."""
    home = folder / "toy"
    home.mkdir(parents=True)
    (home / "layer.yaml").write_text(layer)
    (home / "box.yaml").write_text(BOX.replace("WHEN_FULL", when_full))
    (home / "count.yaml").write_text(COUNT)
    return folder


def boot(folder: Path, *, when_full: str = "refuse", **options: Any) -> Stack:
    """Make a stack with the toy on an interface eth0; its specs are written below `folder`."""
    stack = Stack(layers=["toy"], path=[write(folder, when_full=when_full)], **options)
    stack.attach(Wire().left, "eth0")
    return stack


def toy(stack: Stack) -> Toy:
    """The hands of the toy in a stack."""
    found = stack.layer("toy")
    assert type(found) is Toy
    return found


def frames(*datas: bytes, interface: str = "eth0") -> list[Frame]:
    """Inputs of a step."""
    return [Frame(interface, data) for data in datas]
