"""The TCP trial with its retransmission timer in a machine of its own, over one scope."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

SPECS: Final = Path(__file__).resolve().parent
COMPOSITIONS: Final = ("close", "open", "simultaneous_close", "simultaneous_open", "transfer")
IN_COMPOSITIONS: Final[list[tuple[str, str]]] = [
    (
        r"machines: {tcp: tcp\.connection}",
        "machines: {tcp: tcp.connection, rtx: tcp.retransmission}",
    ),
    (r"tcp\.connection\.(rexmt|persist)", r"tcp.retransmission.\1"),
    (r"\b([AB])\.(?=[A-Z]|wanted|unread)", r"\1.tcp."),
]
_CHANGE: Final = re.compile(r"<<< (\d+)\n(.*?)\n===\n(.*?)\n>>>\n", re.DOTALL)


def split(folder: Path) -> Path:
    """The trial so changed, in a new folder beneath `folder`.

    `tcb/connection.changes` holds how often a text stands in the connection, the text, and what
    stands there then.
    """
    made = folder / "tcp"
    shutil.copytree(SPECS / "tcp", made)
    shutil.copytree(SPECS / "tcb", made, dirs_exist_ok=True)
    connection = made / "connection.yaml"
    text = connection.read_text(encoding="utf-8")
    changes = (made / "connection.changes").read_text(encoding="utf-8")
    for count, before, after in _CHANGE.findall(changes):
        assert int(count) == text.count(before), before
        text = text.replace(before, after)
    connection.write_text(text, encoding="utf-8")
    for name in COMPOSITIONS:
        file = made / f"{name}.yaml"
        text = file.read_text(encoding="utf-8")
        for pattern, then in IN_COMPOSITIONS:
            text = re.sub(pattern, then, text)
        file.write_text(text, encoding="utf-8")
    return made
