"""From the text of an expression to a Python syntax tree, or to the reason why there is none.

Python's own parser supplies the grammar; nothing is ever evaluated. Before it sees the text, every
token is held against a short list, and `at(FIN-WAIT-1)`, whose state names may hold hyphens, is
taken out: a name of underscores of the same length stands in for it, so that columns stay right.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from attrs import frozen

__all__ = ["MAX_NESTING", "MAX_TEXT", "StateTest", "Tree", "Trouble", "read_text"]

MAX_TEXT: Final = 4_000
MAX_NESTING: Final = 100

_BLANKS: Final = str.maketrans("\t\n\r\f\v", "     ")
_TOKENS: Final = re.compile(
    r"(?:\ +"
    r"|0x[0-9a-fA-F]{1,32}(?![\w.])"
    r"|(?:0|[1-9][0-9]{0,38})(?![\w.])"
    r"|[A-Za-z_]\w*"
    r"|==|!=|<=|>=|//|[-+*%<>()|&,.](?<!\|\|)(?<!&&)(?<!\*\*)"
    r")*",
    re.ASCII,
)
_STATE_TEST: Final = re.compile(r"(?<![\w.])(new\.)?at\(([^()]*)\)", re.ASCII)
_STATE_NAME: Final = re.compile(r"[^,\s]+")
_OPERATORS: Final = "operators are and or not == != < <= > >= + - * // % | & in if else"
_MENDS: Final = {  # what other languages write, longest first
    "&&": "write 'and'",
    "||": "write 'or'",
    "**": "powers are not linear: write the product by a constant out, or declare a function",
    "!": "write 'not', or '!=' for unequal",
    "=": "equality is '=='; an assignment stands under 'do', without '='",
    "?": "a choice is written 'x if condition else y'",
    "#": "no comments in an expression: use 'says'",
    '"': "text and bytes stand in expressions only as constants",
    "'": "text and bytes stand in expressions only as constants",
    "/": "division is '//', by a constant",
    "[": "lists have no place in expressions; 'nothing' is the empty set or queue",
    "{": "braces have no place in expressions; 'nothing' is the empty set or queue",
    ":": "a choice is written 'x if condition else y'",
}


@frozen
class Trouble:
    """Why a text is no expression: a finding but for its place, which is `offset` in the text."""

    code: str
    offset: int
    message: str
    hint: str = ""


@frozen
class StateTest:
    """An `at(...)` taken out of the text: its state names, each with its offset."""

    new: bool
    names: tuple[tuple[str, int], ...]


@frozen
class Tree:
    """A syntax tree; `shift` is added to its columns, `tests` are the `at(...)` by column."""

    root: ast.expr
    shift: int
    tests: Mapping[int, StateTest]
    text: str


@lru_cache(maxsize=8192)
def read_text(text: str) -> Tree | Trouble:
    """Return the tree of `text`; any text at all gives an answer, and soon."""
    if len(text) > MAX_TEXT:
        message = f"an expression of {len(text):,} characters; at most {MAX_TEXT:,} are read"
        return Trouble("TOO-LONG", 0, message, "name parts of it with 'let'")
    body = text.translate(_BLANKS)
    shift = len(body) - len(body.lstrip())
    body = body.strip()
    if not body:
        return Trouble("SYNTAX", 0, "an expression is wanted here, and there is none")
    tests = {match.start(): _state_test(match, shift) for match in _STATE_TEST.finditer(body)}
    plain = _STATE_TEST.sub(lambda match: "_" * len(match[0]), body) if tests else body
    end = _TOKENS.match(plain).end()  # type: ignore[union-attr]  # it matches the empty text
    if end != len(plain):
        return _bad_token(plain, end, shift)
    if plain.count("(") > MAX_NESTING and (deep := _first_too_deep(plain)) is not None:
        return _too_deep(deep + shift)
    return _parsed(plain, shift, tests)


def _parsed(plain: str, shift: int, tests: Mapping[int, StateTest]) -> Tree | Trouble:
    try:
        root = ast.parse(plain, mode="eval").body
    except SyntaxError as error:
        return _bad_grammar(plain, error, shift)
    except (RecursionError, MemoryError):  # Python's parser has a stack of its own
        return _too_deep(shift)
    if len(plain) > MAX_NESTING and (deep := _deepest(root)) is not None:
        return _too_deep(deep.col_offset + shift)
    return Tree(root, shift, tests, plain)


def _bad_grammar(plain: str, error: SyntaxError, shift: int) -> Trouble:
    hint = _OPERATORS
    if plain.count("(") != plain.count(")"):
        hint = "every '(' needs its ')'"
    if not error.offset or error.offset > len(plain):  # Python points behind the last token
        message = "this is not an expression: it ends too soon"
        return Trouble("SYNTAX", len(plain) - 1 + shift, message, hint)
    reason = error.msg.partition(" (<")[0].partition(". ")[0]
    message = f"this is not an expression: {reason}"
    return Trouble("SYNTAX", error.offset - 1 + shift, message, hint)


def _state_test(match: re.Match[str], shift: int) -> StateTest:
    start = match.start(2)
    found = _STATE_NAME.finditer(match[2])
    names = tuple((name[0], start + name.start() + shift) for name in found)
    return StateTest(match[1] is not None, names)


def _bad_token(plain: str, end: int, shift: int) -> Trouble:
    """What stands at `end`, where the list of tokens stopped."""
    rest = plain[end:]
    if end and plain[end - 1 : end + 1] in ("&&", "||", "**"):
        end, rest = end - 1, plain[end - 1 :]
    if rest[0].isdigit():
        message = f"{re.split(r'[^0-9A-Za-z_.]', rest)[0][:40]} is no number of the language"
        hint = "numbers are decimal or 0x...; durations and addresses stand as constants"
        return Trouble("NOT-ALLOWED", end + shift, message, hint)
    sign = next((sign for sign in _MENDS if rest.startswith(sign)), rest[0])
    shown = sign if sign.isprintable() else ascii(sign)[1:-1]
    hint = _MENDS.get(sign, _OPERATORS if sign.isascii() else "expressions are written in ASCII")
    return Trouble("NOT-ALLOWED", end + shift, f"'{shown}' has no place in an expression", hint)


def _too_deep(offset: int) -> Trouble:
    message = f"nested deeper than {MAX_NESTING} levels"
    return Trouble("TOO-DEEP", offset, message, "name the inner parts with 'let'")


def _first_too_deep(plain: str) -> int | None:
    depth = 0
    for index, character in enumerate(plain):
        if character == "(":
            depth += 1
            if depth > MAX_NESTING:
                return index
        elif character == ")":
            depth -= 1
    return None


def _deepest(root: ast.expr) -> ast.expr | None:
    """The first node found below the limit, None where all are above it."""
    level: list[ast.expr] = [root]
    for _ in range(MAX_NESTING):
        level = [
            child
            for node in level
            if not isinstance(node, ast.Attribute)  # a dotted name is one name
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.expr)
        ]
        if not level:
            return None
    return level[0]
