"""The typeface of a picture goes with it: an SVG carries the letters that it uses.

Boxes are as wide as Lato's letters make them; shown in another typeface, text would run over their
edges. So an SVG holds the letters in use, and tells the length of each text to viewers that take
no typeface from a picture. Lato (SIL Open Font License) comes with the extra `draw`; without it a
picture is drawn in what the system has.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import cache
from html import unescape
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

_FILES: Final = {
    (False, False): "Lato-Regular.ttf",
    (True, False): "Lato-Bold.ttf",
    (False, True): "Lato-Italic.ttf",
    (True, True): "Lato-BoldItalic.ttf",
}
_TEXT: Final = re.compile(r"<text ([^>]*)>([^<]*)</text>")
_SIZE: Final = re.compile(r'font-size="([\d.]+)"')


class Face(NamedTuple):
    """Which of the typeface's four faces."""

    bold: bool
    slanted: bool


def font_folder() -> Path | None:
    """Where the typeface's files are; None without the extra `draw`."""
    found = find_spec("font_lato")
    return None if found is None or found.origin is None else Path(found.origin).parent / "files"


def with_letters(picture: bytes) -> bytes:
    """An SVG of Graphviz with its letters inside it; unchanged where they aren't to be had."""
    folder = font_folder()
    if folder is None or find_spec("fontTools") is None:
        return picture
    used: dict[Face, set[str]] = {}

    def measured(found: re.Match[str]) -> str:
        look, written = found[1], found[2]
        face = Face('font-weight="bold"' in look, 'font-style="italic"' in look)
        words, size = unescape(written), _SIZE.search(look)
        used.setdefault(face, set()).update(words)
        length = _length(folder, face, words)
        if length is None or size is None:
            return found[0]
        fit = f'textLength="{length * float(size[1]):.2f}" lengthAdjust="spacingAndGlyphs"'
        return f"<text {look} {fit}>{written}</text>"

    text = _TEXT.sub(measured, picture.decode())
    style = "".join(_css(folder, face, used[face]) for face in sorted(used))
    start = text.index(">", text.index("<svg")) + 1
    return f"{text[:start]}\n<style>{style}</style>{text[start:]}".encode()


def _length(folder: Path, face: Face, words: str) -> float | None:
    """How long `words` are at size 1; None where the typeface lacks a letter."""
    widths = _widths(folder, face)
    found = [widths.get(letter) for letter in words]
    return None if not found or None in found else sum(width for width in found if width)


@cache
def _widths(folder: Path, face: Face) -> Mapping[str, float]:
    """The width of each letter of a face at size 1."""
    font = _font(folder, face)
    advances, unit = font["hmtx"], font["head"].unitsPerEm
    glyphs: dict[int, str] = font.getBestCmap()
    return {chr(code): advances[glyph][0] / unit for code, glyph in glyphs.items()}


def _font(folder: Path, face: Face) -> Any:
    """A face as fontTools has it."""
    return import_module("fontTools.ttLib").TTFont(folder / _FILES[face], recalcTimestamp=False)


def _css(folder: Path, face: Face, used: set[str]) -> str:
    """A face that holds only the letters in use, as CSS."""
    subset = import_module("fontTools.subset")
    cutter = subset.Subsetter(subset.Options(layout_features=["kern"], notdef_outline=True))
    cutter.populate(text="".join(sorted(used)))
    font = _font(folder, face)
    cutter.subset(font)
    font.flavor = "woff"
    file = BytesIO()
    font.save(file)
    data = base64.b64encode(file.getvalue()).decode()
    weight = "bold" if face.bold else "normal"
    style = "italic" if face.slanted else "normal"
    return (
        f"@font-face{{font-family:Lato;font-weight:{weight};font-style:{style};"
        f"src:url(data:font/woff;base64,{data})}}"
    )
