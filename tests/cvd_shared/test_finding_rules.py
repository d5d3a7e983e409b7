"""Every finding has a rule, every rule is raised by something, and each is provoked here."""

import ast
from pathlib import Path

import pytest

import cvd_shared.dex
from cvd_shared.dex.conformance import conformance
from cvd_shared.dex.conformance_notes import SENTENCES
from cvd_shared.dex.dex_report import Finding
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.finding_rules import finding_rules
from cvd_shared.dex.integrity_check import VARIANTS
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_checks import file_findings, findings
from tests.support.finding_cases import CASES, WHOLE

_FOLDER = Path(next(iter(cvd_shared.dex.__path__)))
_SEVERITIES = ("error", "warning", "info")


def found_in(data: bytes) -> dict[str, Finding]:
    """Of the file and of all of its reports, by code."""
    file = read_dex(data)
    found = list(file_findings(file))
    for report in file.reports:
        found += conformance(report, make_reading(report))
    return {each.code: each for each in found}


def _codes_in_the_reader() -> set[str]:
    """What stands behind a severity in a call: Finding("info", "no_check", ...), note(...)."""
    found = set()
    for path in _FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) > 1:
                severity, code = node.args[:2]
                if (
                    isinstance(severity, ast.Constant)
                    and severity.value in _SEVERITIES
                    and isinstance(code, ast.Constant)
                ):
                    found.add(code.value)
    return found


def test_every_finding_has_a_rule_and_every_rule_a_finding() -> None:
    in_the_reader = _codes_in_the_reader()
    assert {"cut_off", "bad_number", "selection_twice"} <= in_the_reader
    assert in_the_reader | set(VARIANTS) | set(SENTENCES) == set(finding_rules())


def test_every_finding_has_a_case() -> None:
    assert set(CASES) == set(finding_rules())


@pytest.mark.parametrize("code", sorted(CASES))
def test_finding_is_provoked_and_its_neighbour_is_not(code: str) -> None:
    case = CASES[code]
    found = found_in(case.provokes)
    assert code in found
    assert code not in found_in(case.near)
    assert found[code].severity == finding_rules()[code].severity
    assert found[code].message.endswith(".")


def test_a_report_that_keeps_to_the_standard_has_no_findings() -> None:
    assert found_in(WHOLE) == {}


def test_what_is_shown_is_part_of_what_is_checked() -> None:
    for case in CASES.values():
        for report in read_dex(case.provokes).reports:
            reading = make_reading(report)
            checked = conformance(report, reading)
            assert set(findings(report, reading)) <= set(checked)
            assert [each.line for each in checked] == sorted(each.line for each in checked)


def test_rules_are_sentences_and_errors_and_warnings_say_what_to_change() -> None:
    for rule in finding_rules().values():
        assert rule.severity in _SEVERITIES
        assert rule.rule.endswith(".")
        assert rule.chapter
        assert rule.advice == "" or rule.advice.endswith(".")
        assert rule.advice or rule.severity == "info", rule.code
        assert len(rule.rule) <= 160
        assert len(rule.advice) <= 120
