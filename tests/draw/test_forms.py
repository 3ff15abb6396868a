"""The output forms: DOT, SVG, PNG, Mermaid, PlantUML, the HTML page."""

from __future__ import annotations

import re
import struct
from html.parser import HTMLParser
from importlib import import_module
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

from netfsm.draw import style
from netfsm.draw.dot import dot
from netfsm.draw.html import page
from netfsm.draw.labels import Kind
from netfsm.draw.machine import diagram
from netfsm.draw.mermaid import mermaid
from netfsm.draw.plantuml import plantuml
from netfsm.draw.render import render
from netfsm.errors import TargetError
from tests.draw.samples import cache

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"


def _svg() -> ET.Element:
    return ET.fromstring(render(dot(diagram(cache())), "svg"))


def test_svg_has_every_state_and_the_title() -> None:
    """What stands in the picture is text, not outlines."""
    texts = {(element.text or "").strip() for element in _svg().iter(f"{SVG}text")}
    assert {"ASKING", "KNOWN", "OLD", "A sample"} <= texts


def test_svg_tells_row_and_reference_on_pointing() -> None:
    """Each line links to its row, with the row's id and clause as its title."""
    links = {link.get(f"{XLINK}href"): link for link in _svg().iter(f"{SVG}a")}
    title = links["#asking.known"].get(f"{XLINK}title") or ""
    assert "asking.known: RFC 0 §1" in title


def test_svg_carries_its_letters() -> None:
    """A picture looks the same where Lato is not installed: each face in use is inside it."""
    style_text = "".join(element.text or "" for element in _svg().iter(f"{SVG}style"))
    faces = re.findall(r"font-weight:(\w+);font-style:(\w+)", style_text)
    assert {("normal", "normal"), ("bold", "normal"), ("normal", "italic")} == set(faces)


def test_svg_tells_how_long_its_texts_are() -> None:
    """A viewer that takes no typeface from a picture still keeps text inside its box."""
    texts = {element.text: element for element in _svg().iter(f"{SVG}text")}
    short, long = (float(texts[name].get("textLength", 0)) for name in ("OLD", "ASKING"))
    assert 20 < short < long < 100


def test_png_is_large_enough_to_read() -> None:
    """The header says PNG, and the width and height are those of a page, not of a stamp."""
    picture = render(dot(diagram(cache())), "png", dpi=144)
    assert b"\x89PNG\r\n\x1a\n" == picture[:8]
    width, height = struct.unpack(">II", picture[16:24])
    assert 500 < width < 5000
    assert 500 < height < 5000


def test_drawing_says_nothing_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    """What fontconfig thinks of the machine's settings is no concern of ours."""
    render(dot(diagram(cache())), "svg")
    assert "" == capfd.readouterr().err


def test_what_graphviz_says_of_a_graph_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    """A warning about the graph itself is not swallowed."""
    render("digraph g { a [shape=nosuchshape] }", "svg")
    assert "nosuchshape" in capfd.readouterr().err


def test_errors_are_dashed_and_drops_grey() -> None:
    """Refusals stand out from what works."""
    text = dot(diagram(cache()))
    assert f'color="{style.DROP}"' in text
    assert f'color="{style.ERROR}"' in text


@pytest.mark.parametrize("library", ["graphviz", "pygraphviz"])
def test_a_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says what to install."""

    def without(name: str) -> ModuleType:
        if name == library:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return import_module(name)

    monkeypatch.setattr("netfsm.draw.render.import_module", without)
    with pytest.raises(TargetError, match=r'pip install "netfsm\[draw\]"'):
        render(dot(diagram(cache())), "svg")


def test_mermaid_labels_hold_no_syntax() -> None:
    """`<`, `;` and `#` in a label break Mermaid; guards are written without them."""
    text = mermaid(diagram(cache()))
    labels = [line.partition(" : ")[2] for line in text.splitlines() if " : " in line]
    assert labels
    assert [] == [label for label in labels if re.search(r"<(?!br/>)|;|#|:", label)]
    assert "tries below LIMIT" in text
    assert "[*] --> s1 : resolve / ask REQUEST" in text


def test_plantuml_is_whole() -> None:
    """It begins and ends as PlantUML wants it, and every edge's ends are declared."""
    lines = plantuml(diagram(cache())).splitlines()
    assert "@startuml test.cache" == lines[0]
    assert "@enduml" == lines[-1]
    declared = {line.rpartition(" as ")[2] for line in lines if line.startswith("state ")}
    ends = [re.split(r" -down\[[^]]*\]-> ", line) for line in lines if "-down[" in line]
    used = {name.partition(" :")[0] for pair in ends for name in pair}
    assert used <= declared | {"[*]"}


class _Page(HTMLParser):
    """Collects what a page would fetch, its anchors and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.fetched.extend(found[name] for name in ("src", "data") if name in found)
        if tag == "link":
            self.fetched.append(found.get("href", ""))
        self.anchors.update({found["id"]} if "id" in found else ())
        href = found.get("href", found.get("xlink:href", ""))
        self.links.update({href[1:]} if href.startswith("#") else ())


def test_the_page_is_offline_and_its_links_lead_somewhere() -> None:
    """It fetches nothing, has an anchor for every row, and no link leads nowhere."""
    machine = cache()
    read = _Page()
    text = page(machine)
    read.feed(text)
    assert [] == read.fetched
    assert set() == set(re.findall(r"url\((?!data:)", text))
    assert {row.id for row in machine.rows} <= read.anchors
    assert set() == read.links - read.anchors


KINDS: tuple[Kind, ...] = ("step", "timer", "error", "drop")
TEXTS = [*(style.LINE[kind] for kind in KINDS), style.INK, style.SOFT, style.SENT]


@pytest.mark.parametrize("paper", [style.PAPER, style.STATE_FILL, style.SHARED_FILL])
@pytest.mark.parametrize("colour", TEXTS)
def test_contrast(colour: str, paper: str) -> None:
    """Text has a contrast of 4.5 or more (WCAG 2.1 §1.4.3) on every ground it stands on."""
    light, dark = sorted((_luminance(colour), _luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
