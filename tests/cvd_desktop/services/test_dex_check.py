"""The conformance report of a file: as facts, as JSON, as text, as a page to print."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.conformance_page import conformance_page
from cvd_desktop.services.conformance_text import conformance_text, judgement
from cvd_desktop.services.dex_check import (
    CheckedFile,
    check_data,
    check_file,
    document,
    write_checked,
)
from cvd_desktop.services.dex_files import show_file
from cvd_shared.dex.finding_rules import finding_rules
from tests.support.corpus import corpus_files
from tests.support.finding_cases import CASES, SENDER, WHOLE, edited, report

BAD = report(VA1="VA1*3x*003*100*1", PA7=None, ID1="ID1*JOF0001234*CAN 10*1***")


def checked(data: bytes = BAD) -> CheckedFile:
    return check_data(data, "audit.dex")


class _Page(HTMLParser):
    """The text of a page and its tags; fails on tags that are not closed."""

    VOID = ("meta", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


class TestFacts:
    def test_findings_are_ordered_by_weight_then_by_line(self) -> None:
        (one,) = checked(BAD[: BAD.index(b"DXE")]).reports
        weights = ["error", "warning", "info"]
        order = [(weights.index(each.severity), each.line) for each in one.findings]
        assert order == sorted(order)
        assert one.findings[0].code == "cut_off"

    def test_a_finding_has_its_rule_and_all_of_its_lines(self) -> None:
        (one,) = checked().reports
        found = next(each for each in one.findings if each.code == "leading_zeros")
        rule = finding_rules()["leading_zeros"]
        assert (found.rule, found.chapter, found.advice) == (rule.rule, "5.1.5", rule.advice)
        assert found.lines == (found.line,)
        assert (one.count("error"), one.count("warning")) == (0, 1)
        assert judgement(one) == "0 errors, 1 warning, 2 notes"

    def test_the_maker_by_its_letters(self) -> None:
        assert checked(WHOLE).reports[0].maker == ("Jofemar", "Spain")
        assert checked(edited(SENDER, "ZZZ0000001")).reports[0].maker is None

    def test_what_is_shown_is_a_part_of_what_is_checked(self, tmp_path: Path) -> None:
        for code, case in CASES.items():
            path = tmp_path / "audit.dex"
            path.write_bytes(case.provokes)
            told, found = show_file(path), document(check_file(path))
            for shown, check in zip(told.reports, found["reports"], strict=True):
                keys = ("severity", "code", "line", "message")
                kept = [{key: each[key] for key in keys} for each in check["findings"]]
                assert [each for each in shown["findings"] if each not in kept] == [], code
                assert shown["machine"] == check["machine"]
                assert shown["integrity"] == check["integrity"]
            assert told.rest["outside"] == found["outside"]


class TestJson:
    def test_the_keys_that_are_promised(self) -> None:
        told = document(checked(b"Slot 1\r\n" + BAD))
        assert (told["file"], told["outside"]) == ("audit.dex", ["Slot 1"])
        assert [each["code"] for each in told["findings"]] == ["text_outside"]
        (one,) = told["reports"]
        assert one["counts"] == {"error": 0, "warning": 1, "info": 2}
        assert one["machine"]["serial_number"] == "JOF0001234"
        assert one["maker"] == {"name": "Jofemar", "country": "Spain"}
        assert one["findings"][0] == {
            "severity": "warning",
            "code": "bad_number",
            "line": 8,
            "lines": [8],
            "times": 1,
            "message": "VA101 is no number.",
            "rule": finding_rules()["bad_number"].rule,
            "chapter": "2",
            "advice": finding_rules()["bad_number"].advice,
        }

    def test_of_very_many_lines_the_first_hundred_are_named(self) -> None:
        many = report(EA2=("EA2*EGS*1*2**7",) * 150)
        (one,) = document(checked(many))["reports"]
        found = next(each for each in one["findings"] if each["code"] == "activity_unknown")
        assert (len(found["lines"]), found["times"]) == (100, 150)

    def test_any_case_is_json(self) -> None:
        for case in CASES.values():
            json.dumps(document(check_data(case.provokes, "x")))


class TestText:
    def test_it_fits_a_terminal(self) -> None:
        for case in CASES.values():
            for line in conformance_text(check_data(case.provokes, "/a/path/" * 20)).splitlines():
                assert len(line) <= 80
                assert line.isprintable()
                assert line == line.rstrip()

    def test_it_reads_from_the_machine_to_what_the_maker_should_change(self) -> None:
        text = " ".join(conformance_text(checked()).split())
        places = [
            text.index(part)
            for part in (
                "audit.dex",
                "serial JOF0001234",
                "Jofemar, Spain",
                "0 errors, 1 warning, 2 notes",
                "WARNINGS (1)",
                "bad_number, line 7",
                "VA101 is no number.",
                "(EVA-DTS 6.2.2, ch. 2)",
                "Change: Send digits only",
                "NOTES (2)",
            )
        ]
        assert places == sorted(places)

    def test_a_report_in_order_says_so(self) -> None:
        text = conformance_text(checked(WHOLE))
        assert "0 errors, 0 warnings, 0 notes" in text
        assert "Nothing departs from the standard." in text

    def test_each_report_of_a_file_in_turn(self) -> None:
        text = conformance_text(checked(WHOLE + BAD))
        assert text.index("Report 1 of 2") < text.index("Report 2 of 2") < text.index("bad_number")
        assert "several_reports" in text


class TestPage:
    def test_it_says_what_the_text_says(self) -> None:
        page = " ".join(_Page(conformance_page(checked())).text.split())
        for part in (
            "serial JOF0001234",
            "0 errors, 1 warning, 2 notes",
            "Warnings (1)",
            "VA101 is no number.",
            "EVA-DTS 6.2.2, ch. 5.1.5",
        ):
            assert part in page

    def test_it_needs_nothing_from_anywhere_and_runs_nothing(self) -> None:
        page = _Page(conformance_page(checked()))
        assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "a"})
        assert not any(name in ("src", "href", "style") for name, _ in page.attributes)
        assert not any(name.startswith("on") for name, _ in page.attributes)
        assert "http" not in conformance_page(checked())

    def test_texts_of_a_file_stay_texts(self) -> None:
        evil = '<script>alert("1")</script>&amp;'
        data = report(PA1=f"PA1*10*100*{evil}****2", ID1=f"ID1*{evil}*<b>*1***A&B")
        page = _Page(conformance_page(check_data(data, f"{evil}.dex")))
        assert "script" not in page.tags
        assert f"serial {evil}" in page.text
        assert "asset A&B" in page.text

    def test_every_case_gives_a_page(self) -> None:
        for case in CASES.values():
            _Page(conformance_page(check_data(case.provokes, "\udcff\x1b")))


class TestWriting:
    @pytest.mark.parametrize(("name", "start"), [("a.html", "<!DOCTYPE"), ("a.TXT", "EVA-DTS")])
    def test_by_the_ending_of_the_file(self, tmp_path: Path, name: str, start: str) -> None:
        write_checked(checked(), tmp_path / name)
        assert (tmp_path / name).read_text("utf-8").startswith(start)

    def test_another_ending_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Problem) as problem:
            write_checked(checked(), tmp_path / "a.pdf")
        assert problem.value.code == "output_kind_unknown"
        assert problem.value.exit_code is ExitCode.USAGE
        assert list(tmp_path.iterdir()) == []

    def test_a_place_that_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(Problem) as problem:
            write_checked(checked(), tmp_path / "missing" / "a.html")
        assert problem.value.code == "report_not_written"
        assert isinstance(problem.value.__cause__, OSError)

    def test_a_name_that_is_no_unicode_is_written_too(self, tmp_path: Path) -> None:
        write_checked(check_data(WHOLE, "\udcff.dex"), tmp_path / "a.txt")
        assert (tmp_path / "a.txt").stat().st_size > 100


def test_real_files_on_paper() -> None:
    for file in corpus_files():
        found = check_data(file.read(), file.name)
        _Page(conformance_page(found))
        for line in conformance_text(found).splitlines():
            assert len(line) <= 80
