"""The conformance of a report with EVA-DTS 6.2.2, element by element, for `cvd dex check`.

Warns, never rejects: a report may break any rule here and still tell what was sold.
"""

from cvd_shared.dex.conformance_contents import check_contents
from cvd_shared.dex.conformance_elements import check_elements
from cvd_shared.dex.conformance_envelope import check_envelope
from cvd_shared.dex.conformance_figures import check_figures
from cvd_shared.dex.conformance_notes import Notes
from cvd_shared.dex.conformance_parts import parts_of
from cvd_shared.dex.dex_report import Finding, Report
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.report_checks import findings


def conformance(report: Report, reading: MachineReading) -> tuple[Finding, ...]:
    """What `dex show` finds in `report` and everything else that departs from the standard.

    `reading` is make_reading(report). Each kind is told once, with all of its lines; sorted by the
    first of them. Never raises; the time grows with the size of the report.
    """
    shown = findings(report, reading)
    told = frozenset(each.message.split(" ", 1)[0] for each in shown if each.code == "bad_number")
    parts, notes = parts_of(report), Notes()
    check_envelope(parts, notes)
    check_elements(parts, told, notes)
    check_contents(parts, reading, notes)
    check_figures(parts, reading, notes)
    return tuple(sorted((*shown, *notes.findings()), key=lambda finding: finding.line))
