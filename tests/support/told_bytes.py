"""All that the product concludes from bytes: what a driver sees of them, whatever they are."""

from collections.abc import Iterator

from cvd_desktop.services.words import answer_words
from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.interval import interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_checks import file_findings, findings
from cvd_shared.read_questions import judge
from cvd_shared.read_verdict import ReadVerdict
from cvd_shared.transfer_answers import link_answer, transfer_answer
from cvd_shared.wire_records import PlanogramSlot
from tests.support.dex_reports import example

QUESTIONS = ("link", "transfer", "integrity", "mapping", "plausibility")
BEFORE = make_reading(read_dex(example()).reports[0])
"""The read before, of some machine."""
SLOTS = tuple(
    PlanogramSlot(
        label=name,
        selection=name,
        row=1,
        column=column,
        product_id="p",
        capacity=9,
        par=8,
        price=100,
    )
    for column, name in enumerate(("10", "A1", "COL 1"), 1)
)


def tell(data: bytes, most: int | None = None) -> list[list[str]]:
    """The five sentences about each report, or at most `most` of them; about none when none is."""
    file = read_dex(data)
    file_findings(file)
    return [
        [answer_words(name, getattr(verdict, name)) for name in QUESTIONS]
        for verdict in _verdicts(data, file.reports[:most] or (None,))
    ]


def _verdicts(data: bytes, reports: tuple[Report | None, ...]) -> Iterator[ReadVerdict]:
    for report in reports:
        reading: MachineReading | None = None
        if report is not None:
            reading = make_reading(report)
            findings(report, reading)
            interval(BEFORE, reading)
            interval(reading, BEFORE)
        yield judge(
            link=link_answer("file", answered=True),
            transfer=transfer_answer(
                True, 1, len(data), 0, 0.0, ended=report is None or report.complete
            ),
            size=len(data),
            report=report,
            reading=reading,
            slots=SLOTS,
            previous=reading and (BEFORE if reading.selections else reading),
        )
