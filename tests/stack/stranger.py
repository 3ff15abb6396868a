"""A layer that does not come with netfsm: two specs and a module, written into a folder."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

LAYER = """
    layer: {name}
    netfsm: 1
    title: Greetings
    ref: RFC 3692 §2.1
    hands: {module}:Hello
    machines: [{name}.host]
    binds:
    {binds}
    provides:
      {name}.word: {{key: text, carries: bytes, says: who is greeted}}
    constants:
      NOBODY: {{type: ipv4, value: 0.0.0.0, ref: RFC 1122 §3.2.1.3}}
    types:
      Drop: {{enum: [RUDE]}}
    queries:
      {name}.heard: {{params: {{}}, returns: nat 65535}}
    commands:
      {name}.greet: {{params: {{to: ipv4, wait: duration}}, optional: [wait]}}
    counters:
      rude: greetings without a word
"""

MACHINE = """
    machine: {name}.host
    netfsm: 1
    title: A polite host
    ref: RFC 3692 §2.1
    initial: AWAKE
    events:
      greeting:
        params: {{word: bytes, said: bool}}
      send:
        params: {{to: ipv4, wait: duration}}
    outputs:
      refuse: {{drop: {{reason: Drop}}}}
      heard: {{deliver: {{word: bytes}}}}
      greet: {{order: {{to: ipv4}}}}
    variables:
      whom: {{type: ipv4, in: AWAKE, initial: NOBODY, says: who is greeted when the time comes}}
    timers:
      patience: {{in: AWAKE, ref: RFC 3692 §2.1}}
    states:
      AWAKE:
        says: it answers
        rows:
          - id: awake.rude
            event: greeting
            when: not said
            drop: {{refuse: {{reason: RUDE}}}}
            ref: RFC 3692 §2.1
          - id: awake.heard
            event: greeting
            when: said
            emit:
              - heard: {{word: word}}
            ref: RFC 3692 §2.1
          - id: awake.send
            event: send
            do: {{whom: to, patience: restart(wait)}}
            ref: RFC 3692 §2.1
          - id: awake.patience
            event: patience
            emit:
              - greet: {{to: whom}}
            ref: RFC 3692 §2.1
"""

HANDS = '''
    """Hands of the greeting layer."""

    from netfsm.layers.contracts import Flow
    from netfsm.stack import Hands
    from netfsm.stack.verdicts import DELIVERED


    class Hello(Hands):
        def setup(self):
            self.words = []
            self.seen = []

        def receive(self, payload, inbound):
            word = bytes(payload)
            if word == b"boom":
                raise RuntimeError("a bug of the stranger")
            part = self.part(self.name + ".host")
            return part.step((), "greeting", word, bool(word)) or DELIVERED

        def overhear(self, payload, inbound):
            self.seen.append(bytes(payload))

        def on_host_heard(self, instance, emission, context):
            self.words.append(emission.word)

        def on_host_greet(self, instance, emission, context):
            internet = self.below("ipv4.protocol")
            packet = internet.reserve(Flow(emission.to, 253), 5, may_wait=True)
            packet.write(b"hello")
            internet.commit(packet)

        def query_heard(self):
            return len(self.words)

        def command_greet(self, to, wait=1000):
            self.part(self.name + ".host").step((), "send", to, wait)
'''

BOUND = "  - {{to: ipv4.protocol, key: {key}, handler: {handler}, policy: {policy}}}"


def write_stranger(
    folder: Path,
    name: str = "hello",
    *,
    key: int = 253,
    handler: str = "receive",
    policy: str = "exclusive",
    more: str = "",
) -> None:
    """Write the layer `name`; `more` are further lines of its `binds`."""
    binds = "\n".join([BOUND.format(key=key, handler=handler, policy=policy), more]).rstrip()
    inside = folder / name
    inside.mkdir()
    layer = dedent(LAYER).format(name=name, module=f"{name}_hands", binds=binds)
    (inside / "layer.yaml").write_text(layer.lstrip())
    (inside / "host.yaml").write_text(dedent(MACHINE).format(name=name).lstrip())
    (folder / f"{name}_hands.py").write_text(dedent(HANDS).lstrip())
