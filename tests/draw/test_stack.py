"""The layer graph."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from netfsm.draw.render import render
from netfsm.draw.stack import Link, key_text, stack_dot, stack_mermaid
from netfsm.spec.findings import Mark
from netfsm.spec.model import Bind, Layer, Provide
from netfsm.spec.types import Nat

MARK = Mark("specs/test/layer.yaml", 1, 1)


def _layer(name: str, binds: tuple[Bind, ...], provides: tuple[Provide, ...] = ()) -> Layer:
    return Layer(
        name=name,
        title=f"The {name} layer",
        says="",
        refs=(),
        hands="",
        formats=(f"{name}.packet",),
        machines=(f"{name}.input",),
        requires=(),
        binds=binds,
        provides=provides,
        controls=(),
        records=(),
        constants=(),
        used_types=(),
        counters=(),
        folder="",
        digest="",
        mark=MARK,
    )


def _layers() -> list[Layer]:
    types = Provide("ethernet.ethertype", Nat(65535), "bytes", "", MARK)
    return [
        _layer("ethernet", (Bind("link.type", 1, "exclusive", False, "receive", MARK),), (types,)),
        _layer("arp", (Bind("ethernet.ethertype", 0x0806, "exclusive", False, "receive", MARK),)),
        _layer("spy", (Bind("ethernet.ethertype", 0x0806, "tap", True, "copy", MARK),)),
    ]


def _texts(source: str) -> set[str]:
    root = ET.fromstring(render(source, "svg"))
    return {element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")}


def test_edges_carry_key_and_key_space() -> None:
    """Who is bound under which key of what stands on the arrow, with its policy."""
    texts = _texts(stack_dot(_layers()))
    assert {"ethertype 0x0806", "ethertype 0x0806 · tap · optional", "type 1"} <= texts
    assert "provides ethernet.ethertype (nat 65535)" in texts


def test_live_links_stand_at_the_foot() -> None:
    """Interfaces of a live stack are drawn with driver, address and MTU."""
    link = Link("eth0", 1, "Pcap > tap:tap0", "02:00:00:00:00:01", 1500)
    texts = _texts(stack_dot(_layers(), [link]))
    assert {"eth0", "Pcap > tap:tap0", "02:00:00:00:00:01 · MTU 1500"} <= texts


def test_a_key_space_of_nobody_is_shown() -> None:
    """A layer that is bound to what no drawn layer provides does not lose its arrow."""
    assert "ethernet.ethertype" in _texts(stack_dot(_layers()[1:]))


def test_keys_are_written_as_the_field_writes_them() -> None:
    """EtherTypes in hexadecimal, protocol numbers in decimal, names as they are."""
    keys = (("ethernet.ethertype", 0x0806), ("ipv4.protocol", 17), ("link.type", 65534), ("x", "y"))
    assert ["0x0806", "17", "65534", "y"] == [key_text(*key) for key in keys]


def test_mermaid() -> None:
    """The same graph as a flowchart; an optional binding is a dotted arrow."""
    lines = stack_mermaid(_layers()).splitlines()
    assert "flowchart BT" == lines[0]
    assert '    l0 -->|"ethertype 0x0806"| l1' in lines
    assert '    l0 -.->|"ethertype 0x0806"| l2' in lines
