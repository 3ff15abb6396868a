"""The typeface of a picture goes with it: an SVG carries the letters that it uses.

Boxes are as wide as Lato's letters make them; shown in another typeface, text would run over their
edges. Lato (SIL Open Font License) comes with the extra `draw`; without it a picture is drawn in
what the system has.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

_FILES: Final = {
    (False, False): "Lato-Regular.ttf",
    (True, False): "Lato-Bold.ttf",
    (False, True): "Lato-Italic.ttf",
    (True, True): "Lato-BoldItalic.ttf",
}
_TEXT: Final = "{http://www.w3.org/2000/svg}text"


def font_folder() -> Path | None:
    """Where the typeface's files are; None without the extra `draw`."""
    found = find_spec("font_lato")
    return None if found is None or found.origin is None else Path(found.origin).parent / "files"


def with_letters(picture: bytes) -> bytes:
    """An SVG with the letters that it uses inside it; unchanged where they aren't to be had."""
    folder = font_folder()
    if folder is None or find_spec("fontTools") is None:
        return picture
    letters: dict[tuple[bool, bool], set[str]] = {}
    for bold, slanted, text in _texts(picture):
        letters.setdefault((bold, slanted), set()).update(text)
    faces = "".join(_face(folder, *look, used) for look, used in sorted(letters.items(), key=str))
    start = picture.index(b">", picture.index(b"<svg")) + 1
    return picture[:start] + f"\n<style>{faces}</style>".encode() + picture[start:]


def _texts(picture: bytes) -> Iterator[tuple[bool, bool, str]]:
    """Whether bold, whether slanted, and the words of each text."""
    for text in ET.fromstring(picture).iter(_TEXT):  # noqa: S314  # our own picture, just drawn
        bold, slanted = text.get("font-weight") == "bold", text.get("font-style") == "italic"
        yield bold, slanted, text.text or ""


def _face(folder: Path, bold: bool, slanted: bool, used: set[str]) -> str:
    """The CSS of one face that holds only the letters in use."""
    subset: Any = import_module("fontTools.subset")
    fonts: Any = import_module("fontTools.ttLib")
    cutter = subset.Subsetter(subset.Options(layout_features=["kern"], notdef_outline=True))
    cutter.populate(text="".join(sorted(used)))
    font = fonts.TTFont(folder / _FILES[bold, slanted], recalcTimestamp=False)
    cutter.subset(font)
    font.flavor = "woff"
    file = BytesIO()
    font.save(file)
    data = base64.b64encode(file.getvalue()).decode()
    weight, style = ("bold" if bold else "normal"), ("italic" if slanted else "normal")
    return (
        f"@font-face{{font-family:Lato;font-weight:{weight};font-style:{style};"
        f"src:url(data:font/woff;base64,{data})}}"
    )
