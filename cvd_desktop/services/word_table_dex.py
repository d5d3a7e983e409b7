"""The words of `cvd dex check` and of the conformance page: headings, counts, the check value."""

from cvd_shared.dex.dex_report import Severity
from cvd_shared.dex.integrity_check import G85

TITLE = "EVA-DTS conformance report"
SEVERITY_TITLES: dict[Severity, str] = {"error": "Errors", "warning": "Warnings", "info": "Notes"}
SEVERITY_COUNTS: dict[Severity, tuple[str, str]] = {
    "error": ("error", "errors"),
    "warning": ("warning", "warnings"),
    "info": ("note", "notes"),
}
NOTHING_FOUND = "Nothing departs from the standard."

CHECK_VALUES = {
    G85.OK: "G85 {declared} is right",
    G85.SWAPPED: "G85 {declared} is right with its two bytes swapped",
    G85.MISMATCH: "G85 says {declared}, the text gives {computed}",
    G85.ABSENT: "no G85",
}
