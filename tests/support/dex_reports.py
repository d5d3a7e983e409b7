"""Audit reports written for tests: the worked example of the command line, and any others."""

from typing import Any

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_json import document

EXAMPLE_LINES = (
    "ID1*112233445566*ABC1234*0101*Building 1**777888999",
    "ID4*2*1840*USD",
    "VA1*400*5*150*2",
    "CA2*200*3*50*1",
    "DA2*200*2*100*1",
    "CA3*100*0*0*1*250*50*0*2",
    "CA4*50*0*50*0",
    "PA1*COL 1*50*Snack 1",
    "PA2*1*50*1*50",
    "PA1*COL 2*100*Snack 2",
    "PA2*1*100*0*0",
    "EA2*EGS*1*36**1",
    "EA3*4",
    "EA7*1*2",
)


def example() -> bytes:
    return envelope(EXAMPLE_LINES, "QRS7654321")


def report_of(*lines: str) -> dict[str, Any]:
    """The document's entry for a whole report with these segments."""
    report: dict[str, Any] = document(envelope(lines, "CVD0000001"))["reports"][0]
    return report


def reading_of(*lines: str) -> MachineReading:
    """The typed facts of a whole report with these segments."""
    return make_reading(read_dex(envelope(lines, "CVD0000001")).reports[0])


def codes(report: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in report["findings"]]
