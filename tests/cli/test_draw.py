"""`netfsm draw`: which form goes where."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.cli.common import Exit
from tests.cli.running import netfsm


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.svg", b"<?xml"),
        ("a.png", b"\x89PNG"),
        ("a.dot", b"// "),
        ("a.mmd", b"---\ntitle:"),
        ("a.puml", b"@startuml"),
        ("a.html", b"<!DOCTYPE html>"),
    ],
)
def test_the_file_tells_the_form(name: str, start: bytes, tmp_path: Path) -> None:
    """The suffix of -o picks the form; nothing is printed."""
    ran = netfsm("draw", "arp.address", "-o", str(tmp_path / name))
    assert (Exit.FINE, "", "") == (ran.code, ran.out, ran.err)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_without_a_file_it_is_printed() -> None:
    """Text forms go to standard output, SVG where nothing is said; a PNG needs a file."""
    assert netfsm("draw", "arp.address").out.startswith("<?xml")
    assert netfsm("draw", "arp.address", "--format", "mermaid").out.startswith("---")
    assert Exit.USAGE == netfsm("draw", "arp.address", "--format", "png").code


def test_the_layer_graph(tmp_path: Path) -> None:
    """`--stack` draws all layers; a layer's name draws it with what it stands on."""
    whole = netfsm("draw", "--stack", "--format", "dot").out
    for layer in ("arp", "ethernet", "icmp", "ipv4", "raw"):
        assert f'"layer {layer}"' in whole
    part = netfsm("draw", "icmp", "--format", "dot").out
    assert '"layer ipv4"' in part
    assert '"layer arp"' not in part
    assert Exit.FINE == netfsm("draw", "--stack", "-o", str(tmp_path / "stack.png")).code
    assert netfsm("draw", "--stack", "--format", "mermaid").out.startswith("flowchart BT")


@pytest.mark.parametrize(
    "arguments",
    [
        ("draw", "arp.packet"),
        ("draw", "--stack", "--format", "plantuml"),
        ("draw", "arp.address", "-o", "picture"),
    ],
)
def test_what_cannot_be_drawn(arguments: tuple[str, ...]) -> None:
    """A format, a form that the graph has not, a file without a suffix: bad usage, told so."""
    ran = netfsm(*arguments)
    assert (Exit.USAGE, "") == (ran.code, ran.out)
    assert "Error: " in ran.err


def test_options_reach_the_drawing() -> None:
    """Ignored rows and guards are shown where they are asked for."""
    plain = netfsm("draw", "arp.address", "--format", "mermaid").out
    assert "policy" in plain
    assert "policy" not in netfsm(
        "draw", "arp.address", "--format", "mermaid", "--no-guards"
    ).out.replace("set_policy", "")
    assert len(netfsm("draw", "arp.address", "--format", "mermaid", "--ignored").out) > len(plain)
