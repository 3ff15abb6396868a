"""Colours, fonts and sizes, once for every picture. Text has a contrast of 4.5 or more on white."""

from __future__ import annotations

from typing import Final

from netfsm.draw.labels import Kind

FONT: Final = "Lato,Carlito,Helvetica,Arial,Liberation Sans,DejaVu Sans,sans-serif"

INK: Final = "#1b2733"
SOFT: Final = "#5a6775"
FAINT: Final = "#8a95a1"
PAPER: Final = "#ffffff"
STATE_FILL: Final = "#eef4fb"
STATE_LINE: Final = "#3b6ea5"
SHARED_FILL: Final = "#f7f7f4"
SHARED_LINE: Final = "#8a8672"
SENT: Final = "#0b5cad"
TIMER: Final = "#8f4a00"
ERROR: Final = "#b3261e"
DROP: Final = "#5f6773"

LINE: Final[dict[Kind, str]] = {
    "step": "#33475b",
    "timer": TIMER,
    "error": ERROR,
    "drop": DROP,
    "ignore": FAINT,
}
"""The colour of an edge and of a trigger by the kind of its row."""

SAYS: Final[dict[Kind, str]] = {
    "step": "event · leaf",
    "timer": "a timer ran out",
    "error": "refused with an error",
    "drop": "dropped and counted",
    "ignore": "ignored",
}
"""What the legend says of each kind."""
