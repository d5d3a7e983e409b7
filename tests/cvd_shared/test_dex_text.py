"""Reports are found in whatever bytes come, every byte is kept, and nothing raises."""

import json
from collections.abc import Callable

import pytest
from hypothesis import example as explicit
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.dex_report import BLANKS, Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope, escape
from cvd_shared.dex.element_values import text
from cvd_shared.dex.integrity_check import G85
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_checks import findings, structure_findings
from cvd_shared.dex.report_json import document, document_text, file_document
from tests.support.dex_reports import EXAMPLE_LINES, codes, example

PIECES = (
    b"DXS*QRS7654321*VA*V0/6*1",
    b"DXS*",
    b"ST*001*0001",
    b"ID1*1*2*3*4*5*6",
    b"ID4*2*1840*USD",
    b"VA1*400*5*150*2",
    b"PA1*10*100",
    b"PA2*1*2*3*4",
    b"PA7*10*CA*0*100*1*2*3*4",
    b"EA1*EGS*250101*1200",
    b"G85*1234",
    b"SE*17*0001",
    b"DXE*1*1",
    b"<000|x>",
    b"Slot 010: Cola",
    b"\r\n",
    b"\n",
    b"\r",
    b"*",
    b"^2A^",
    b" ",
    b"\0",
    b"\xff\xfe",
    b"99999999999999999999999",
)
anything = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join),
    st.lists(st.sampled_from(PIECES), max_size=40).map(b"\r\n".join),
)


def only(data: bytes) -> Report:
    (report,) = read_dex(data).reports
    return report


def finding_codes(report: Report) -> set[str]:
    return {finding.code for finding in structure_findings(report)}


def raw_lines(data: bytes) -> list[str]:
    return [segment.raw for report in read_dex(data).reports for segment in report.segments]


class TestAnyBytes:
    @given(anything)
    @explicit(b"DXS*" * 20_000)
    @explicit(b"ID1*" + b"9" * 6000 + b"\nVA1*" + b"9" * 6000)
    @explicit(b"DXS*A*VA*V0/6\r\n" * 500)
    def test_nothing_raises_and_everything_is_json(self, data: bytes) -> None:
        assert json.loads(json.dumps(document(data))) == document(data)

    @given(anything.filter(lambda data: data[:2] not in (b"\xff\xfe", b"\xfe\xff")))
    def test_every_byte_is_kept(self, data: bytes) -> None:
        file = read_dex(data)
        kept = [segment.raw for report in file.reports for segment in report.segments]
        kept += [outside.text for outside in file.outside]
        written = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
        assert sorted(_visible("".join(kept))) == sorted(_visible(written))

    @given(anything)
    def test_lines_are_told_as_they_are_numbered(self, data: bytes) -> None:
        file = read_dex(data)
        count = len(data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
        for report in file.reports:
            numbers = [segment.line for segment in report.segments]
            assert numbers == sorted(numbers)
            assert all(1 <= number <= count for number in numbers)


def _visible(written: str) -> str:
    return "".join(character for character in written if character not in BLANKS + "\r\n")


class TestLineEnds:
    @pytest.mark.parametrize(
        "end", [b"\n", b"\r", b"\r\r\n", b"  \r\n"[2:], b"\r\n\r\n", b"\n\r\n"]
    )
    def test_the_same_report_with_other_line_ends(self, end: bytes) -> None:
        report = only(example().replace(b"\r\n", end))
        assert [segment.raw for segment in report.segments] == raw_lines(example())
        assert (report.check.g85, report.check.variant) == (G85.OK, "")
        assert (report.declared, report.counted, report.complete) == (17, 17, True)

    @given(st.lists(st.text("ABC019* ", max_size=20), max_size=10), st.sampled_from(["\n", "\r"]))
    def test_splitting_does_not_depend_on_line_ends(self, extra: list[str], end: str) -> None:
        lines = ["DXS*A*VA*V0/6*1", "ST*001*0001", *extra, "DXE*1*1"]
        assert read_dex(end.join(lines).encode()) == read_dex("\r\n".join(lines).encode())

    def test_blanks_at_line_ends_count_for_the_check_value_and_not_for_values(self) -> None:
        data = envelope(["ID1*7  ", "VA1* 0000400 *5  "], "CVD0000001")
        assert only(data).check.g85 is G85.OK
        report = document(data)["reports"][0]
        assert report["machine"]["serial_number"] == "7"
        assert report["totals"]["value_of_paid_vends_since_init"] == 400
        assert report["totals"]["number_of_paid_vends_since_init"] == 5

    def test_no_line_end_after_the_last_line(self) -> None:
        report = only(example().rstrip())
        assert (report.complete, report.cut, report.check.g85) == (True, False, G85.OK)

    def test_a_file_saved_by_a_text_editor(self) -> None:
        for saved in (b"\xef\xbb\xbf" + example(), example().decode().encode("utf-16")):
            file = read_dex(saved)
            assert file.outside == ()
            assert file.reports == read_dex(example()).reports


class TestAroundAReport:
    def test_wrappers_people_and_other_programs(self) -> None:
        data = b"Read on Monday\r\n<000|x|\x11>" + example() + b"<AAAA|BBBB>\r\n@$ end\r\n"
        file = read_dex(data)
        assert [outside.text for outside in file.outside] == [
            "Read on Monday",
            "<000|x|\x11>",
            "<AAAA|BBBB>",
            "@$ end",
        ]
        (report,) = file.reports
        assert report.check.g85 is G85.OK
        assert report.segments[0].line == 2

    def test_wrapper_glued_to_the_last_line(self) -> None:
        file = read_dex(example().rstrip() + b"<AAAA|BBBB>")
        assert file.reports[0].segments[-1].raw == "DXE*1*1"
        assert [outside.text for outside in file.outside] == ["<AAAA|BBBB>"]

    def test_records_between_the_trailers_that_are_no_segments(self) -> None:
        data = example().replace(b"DXE", b"ST-1*001\r\n@$abc\r\nDXE")
        file = read_dex(data)
        assert [outside.text for outside in file.outside] == ["ST-1*001", "@$abc"]
        assert file.reports[0].complete

    def test_several_reports(self) -> None:
        file = read_dex(example() * 2 + b"note\r\n" + example())
        assert [report.check.g85 for report in file.reports] == [G85.OK] * 3
        assert [outside.text for outside in file.outside] == ["note"]

    def test_several_sets_in_one_envelope(self) -> None:
        lines = example().decode().split("\r\n")
        body = lines[1:-2]
        data = "\r\n".join([lines[0], *body, *body, lines[-2], ""]).encode()
        first, second = read_dex(data).reports
        assert first.complete
        assert second.complete
        assert (first.counted, second.counted) == (17, 17)
        assert (first.check.g85, second.check.g85) == (G85.OK, G85.OK)
        reports = document(data)["reports"]
        assert [report["communication_id"] for report in reports] == ["QRS7654321"] * 2

    def test_a_report_that_breaks_off_in_the_middle_of_a_line(self) -> None:
        broken = example()[: example().index(b"*200*3") + 4]  # CA2*200 -> CA2*20 and so on
        first, second = read_dex(broken + example()).reports
        assert (first.complete, first.cut) == (False, True)
        assert (second.complete, second.check.g85) == (True, G85.OK)

    def test_without_envelope(self) -> None:
        data = "\r\n".join((*EXAMPLE_LINES, "")).encode()
        report = document(data)["reports"][0]
        assert report["communication_id"] is None
        assert report["integrity"] == {
            "g85": "absent",
            "segments_declared": None,
            "segments_counted": len(EXAMPLE_LINES),
            "complete": True,
        }
        assert report["machine"]["asset_number"] == "777888999"
        assert "no_header" in codes(report)
        assert len(read_dex(data + data).reports) == 2

    def test_what_is_no_report(self) -> None:
        file = read_dex(b"VA1*1*2*3*4\r\nSE*4*0001\r\nDXE*1*1\r\n")
        assert file.reports == ()
        assert len(file.outside) == 3
        assert [finding["code"] for finding in document(b"")["findings"]] == ["no_report"]

    def test_a_value_may_hold_the_letters_of_a_header(self) -> None:
        report = only(envelope(["PA1*10*100*DXS*4", "VA1*1*1*1*1"], "CVD0000001"))
        assert report.check.g85 is G85.OK


@pytest.mark.parametrize("reports", [0, 1, 3])
def test_the_document_in_pieces_is_the_document(reports: int) -> None:
    data = b"Caf\xe9 \n" + example().replace(b"Snack 1", b'"^0A^\\') * reports
    whole = json.dumps(document(data), ensure_ascii=False, indent=2)
    assert "".join(document_text(file_document(data))) == whole


def test_the_document_of_many_reports_is_the_same() -> None:
    data = b"DXS*A*VA*V0/6\r\nID1*7\r\nDXE*1*1\r\n" * 101
    assert json.loads("".join(document_text(file_document(data)))) == document(data)


class TestOddSegments:
    def test_unknown_segments_and_extra_elements_are_kept_and_told_once(self) -> None:
        lines = ["ZZ9*1", "ZZ9*2", "CA9*1*2*3*4", "CA9*1*2**", "MA5*" + "*".join("a" * 23)]
        report = only(envelope(lines, "CVD0000001"))
        assert [segment.raw for segment in report.segments[2:7]] == lines
        told = [f for f in findings(report, make_reading(report)) if f.line > 2]
        assert [finding.code for finding in told] == [
            "unknown_segment",
            "extra_elements",
            "extra_elements",
        ]
        assert "2 lines" in told[0].message

    def test_characters_that_are_not_allowed(self) -> None:
        report = only(example().replace(b"Snack 1", b"Caf\xe9"))
        assert "odd_characters" in finding_codes(report)
        assert "odd_characters" not in finding_codes(only(example()))

    def test_blanks_before_a_segment(self) -> None:
        report = document(example().replace(b"VA1*", b"  VA1*").replace(b"PA2*", b" PA2*"))
        (told,) = report["reports"]
        assert told["totals"]["value_of_paid_vends_since_init"] == 400
        assert told["selections"][0]["sold_since_init"] == 1


class TestEscapes:
    def test_escapes_are_decoded_for_people_and_kept_in_the_raw_text(self) -> None:
        assert text("5^2A^6 ^5E^") == "5*6 ^"
        assert text("^D7^^E0^^E9^", "cp1251") == "Чай"
        assert text("Caf^E9^") == text("Caf\xe9") == text("Caf^C3^^A9^") == "Café"
        assert text("not^ an ^2 escape^^") == "not^ an ^2 escape^^"
        data = envelope(["ID1*7", f"PA1*10*100*{escape('5*6')}"], "CVD0000001")
        assert document(data)["reports"][0]["selections"][0]["product"] == "5*6"
        assert "PA1*10*100*5^2A^6" in raw_lines(data)

    def test_control_characters_do_not_reach_people(self) -> None:
        assert text("a^00^b^0D^^0A^c") == "a b  c"

    @given(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"])))
    def test_what_is_escaped_comes_back(self, written: str) -> None:
        escaped = escape(written, "utf-8")
        assert escaped.isascii()
        assert "*" not in escaped
        assert text(escaped) == written.strip()


class TestCut:
    @given(st.integers(0, len(example())))
    def test_a_cut_report_never_tells_a_wrong_value(self, size: int) -> None:
        whole = document(example())["reports"][0]
        for report in document(example()[:size])["reports"]:
            for name, value in report["totals"].items():
                assert value in (None, whole["totals"][name])
            for told, right in zip(report["selections"], whole["selections"], strict=False):
                for name, value in told.items():
                    assert value is None or value == right[name] or name == "selection"
            assert report["machine"]["asset_number"] in (None, "777888999")
            assert report["communication_id"] in (None, "QRS7654321")
            assert report["integrity"]["segments_declared"] in (None, 17)
            assert report["integrity"]["g85"] in ("absent", "ok")
            ends = example().index(b"DXE") + 3
            assert report["integrity"]["complete"] == (size >= ends)
            assert ("cut_off" in codes(report)) == (size < ends)

    def test_every_cut_of_the_example(self) -> None:
        for size in range(len(example())):
            json.dumps(document(example()[:size]))

    def test_a_cut_report_without_envelope(self) -> None:
        data = "\r\n".join(EXAMPLE_LINES).encode()
        for size in range(4, len(data)):
            (report,) = document(data[:size])["reports"]
            assert report["totals"]["number_of_paid_vends_since_reset"] in (None, 2)


class TestCheckValue:
    def with_check(self, value: str) -> Report:
        return only(example().replace(b"079F", value.encode()))

    def test_as_the_standard_says_in_either_case(self) -> None:
        assert self.with_check("079f").check.g85 is G85.OK
        assert self.with_check("79F").check.g85 is G85.OK

    def test_swapped_bytes(self) -> None:
        report = self.with_check("9F07")
        assert report.check.g85 is G85.SWAPPED
        assert "check_swapped" in finding_codes(report)

    def test_wrong(self) -> None:
        for value in ("079E", "XYZW", "-79F", "0x79G", "F" * 5000):
            report = self.with_check(value)
            assert report.check.g85 is G85.MISMATCH
            assert report.check.computed == "079F"
            (finding,) = [f for f in structure_findings(report) if f.code == "check_mismatch"]
            assert (finding.severity, finding.line) == ("warning", 17)

    def test_absent(self) -> None:
        for data in (example().replace(b"G85*079F\r\n", b""), example().replace(b"079F", b"  ")):
            assert only(data).check.g85 is G85.ABSENT
            assert "no_check" in finding_codes(only(data))

    @pytest.mark.parametrize(
        ("covered", "variant"),
        [
            (lambda body: body[:-2], "check_without_last_line_end"),
            (lambda body: body[body.index(b"ID4*") :], "check_from_id4"),
            (lambda body: body.replace(b"\r\n", b"\n"), "check_line_feeds"),
        ],
    )
    def test_machines_that_count_otherwise(
        self, covered: Callable[[bytes], bytes], variant: str
    ) -> None:
        body = example()[example().index(b"ST*") : example().index(b"G85*")]
        report = self.with_check(f"{crc16_arc(covered(body)):04X}")
        assert (report.check.g85, report.check.variant) == (G85.OK, variant)
        (finding,) = structure_findings(report)
        assert (finding.severity, finding.code) == ("info", variant)

    def test_changed_text_is_noticed(self) -> None:
        changed = only(example().replace(b"VA1*400", b"VA1*900"))
        assert changed.check.g85 is G85.MISMATCH

    def test_wrong_count_is_only_information(self) -> None:
        report = only(example().replace(b"SE*17", b"SE*12"))
        assert (report.declared, report.counted) == (12, 17)
        (finding,) = structure_findings(report)
        assert (finding.severity, finding.code) == ("info", "segment_count")


class TestWriter:
    def test_the_envelope_is_right(self) -> None:
        report = only(example())
        assert [segment.raw for segment in report.segments[-3:]] == [
            "G85*079F",
            "SE*17*0001",
            "DXE*1*1",
        ]
        assert structure_findings(report) == []

    @pytest.mark.parametrize("line", ["", "PA1*10*100*Café", "PA1*10\r\nPA2*1"])
    def test_lines_that_are_not_eva_dts(self, line: str) -> None:
        with pytest.raises(ValueError, match="not an EVA-DTS line"):
            envelope([line], "CVD0000001")
