"""From the bytes of a spec file to clean text: size, encoding, characters and directives.

Everything wrong is noted and mended in the text where that keeps lines and columns, so that the
rest of the file is still read.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice

from netfsm.spec.findings import Findings, Mark

__all__ = ["MAX_BYTES", "clean_text", "decode", "read_bytes"]

MAX_BYTES = 1_000_000

# YAML 1.2 §5.1 printable characters, less the three that YAML 1.1 took for line breaks.
_UNPRINTABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_MOST_REPORTED = 20  # of one kind; the rest would tell nothing new
_DIRECTIVE = re.compile(r"^%(\S*)", re.MULTILINE)
_FIRST_CONTENT = re.compile(r"^[^%#\s]|^[ \t]+[^#\s]", re.MULTILINE)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_bytes(path: str, findings: Findings) -> bytes | None:
    """Return the bytes of the file, or None with UNREADABLE or TOO-BIG noted.

    No more than the limit is read, so the size of the file costs nothing.
    """
    start = Mark(path, 1, 1)
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        findings.add("UNREADABLE", start, f"cannot read this file: {reason}")
        return None
    if len(data) > MAX_BYTES:
        findings.add(
            "TOO-BIG",
            start,
            f"the file is larger than {MAX_BYTES:,} bytes",
            "split it: one machine, format or scope a file",
        )
        return None
    return data


def decode(data: bytes, file: str, findings: Findings) -> str | None:
    """Return the bytes as text, or None with ENCODING noted at the first wrong byte."""
    hint = "save the file as UTF-8 without a byte order mark"
    if data.startswith(_UTF16):
        findings.add("ENCODING", Mark(file, 1, 1), "the file is UTF-16", hint)
        return None
    if data.startswith(codecs.BOM_UTF8):
        findings.add("ENCODING", Mark(file, 1, 1), "the file begins with a byte order mark", hint)
        data = data[len(codecs.BOM_UTF8) :]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        where = _mark(file, before, len(before))
        findings.add("ENCODING", where, f"byte 0x{data[error.start]:02x} is not UTF-8", hint)
        return None


def clean_text(text: str, file: str, findings: Findings) -> str:
    """Return `text` with line ends as newlines, without directives and unprintable characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _without_directives(_printable(text, file, findings), file, findings)


def _printable(text: str, file: str, findings: Findings) -> str:
    """Return `text` with a question mark for each unprintable character; note the first ones."""
    found = list(_UNPRINTABLE.finditer(text))
    for match in found[:_MOST_REPORTED]:
        findings.add(
            "CHARACTER",
            _mark(file, text, match.start()),
            f"character U+{ord(match.group()):04X} is not allowed",
            "remove it, or write it as an escape in double quotes",
        )
    return _UNPRINTABLE.sub("?", text) if found else text


def _without_directives(text: str, file: str, findings: Findings) -> str:
    """Return `text` with every directive before its first content turned into a comment."""
    content = _FIRST_CONTENT.search(text)
    head = text[: content.start()] if content else text
    for match in islice(_DIRECTIVE.finditer(head), _MOST_REPORTED):
        findings.add(
            "DIRECTIVE",
            _mark(file, text, match.start()),
            f"%{match.group(1)}: directives are not used in specs",
            "remove the line; specs are YAML 1.2 without tags",
        )
    return _DIRECTIVE.sub(r"#\1", head) + text[len(head) :]


def _mark(file: str, text: str, index: int) -> Mark:
    line_start = text.rfind("\n", 0, index) + 1
    return Mark(file, text.count("\n", 0, index) + 1, index - line_start + 1)
