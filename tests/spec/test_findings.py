"""Findings: their text, their order, and how they are collected."""

from __future__ import annotations

from pathlib import Path

import pytest

from netfsm.spec.findings import Finding, Findings, Mark, in_quotes, quoted, shown_path


def test_finding_reads_as_compilers_write() -> None:
    """A finding is `file:line:col: CODE message`, its hint on an indented second line."""
    finding = Finding("UNKNOWN-KEY", "error", "a.yaml", 3, 7, "no key 'titel'", "did you mean it?")

    assert "a.yaml:3:7: UNKNOWN-KEY no key 'titel'" == str(finding)
    assert f"{finding}\n    did you mean it?" == finding.render()


def test_finding_without_hint_is_one_line() -> None:
    """Where there is nothing to propose there is no empty line."""
    finding = Finding("EMPTY", "error", "a.yaml", 1, 1, "the file holds nothing", "")

    assert str(finding) == finding.render()


def test_findings_are_sorted_by_place() -> None:
    """They come in the order of the files' lines, whatever found them first."""
    findings = Findings()
    for file, line, column in [("b", 1, 1), ("a", 10, 1), ("a", 9, 2), ("a", 9, 1)]:
        findings.add("TAB", Mark(file, line, column), "a tab")

    places = [(found.file, found.line, found.column) for found in findings]
    assert [("a", 9, 1), ("a", 9, 2), ("a", 10, 1), ("b", 1, 1)] == places


def test_finding_twice_counts_once() -> None:
    """Two stages that see the same fault report it once."""
    findings = Findings()
    findings.add("TAB", Mark("a", 1, 1), "a tab")
    findings.add("TAB", Mark("a", 1, 1), "a tab")
    findings.extend(Findings(list(findings)))

    assert 1 == len(findings)


def test_errors_leaves_out_warnings_and_notes() -> None:
    """Only errors make a spec unusable."""
    findings = Findings()
    findings.add("SECOND", Mark("a", 2, 1), "wrong")
    findings.add("FIRST", Mark("a", 1, 1), "doubtful", severity="warning")
    findings.add("THIRD", Mark("a", 3, 1), "to know", severity="note")

    assert ["SECOND"] == [found.code for found in findings.errors]
    assert ["warning", "error", "note"] == [found.severity for found in findings]


def test_path_below_here_is_shown_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path below the current directory is shown relative to it, another as it is."""
    monkeypatch.chdir(tmp_path)

    assert "specs/a.yaml" == shown_path(str(tmp_path / "specs" / "a.yaml"))
    assert "/elsewhere/a.yaml" == shown_path("/elsewhere/a.yaml")
    assert "specs/a.yaml:1:2" == str(Mark(str(tmp_path / "specs" / "a.yaml"), 1, 2))


def test_current_directory_that_is_gone_shows_the_path_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding can be made even where the current directory has been deleted."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    assert "/a.yaml" == shown_path("/a.yaml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min(a, b)", "'min(a, b)'"),
        ("a\nb", "'a\\nb'"),
        ("x" * 100, "'" + "x" * 57 + "...'"),
        ("\ud800", "'\\ud800'"),
    ],
)
def test_quoted_text_stays_on_one_line(text: str, expected: str) -> None:
    """Text of a spec goes into a message on one line, printable, and cut if long."""
    assert expected == quoted(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("min(a, b)", '"min(a, b)"'), ('say "a"', '"say \\"a\\""'), ("a\\b", '"a\\\\b"')],
)
def test_proposed_quotes_are_valid_yaml(text: str, expected: str) -> None:
    """What a hint proposes can be pasted into the spec."""
    assert expected == in_quotes(text)
