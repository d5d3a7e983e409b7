"""The conformance of reports: what is told once, what is not told, real files, any bytes at all."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.conformance import conformance
from cvd_shared.dex.conformance_notes import SENTENCES
from cvd_shared.dex.dex_report import Finding
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_profiles import MODELS
from tests.support.corpus import corpus_files
from tests.support.finding_cases import CLEAN, SENDER, WHOLE, edited, report

AT = datetime(2026, 11, 21, 10, 5)  # noqa: DTZ001 - the machine's own clock


def checked(data: bytes) -> list[Finding]:
    return [
        found for each in read_dex(data).reports for found in conformance(each, make_reading(each))
    ]


def finding(code: str, data: bytes) -> Finding:
    return next(each for each in checked(data) if each.code == code)


def codes(data: bytes) -> set[str]:
    return {each.code for each in checked(data)}


class TestTold:
    def test_each_kind_once_with_its_elements_and_lines(self) -> None:
        padded = report(VA1="VA1*0300*03*0100*1", PA2="PA2*03*300*1*100")
        found = finding("leading_zeros", padded)
        assert found.message == "Leading zeros in VA101, VA102, VA103, PA201 (2 lines)."
        assert len(found.lines) == 2
        assert found.line == found.lines[0]
        assert [each.code for each in checked(padded)].count("leading_zeros") == 1

    def test_what_is_long_is_counted(self) -> None:
        many = report(EA2=tuple(f"EA2*EGS*1*2**{digit}" for digit in range(2, 9)))
        found = finding("activity_unknown", many)
        assert found.message.startswith('EA205 is neither 0 nor 1: "2", "3", "4", "5", "6", "7"')
        assert found.message.endswith(" and 1 more (7 lines).")

    def test_text_of_a_file_is_shown_without_what_it_could_do(self) -> None:
        found = finding("id_form", edited(SENDER, "\x1b[2J\x9b" + "A" * 60))
        assert found.message.isprintable()
        assert len(found.message) < 100

    def test_numbers_that_are_none_are_told_by_the_reading_alone(self) -> None:
        data = report(VA1="VA1*3x*3*100*1", ID1="ID1*JOF0001234*CAN 10*1a***A-100")
        assert finding("bad_number", data).message == "VA101 is no number."
        assert finding("not_numeric", data).message == (
            'Text in an element for numbers: ID103 "1a".'
        )


class TestNotTold:
    def test_versions_are_no_numbers(self) -> None:
        assert codes(report(CA1="CA1*JOF1*COIN*0127", ID1="ID1*JOF1*CAN 10*01***A-1")) == set()

    def test_old_machines_may_be_old(self) -> None:
        old = edited(f"{SENDER}*VA*V0/6", "9259630007*VX*V1/1")
        assert codes(old) == set()
        assert "id_form" in codes(edited(SENDER, "9259630007"))  # from 6.0 on

    def test_a_cut_report_is_not_asked_for_what_it_had_no_time_to_say(self) -> None:
        cut = WHOLE[: WHOLE.index(b"PA4*")]
        assert codes(cut) == {"cut_off", "no_check"}

    def test_a_report_over_ddcmp_needs_no_envelope(self) -> None:
        bare = WHOLE[WHOLE.index(b"ID1*") : WHOLE.index(b"G85*")]
        assert codes(bare) == {"no_header", "no_check"}

    def test_each_device_has_segments_of_its_own(self) -> None:
        two = ("DA1*JOF2*CARD*1", "DA2*60*1*0*0", "DA1*JOF3*CARD*1", "DA2*40*1*0*0")
        assert "segment_twice" not in codes(report(DA2=two))
        assert finding("segment_twice", report(DA2=(two[1], two[3]))).lines == (15,)

    def test_segments_of_another_selection_are_no_repeats(self) -> None:
        more = ("PA1*11*100", "PA2*0*0*0*0", "PA4*0*0*0*0")
        assert "segment_twice" not in codes(report(ZZ=more))
        assert "segment_twice" in codes(report(ZZ=(*more, "PA4*0*0*0*0")))

    def test_several_sets_in_an_envelope(self) -> None:
        body = WHOLE[WHOLE.index(b"ST*") : WHOLE.index(b"DXE*")]
        second = body.replace(b"*0001\r\n", b"*0002\r\n")
        two = WHOLE.replace(b"DXE*1*1", second + b"DXE*1*2")
        assert {"set_count", "set_number_differs", "envelope_order"} & codes(two) == set()

    def test_clear_bills_need_no_other_form(self) -> None:
        assert "cumulative_missing" not in codes(report())
        assert "cumulative_missing" in codes(report(CA3="CA3*100*50*50*0*700*100*100"))


class TestAsked:
    @pytest.mark.parametrize(("serial", "asked"), [("JOF55", True), ("CPI55", False)])
    def test_a_device_that_sends_the_report_names_itself_in_full(
        self, serial: str, asked: bool
    ) -> None:
        machine = {"ID1": "ID1*WTN1*CAN 10*1***A-100"}
        lines = report(**machine, DA1=f"DA1*{serial}")
        found = [each for each in checked(lines) if each.code == "mandatory_element"]
        assert bool(found) == asked
        if asked:
            assert "DA102, DA103" in found[0].message

    def test_cash_sales_only_of_machines_that_take_cash(self) -> None:
        card_only = dict.fromkeys(("CA2", "CA3", "CA4", "CA15", "CA17"))
        assert "mandatory_segment" not in codes(report(**card_only))
        assert "CA2" in finding("mandatory_segment", report(CA2=None)).message

    def test_names_of_selections_are_compared_as_they_are_read(self) -> None:
        escaped = report(
            PA1="PA1*A^2A^1*100*COLA", PA7="PA7*A^2a^1 *CA*0*100*3*300*1*100", LA1=None
        )
        assert "unknown_selection" not in codes(escaped)


def test_virtual_machines_keep_to_the_standard() -> None:
    for model in (name for name in MODELS if MODELS[name].frame != "header"):
        data = ready_machine(model, AT).report(AT, "CVD0000001")
        serious = [each for each in checked(data) if each.severity != "info"]
        assert serious == [], model


OF_THE_CHECK_ALONE = {
    "AMS_39": {"id_form", "mandatory_segment", "asset_number_empty", "padding"},
    "Crane": {"padding"},
    "Dixie": {
        "mandatory_segment",
        "mandatory_element",
        "asset_number_empty",
        "identity_incomplete",
    },
    "Royal_660": {
        "mandatory_segment",
        "mandatory_element",
        "asset_number_empty",
        "padding",
        "too_long",
    },
    "Combined": {"mandatory_element", "asset_number_empty", "padding", "too_long"},
    "Test-3": {"mandatory_element", "asset_number_empty", "padding", "too_long"},
    "Test-5": {"mandatory_element", "asset_number_empty", "padding"},
    "Test-6": {"asset_number_empty", "padding"},
    "Test1": {
        "mandatory_segment",
        "mandatory_element",
        "asset_number_empty",
        "identity_incomplete",
    },
    "Test2": {"mandatory_segment", "mandatory_element", "asset_number_empty", "padding"},
    "animo": {"mandatory_segment", "padding", "interval_too_high", "segment_twice"},
    "rhevendors": {"mandatory_element", "padding", "too_long", "interval_too_high"},
    "sielaff": set(),
    "IDS_VCM": {"mandatory_segment", "padding"},
    "reneaaron": {"minus_one", "identity_incomplete", "padding", "transmission_number_differs"},
    "20191206094813": {"mandatory_element", "padding", "too_long"},
    "20191230140739": {"mandatory_element", "padding"},
    "20191230144918": {
        "mandatory_segment",
        "mandatory_element",
        "asset_number_empty",
        "padding",
        "not_numeric",
        "cumulative_missing",
    },
}
"""Beside what the reading finds; each checked by hand against its file."""


def test_real_machines() -> None:
    files = {file.name: file for file in corpus_files()}
    assert len(OF_THE_CHECK_ALONE) == len(files)
    for part, expected in OF_THE_CHECK_ALONE.items():
        (data,) = (file.read() for name, file in files.items() if part in name)
        assert codes(data) & set(SENTENCES) == expected, part


_ELEMENTS = st.text(st.sampled_from("0123456789ABZ ^-.,*\x1b\xff"), max_size=14)
_LINES = st.builds(
    lambda name, elements: "*".join((name, *elements)),
    st.sampled_from([*CLEAN, "LS", "LE", "DA1", "ST", "SE", "DXE", "G85", "XX9", "PA2"]),
    st.lists(_ELEMENTS, max_size=13),
)


class TestAnyInput:
    @given(st.lists(_LINES, max_size=30))
    def test_any_segments(self, lines: list[str]) -> None:
        data = "\r\n".join(("DXS*JOF0000001*VA*V0/6*1", *lines)).encode("latin-1")
        for found in checked(data):
            assert found.line == min(found.lines or (found.line,))
            assert found.message.endswith(".")

    @given(st.binary(max_size=400))
    def test_any_bytes_in_a_report(self, noise: bytes) -> None:
        start = WHOLE.index(b"VA1*")
        for found in checked(WHOLE[:start] + noise + WHOLE[start:]):
            assert found.code in SENTENCES or "\n" not in found.message
            assert found.code not in SENTENCES or found.message.isprintable()

    def test_a_clock_with_seconds_and_no_time(self) -> None:
        assert "bad_time" in codes(report(ID5="ID5*20261121*9999*48"))

    def test_a_report_cut_anywhere(self) -> None:
        for size in range(len(WHOLE)):
            checked(WHOLE[:size])

    def test_very_many_segments(self) -> None:
        lines = [f"PA1*{n}*0{n}" for n in range(5_000)] + ["EA2*EGS*1*2**7"] * 5_000
        found = finding("activity_unknown", envelope(lines, SENDER))
        assert len(found.lines) == 5_000
