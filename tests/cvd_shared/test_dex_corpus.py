"""Audits of real machines are told without an exception, as the table of the corpus says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import SALES, make_reading
from cvd_shared.dex.report_checks import findings
from cvd_shared.dex.report_json import document
from tests.support.corpus import CorpusFile, corpus_files
from tests.support.golden_readings import golden, path_of

ODDITIES = {
    "AMS_39": {"resets_when_read", "reader_echoed"},
    "Crane": {"segment_count", "check_form", "event_number"},
    "Dixie": {"product_loop", "currency_missing", "clock_wrong"},
    "Royal_660": {"product_loop", "maker_event", "blanks_at_line_end"},
    "Combined": {"several_reports"},
    "Test-3": set(),
    "Test-5": {"check_mismatch", "currency_code_form"},
    "Test-6": {"glued_segments", "cut_segment", "cut_off"},
    "Test1": {"segment_count"},
    "Test2": {"text_outside", "no_check"},
    "animo": set(),
    "rhevendors": {"segment_count", "blanks_at_line_end"},
    "sielaff": {"segment_outside", "empty_segment", "cut_off"},
    "IDS_VCM": {"check_from_id4", "bills_whole_units", "currency_code_form"},
    "reneaaron": set(),
    "094813": {"handheld_wrapper", "segment_count"},
    "140739": {"handheld_wrapper", "segment_count"},
    "144918": {"handheld_wrapper", "selection_unnamed", "check_without_last_line_end"},
}
"""What the table of the corpus names as odd about each file; that a file is there twice is told by
the import, and numbers glued to event codes are in the file of Crane, not in that of AMS."""


@pytest.fixture(scope="module")
def files() -> dict[str, CorpusFile]:
    return {file.name: file for file in corpus_files()}


def first_report(file: CorpusFile) -> dict[str, Any]:
    report: dict[str, Any] = document(file.read())["reports"][0]
    return report


def codes(report: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in report["findings"]}


def named(files: dict[str, CorpusFile], part: str) -> CorpusFile:
    return next(file for name, file in files.items() if part in name)


def test_every_file_is_told(files: dict[str, CorpusFile]) -> None:
    assert len(files) == 18
    for file in files.values():
        data = file.read()
        assert len(data) == file.size
        json.dumps(document(data))
        products = sum(
            segment.id == "PA1" for report in read_dex(data).reports for segment in report.segments
        )
        report = first_report(file)
        assert report["version"] == file.version
        assert products == file.products, file.name
        if "Combined" not in file.name and file.products:
            assert len(report["selections"]) == file.products


def test_check_values_as_the_table_says(files: dict[str, CorpusFile]) -> None:
    for file in files.values():
        report = first_report(file)
        if " OK" in file.g85 or "only from ID4" in file.g85:
            expected = "ok"
        elif " NO" in file.g85:
            expected = "mismatch"
        else:
            expected = "absent"
        assert report["integrity"]["g85"] == expected, file.name
        assert ("check_from_id4" in codes(report)) == ("only from ID4" in file.g85)
        variant = "check_without_last_line_end" in codes(report)
        assert variant == ("without the last CRLF" in file.g85)
        assert ("check_mismatch" in codes(report)) == (expected == "mismatch")


def test_segment_counts_as_the_table_says(files: dict[str, CorpusFile]) -> None:
    for file in files.values():
        report = first_report(file)
        integrity = report["integrity"]
        if file.declared is None and file.counted is None:
            continue  # cut before its SE
        assert integrity["segments_declared"] == file.declared, file.name
        assert integrity["segments_counted"] == file.counted, file.name
        assert ("segment_count" in codes(report)) == (file.declared != file.counted)


def test_every_byte_of_every_file_is_kept(files: dict[str, CorpusFile]) -> None:
    for file in files.values():
        parsed = read_dex(file.read())
        kept = [(s.line, s.raw) for report in parsed.reports for s in report.segments]
        kept += [(outside.line, outside.text) for outside in parsed.outside]
        lines: dict[int, str] = {}
        for number, text in sorted(kept, key=lambda piece: piece[0]):
            lines[number] = lines.get(number, "") + text
        written = file.read().decode("latin-1").replace("\r\n", "\n").split("\n")
        for number, line in enumerate(written, 1):
            assert sorted(lines.get(number, "")) == sorted(line), (file.name, number)


def test_text_around_a_report_is_outside(files: dict[str, CorpusFile]) -> None:
    handheld = document(named(files, "20191230140739").read())
    assert handheld["outside"][0].startswith("<000|Operations|")
    assert handheld["outside"][1:] == ["<AAAA|BBBB><AAAA|BBBB><AAAA|BBBB>"]
    people = document(named(files, "Test2").read())
    assert people["outside"][0] == "Slot 010: Sprite: 25"
    assert len(people["outside"]) == 10
    assert document(named(files, "sielaff").read())["outside"] == [
        "MC5*SiLine*EvaData*List10*Version_0.15.1 r54964"
    ]


def test_several_reports_in_one_file(files: dict[str, CorpusFile]) -> None:
    reports = document(named(files, "Combined").read())["reports"]
    assert [report["integrity"]["complete"] for report in reports] == [
        True,
        False,
        False,
        True,
        True,
    ]
    assert [len(report["selections"]) for report in reports] == [3, 0, 3, 29, 3]


def test_cut_and_glued_file(files: dict[str, CorpusFile]) -> None:
    report = first_report(named(files, "Test-6"))
    assert not report["integrity"]["complete"]
    assert {"cut_off", "cut_segment"} <= codes(report)
    assert [selection["selection"] for selection in report["selections"]] == ["036", "037", "038"]
    assert report["selections"][-1]["sold_since_init"] == 1


def test_facts_of_known_machines(files: dict[str, CorpusFile]) -> None:
    ams = first_report(named(files, "AMS_39"))
    assert ams["machine"]["serial_number"] == "TW20185083"
    assert ams["totals"]["value_of_paid_vends_since_init"] == 5524760
    first = ams["selections"][0]
    assert (first["selection"], first["price"], first["product"]) == ("10", 125, None)
    assert (first["sold_since_init"], first["value_since_init"]) == (1634, 173260)
    assert (first["sold_since_reset"], first["value_since_reset"]) == (0, 0)
    assert ams["events"][0]["at"] == "2025-06-06T12:09:00"
    assert "resets_when_read" in codes(ams)
    crane = first_report(named(files, "Crane"))
    assert (crane["currency"], crane["decimal_places"]) == ("USD", 2)
    motor = next(event for event in crane["events"] if event["code"] == "EJB52")
    assert motor["text"].endswith("(52)")
    assert first_report(named(files, "IDS_VCM"))["currency"] == "AUD"
    assert first_report(named(files, "reneaaron"))["currency"] == "EUR"
    assert first_report(named(files, "094813"))["decimal_places"] == 0
    assert first_report(named(files, "Dixie"))["currency"] is None


def test_selections_without_a_name_are_numbered_by_position(files: dict[str, CorpusFile]) -> None:
    report = first_report(named(files, "20191230144918"))
    names = [selection["selection"] for selection in report["selections"]]
    assert names == [str(position) for position in range(1, 17)]
    assert "selection_unnamed" in codes(report)


def test_a_real_audit_may_be_cut_anywhere(files: dict[str, CorpusFile]) -> None:
    data = named(files, "Royal_660").read()
    for size in range(0, len(data), 7):
        json.dumps(document(data[:size]))


def test_reading_only_the_sales_gives_the_same_sales() -> None:
    for file in corpus_files():
        for report in read_dex(file.read()).reports:
            whole, sales = make_reading(report), make_reading(report, SALES)
            assert sales.paid_vends == whole.paid_vends
            assert [(one.selection, one.meters) for one in sales.selections] == [
                (one.selection, one.meters) for one in whole.selections
            ]


def test_every_fact_of_every_file_is_as_it_was_checked(files: dict[str, CorpusFile]) -> None:
    for file in files.values():
        told = json.loads(json.dumps(golden(file.read())))
        assert told == json.loads(path_of(file).read_text("utf-8")), file.name


def test_every_oddity_that_the_table_names_is_told(files: dict[str, CorpusFile]) -> None:
    assert len(ODDITIES) == len(files)
    for part, odd in ODDITIES.items():
        told = document(named(files, part).read())
        found = {finding["code"] for finding in told["findings"]}
        for report in told["reports"]:
            found |= codes(report)
        assert odd <= found, part


def test_each_finding_is_told_once_with_its_lines_in_order(files: dict[str, CorpusFile]) -> None:
    for file in files.values():
        for report in read_dex(file.read()).reports:
            told = findings(report, make_reading(report))
            assert len({(finding.code, finding.message) for finding in told}) == len(told)
            assert [finding.line for finding in told] == sorted(f.line for f in told)
            for finding in told:
                assert finding.lines[0] == finding.line
                assert list(finding.lines) == sorted(set(finding.lines))


def test_sums_are_right_or_told(files: dict[str, CorpusFile]) -> None:
    told = 0
    for file in files.values():
        for report in read_dex(file.read()).reports:
            reading = make_reading(report)
            wrong = set(wrong_sums(reading)) if report.complete else set()
            found = {finding.code for finding in findings(report, reading)}
            assert wrong == found & {"payments_sum", "cash_sum", "selections_sum"}, file.name
            told += len(wrong)
    assert told


def wrong_sums(reading: MachineReading) -> Iterator[str]:
    """The identities of the counters that do not hold, worked out the long way."""
    vends, cash = reading.vends.paid, reading.cash
    if cash.sales.value.init is not None:
        ways = [cash.sales, *(each.sales for each in reading.cashless)]
        ways += [reading.tokens.vend_tokens, reading.tokens.value_tokens]
        if not adds_up(vends.value.init, [way.value.init or 0 for way in ways]):
            yield "payments_sum"
    for since in (0, 1):
        places = [cash.to_box[since], cash.to_tubes[since], cash.bills_in[since]]
        if not adds_up(cash.cash_in[since], places):
            yield "cash_sum"
    meters = [selection.meters for selection in reading.selections]
    for said, column in (
        (vends.number.init, [each.sold_since_init for each in meters]),
        (vends.value.init, [each.value_since_init for each in meters]),
        (vends.number.reset, [each.sold_since_reset for each in meters]),
        (vends.value.reset, [each.value_since_reset for each in meters]),
    ):
        if not adds_up(said, column):
            yield "selections_sum"


def adds_up(total: int | None, parts: list[int | None]) -> bool:
    known = [part for part in parts if part is not None]
    return total is None or not parts or len(known) < len(parts) or total == sum(known)
