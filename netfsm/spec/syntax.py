"""Says in plain words what ruamel.yaml found wrong with the syntax of a file, and the mend."""

from __future__ import annotations

import re
from collections.abc import Iterable

from attrs import frozen

from netfsm.spec.findings import in_quotes, quoted
from netfsm.spec.unquoted import fragment_end
from netfsm.spec.yaml_events import Place, YamlSyntaxError

__all__ = ["SyntaxProblem", "explain_syntax"]

_QUOTE_IT = "if it is one value, put the whole value in quotes"


@frozen
class SyntaxProblem:
    """What to report, and where."""

    code: str
    message: str
    hint: str
    place: Place


@frozen
class _Rule:
    """How to say one of ruamel's complaints."""

    complaint: str  # a regular expression for ruamel's words
    code: str
    message: str
    hint: str
    at_beginning: bool = False  # report where the construct began, not where it failed


_RULES: Iterable[_Rule] = (
    _Rule(r"'\\t' that cannot start", "TAB", "a tab stands where a value or key begins",
          "indent with spaces"),
    _Rule(r"character ('.*') that cannot start", "SYNTAX", r"a value cannot begin with \1",
          "put the whole value in quotes"),
    _Rule(r"undefined tag handle", "TAG", "tags are not used in specs",
          "remove it, or put the whole value in quotes"),
    _Rule(r"scanning an alias", "ALIAS", "'*' begins an alias, and aliases are not used in specs",
          "put the whole value in quotes"),
    _Rule(r"scanning an anchor", "ANCHOR",
          "'&' begins an anchor, and anchors are not used in specs",
          "put the whole value in quotes"),
    _Rule(r"(scanning|parsing) an? tag", "TAG", "'!' begins a tag, and tags are not used in specs",
          "write 'not', or put the whole value in quotes"),
    _Rule(r"mapping values are not allowed", "SYNTAX", "a second ': ' stands in one value",
          "put the whole value in quotes, or begin a new line"),
    _Rule(r"could not find expected ':'", "SYNTAX", "this line is not 'key: value'",
          "add the colon and a blank, or indent the line to continue the value above",
          at_beginning=True),
    _Rule(r"quoted scalar: found unexpected", "SYNTAX", "the quote that opens here is never closed",
          "close it; in single quotes write '' for a quote", at_beginning=True),
    _Rule(r"escape", "SYNTAX", "this is not an escape of double quotes",
          "use single quotes to write a backslash as it is"),
    _Rule(r"expected ',' or '(.)', but got '<stream end>'", "SYNTAX",
          r"the bracket that opens here is never closed by '\1'", "close it", at_beginning=True),
    _Rule(r"expected ',' or '(.)', but got", "SYNTAX", r"expected ',' or '\1' here", _QUOTE_IT),
    _Rule(r"flow node: expected the node content, but found '<stream end>'", "SYNTAX",
          "the file ends inside a bracket", "close the bracket"),
    _Rule(r"expected the node content, but found '(.*)'", "SYNTAX",
          r"expected a value here, not '\1'", _QUOTE_IT),
    _Rule(r"expected <block end>, but found", "SYNTAX",
          "this does not continue what stands above it",
          f"line it up with the keys it belongs to; {_QUOTE_IT}"),
    _Rule(r"expected '<document start>', but found \('([]}])'", "SYNTAX",
          r"this '\1' closes no bracket", "remove it, or open the bracket"),
    _Rule(r"expected '<document start>', but found", "SYNTAX",
          "this does not continue what stands above it",
          f"line it up with the keys it belongs to; {_QUOTE_IT}"),
    _Rule(r"sequence entries are not allowed", "SYNTAX", "'- ' cannot stand here",
          "begin the list on a line of its own"),
)  # fmt: skip  # two lines a rule read as a table


def explain_syntax(error: YamlSyntaxError, text: str) -> SyntaxProblem:
    """Return what `error` means for an author; `text` is what was parsed."""
    at = error.at.index
    unquoted = _unquoted_at(text, at) or _unquoted_at(text, at - 2)
    if unquoted is not None:
        return unquoted
    for rule in _RULES:
        match = re.search(rule.complaint, error.complaint)
        if match:
            place = error.began if rule.at_beginning else error.at
            return SyntaxProblem(rule.code, match.expand(rule.message), rule.hint, place)
    return SyntaxProblem("SYNTAX", error.complaint, "", error.at)


def _unquoted_at(text: str, index: int) -> SyntaxProblem | None:
    """Return the finding for `a[1]` or `a[*]` in brackets; its own bracket stands at `index`."""
    extent = _expression_before(text, index)
    if extent is None:
        return None
    start, end = extent
    line_start = text.rfind("\n", 0, start) + 1
    place = Place(start, text.count("\n", 0, start) + 1, start - line_start + 1)
    mend = " ".join(text[start:end].split())
    message = f"{quoted(mend)} needs quotes inside brackets"
    return SyntaxProblem("UNQUOTED", message, f"quote it: {in_quotes(mend)}", place)


def _expression_before(text: str, index: int) -> tuple[int, int] | None:
    """Return the extent of the expression whose own bracket stands at `index`, if there is one."""
    if index < 0 or text[index : index + 1] not in ("[", "{"):
        return None
    before = re.search(r"[^\s,:\[\]{}][^,:\[\]{}\n]*\Z", text[max(0, index - 200) : index])
    if before is None or not (before.group()[-1].isalnum() or before.group()[-1] in "_)"):
        return None
    start = index - len(before.group())
    end = fragment_end(text, start)
    return None if end is None else (start, end)
