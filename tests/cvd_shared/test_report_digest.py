"""A copy of a report is known whatever it is wrapped in; another report never is one."""

import pytest

from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.report_digest import is_report, main_report, report_digest
from tests.support.corpus import corpus_files
from tests.support.simple_report import simple_report

REPORT = simple_report({"A1": 7, "A2": 9})


def main_of(data: bytes) -> Report:
    report = main_report(read_dex(data))
    assert report is not None
    return report


def digest(data: bytes) -> str:
    return report_digest(main_of(data))


@pytest.mark.parametrize(
    "copy",
    [
        REPORT.replace(b"\r\n", b"\n"),
        REPORT.replace(b"\r\n", b"\r"),
        REPORT.replace(b"\r\n", b"  \r\n\r\n"),
        b"<000|Operations|x|20191206|daa>" + REPORT + b"<AAAA|BBBB>",
        b"Slot 010: Sprite: 25\r\n\r\n" + REPORT,
        b"\xef\xbb\xbf" + REPORT,
        REPORT.replace(b"DXS*CVDTEST001", b"DXS*OTHER00001"),
        REPORT[REPORT.index(b"ST*") : REPORT.index(b"DXE")],
    ],
    ids=["LF", "CR", "blanks", "wrapper", "text", "BOM", "other envelope", "no envelope"],
)
def test_copy_has_the_same_digest(copy: bytes) -> None:
    assert copy != REPORT
    assert digest(copy) == digest(REPORT)


@pytest.mark.parametrize(
    "other",
    [
        simple_report({"A1": 7, "A2": 10}),
        simple_report({"A1": 7, "A2": 9}, asset_number="A-2"),
        REPORT[: REPORT.index(b"PA1*A2")],
        REPORT.replace(b"PA1*A2", b"pa1*A2"),
    ],
    ids=["one more sold", "other machine", "broken off", "one letter"],
)
def test_other_report_has_another_digest(other: bytes) -> None:
    assert digest(other) != digest(REPORT)


@pytest.mark.parametrize(
    "data",
    [b"", b"DXS*9*VA\r\nDXE*1*1\r\n", b"ST*001*0001\r\nVA1*1*2\r\n", b"words\r\nST\r\nmore\r\n"],
    ids=["nothing", "empty envelope", "no identity", "a word"],
)
def test_where_no_machine_speaks_there_is_no_report(data: bytes) -> None:
    file = read_dex(data)
    assert main_report(file) is None
    assert not any(is_report(report) for report in file.reports)


def test_whole_report_is_taken_before_a_stray_segment_and_a_broken_one() -> None:
    assert main_of(b"ST\r\n" + REPORT).header is not None
    assert report_digest(main_of(REPORT[:80] + REPORT)) == digest(REPORT)


def test_files_of_real_machines_differ_but_for_the_known_copies() -> None:
    """One file of the corpus holds three others; every other report is one of a kind."""
    digests: dict[str, list[str]] = {}
    for file in corpus_files():
        for report in read_dex(file.read()).reports:
            digests.setdefault(report_digest(report), []).append(file.name)
    together = {name for name, *others in digests.values() if others}
    assert len(together) == 1
    assert sum(len(names) > 1 for names in digests.values()) == 3
