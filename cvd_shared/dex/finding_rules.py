"""The catalogue of findings: what each rule asks, its chapter, what the maker should change.

To add a finding: 1. its row in finding_rules.json; 2. what raises it: report_checks.py (the text),
segment_checks.py or reading_checks.py where people see it with every read, a conformance_*.py and
its sentence in conformance_notes.py where only `cvd dex check` tells it; 3. a report that provokes
it, in tests/support/finding_cases.py. A test names the forgotten step.
"""

from functools import cache
from typing import NamedTuple

from cvd_shared.dex.dex_report import Severity
from cvd_shared.dex.dex_segments import load_table


class Rule(NamedTuple):
    """One rule. `chapter` is of EVA-DTS 6.2.2, or says "seen in files" where no chapter does."""

    code: str
    severity: Severity
    rule: str
    chapter: str
    advice: str  # to the maker of the machine; empty where nothing is wrong with the machine


@cache
def finding_rules() -> dict[str, Rule]:
    """Every rule by the code of its finding; read once."""
    return {
        code: Rule(code, severity, rule, chapter, advice)
        for code, severity, rule, chapter, advice in load_table("finding_rules.json")
    }
