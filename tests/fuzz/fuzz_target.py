"""What must hold for any bytes: all is concluded from them, nothing is lost or invented."""

import json
from collections import defaultdict
from functools import lru_cache

from cvd_shared.dex.conformance import conformance
from cvd_shared.dex.dex_report import BLANKS, DexFile, Report
from cvd_shared.dex.dex_text import plain_text, read_dex
from cvd_shared.dex.integrity_check import G85
from cvd_shared.dex.interval import interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.reading_writer import write_reading
from cvd_shared.dex.report_checks import file_findings, findings
from cvd_shared.dex.report_json import document
from tests.support.generated_reports import ENVELOPE
from tests.support.typed_facts import typed_facts

_JSON_OF = 3  # inputs: the document does once more what is done here


def check(data: bytes, origin: bytes) -> None:
    """Everything about `data`, and about what happened since `origin`. Raises when it is wrong."""
    file = read_dex(data)
    count = assert_every_line_is_told(data, file)
    for finding in file_findings(file):
        assert 0 <= finding.line <= count
    earlier = _first_reading(origin)
    for report in file.reports:
        reading = make_reading(report)
        found = findings(report, reading)
        assert [one.line for one in found] == sorted(one.line for one in found)
        assert all(1 <= one.line <= count for one in found)
        assert set(found) <= set(conformance(report, reading))
        assert_written_again(report, reading)
        interval(earlier, reading)
        earlier = reading
    if len(data) % _JSON_OF == 0:
        json.dumps(document(data))


@lru_cache  # there are few origins
def _first_reading(data: bytes) -> MachineReading:
    return make_reading(read_dex(data).reports[0])


def assert_every_line_is_told(data: bytes, file: DexFile) -> int:
    """Each line is in exactly one report or outside, under its number; gives their count."""
    lines = plain_text(data).split("\n")
    told: defaultdict[int, list[str]] = defaultdict(list)
    for report in file.reports:
        numbers = [segment.line for segment in report.segments]
        assert numbers == sorted(numbers)
        for number, raw in report.segments:
            told[number].append(raw)
    for number, raw in file.outside:
        told[number].append(raw)
    for number, line in enumerate(lines, 1):
        pieces = told.pop(number, [])
        if pieces != [line]:
            assert _visible("".join(pieces)) == _visible(line)
    assert not told
    return len(lines)


def _visible(text: str) -> list[str]:
    return sorted(character for character in text if character not in BLANKS)


def assert_written_again(report: Report, reading: MachineReading) -> None:
    """Text, reading, text: every element is kept, the envelope is right, the facts are the same."""
    (again,) = read_dex(write_reading(reading, report)).reports
    assert _body(again) == _body(report)
    assert again.complete == report.complete
    if again.check.g85 is not G85.ABSENT:
        assert (again.check.g85, again.declared) == (G85.OK, again.counted)
    assert typed_facts(make_reading(again)) == typed_facts(reading)


def _body(report: Report) -> list[str]:
    return [one.raw for one in report.reliable_segments() if one.id not in ENVELOPE]
