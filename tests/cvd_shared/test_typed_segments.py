"""Every kind of segment becomes facts of its type: devices, money, prices, blocks, all others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.dex_report import Finding
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.dex.machine_reading import (
    ConfigurationBlock,
    Device,
    Logged,
    MachineReading,
    Meters,
    MoneyFilled,
    MoneyIn,
    MoneyOut,
    MoneyStore,
    PriceListEntry,
    Row,
    StoreContents,
    Temperature,
    UserGroup,
)
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_checks import file_findings, findings
from cvd_shared.dex.report_json import document
from tests.support.dex_reports import codes, reading_of, report_of

FIRST = 3
"""The line of the first segment behind DXS and ST."""


def findings_of(*lines: str) -> dict[str, Finding]:
    (report,) = read_dex(envelope(lines, "CVD0000001")).reports
    return {finding.code: finding for finding in findings(report, make_reading(report))}


def file_codes(data: bytes) -> list[str]:
    return [finding.code for finding in file_findings(read_dex(data))]


class TestRows:
    def test_devices_in_the_order_of_the_report(self) -> None:
        reading = reading_of("CB1*S1*M1*9.1*U*A1", "BA1*S2 *M2", "FA1*S3*M3*1*U3", "TA1****")
        assert reading.devices == (
            Device(3, "CB1", "S1", "M1", "9.1", "U", "A1"),
            Device(4, "BA1", "S2", "M2"),
            Device(5, "FA1", "S3", "M3", "1", "U3"),
            Device(6, "TA1"),
        )

    def test_money_by_its_value(self) -> None:
        reading = reading_of(
            "CA11*50*1*2*3*4*5*6*0*49",
            "CA14*500*1*2*3*4",
            "CA19*1000*1*2*3*4*5*6",
            "CA12*50*1*2*3*4",
            "CA20*1000*1*2*7*3*4*8",
            "CA13*50*1*2",
            "CA21*1000*1*2",
        )
        assert reading.money_in == (
            MoneyIn(3, "CA11", 50, 1, 2, 3, 4, 5, 6),
            MoneyIn(4, "CA14", 500, 1, 2, None, 3, 4, None),
            MoneyIn(5, "CA19", 1000, 1, 2, 3, 4, 5, 6),
        )
        assert reading.money_out == (
            MoneyOut(6, "CA12", 50, 1, 2, 3, 4),
            MoneyOut(7, "CA20", 1000, 1, 2, 3, 4),
        )
        assert reading.money_filled == (
            MoneyFilled(8, "CA13", 50, 1, 2),
            MoneyFilled(9, "CA21", 1000, 1, 2),
        )

    def test_stores_and_what_is_in_them(self) -> None:
        reading = reading_of(
            "CA17*0*5*76***1",
            "CA17*2*25*255*0*3*0",
            "CA23*1*500*9**x*1",
            "CA15*6755",
            "CA15*2690*1*154*117*30",
            "CA22*1000*1*2",
            "HA4*300*2*1",
        )
        assert reading.stores == (
            MoneyStore(3, "CA17", 0, 5, 76, None, None, full=True),
            MoneyStore(4, "CA17", 2, 25, 255, 0, 3, full=False),
            MoneyStore(5, "CA23", 1, 500, 9, None, None, full=True),
        )
        assert reading.contents == (
            StoreContents(6, "CA15", 6755, None, ()),
            StoreContents(7, "CA15", 2690, "1", (154, 117, 30)),
            StoreContents(8, "CA22", 1000, "1", (2,)),
            StoreContents(9, "HA4", 300, "2", (1,)),
        )
        assert (reading.cash.tube_contents, reading.cash.recycler_contents) == (6755, 1000)

    def test_prices_groups_and_what_was_done(self) -> None:
        reading = reading_of(
            "LA1*0*10*125*3*70",
            "DA7*5*1*2*3*4*5*6*7*8",
            "DB7*6*9",
            "EA5*20240205*053209*T1*U*7",
            "EA4*980829*1310*257",
            "EA6*20100111*232706*T2*note",
        )
        assert reading.price_list == (PriceListEntry(3, 0, "10", 125, 3, 70),)
        assert reading.user_groups == (
            UserGroup(4, "DA7", 5, 1, 2, 3, 4, 5, 6, 7, 8),
            UserGroup(5, "DB7", 6, 9, None, None, None, None, None, None, None),
        )
        assert reading.logged == (
            Logged(6, "EA5", "2024-02-05T05:32:09", "T1", 7),
            Logged(7, "EA4", "1998-08-29T13:10:00", "257", None),
            Logged(8, "EA6", "2010-01-11T23:27:06", "T2", None),
        )

    def test_blocks_of_makers(self) -> None:
        reading = reading_of("MA5*TUBE1*75**108*", "MA5", "MA5*CAN")
        assert reading.blocks == (
            ConfigurationBlock(3, "TUBE1", ("75", "", "108", "")),
            ConfigurationBlock(4, "", ()),
            ConfigurationBlock(5, "CAN", ()),
        )

    @pytest.mark.parametrize(
        ("block", "told"),
        [
            ("Snack*OPEN*F*---", ("Snack", None, "F")),
            ("CoLd*22*C*---*DO", ("CoLd", 22, "C")),
            ("Cold*-3*C", ("Cold", -3, "C")),
            ("*41*F", (None, 41, "F")),
            ("44*6", (None, 44, None)),
            ("-2", (None, -2, None)),
        ],
    )
    def test_temperatures(self, block: str, told: tuple[str | None, int | None, str]) -> None:
        assert reading_of(f"MA5*TEMP*{block}").temperatures == (Temperature(3, *told),)

    @pytest.mark.parametrize("block", ["", "OPEN", "Cold*4.5*C", "Cold*22*K", "Cold*C", "9999"])
    def test_what_is_no_temperature_that_we_know(self, block: str) -> None:
        reading = reading_of(f"MA5*TEMP*{block}", "MA5*OTHER*22*C")
        assert reading.temperatures == ()
        assert len(reading.blocks) == 2

    def test_a_segment_without_a_type_of_its_own(self) -> None:
        reading = reading_of("PP1*7*10*LARGE*5*1*2*x*4*9", "EA8*EGS*MO*7*30", "TA10*3*500", "LS*1")
        assert dict(reading.rows) == {
            "PP1": (Row(3, "PP1", ("7", 10, "LARGE", 5, 1, 2, "x", 4, "9")),),
            "EA8": (Row(4, "EA8", ("EGS", "MO", 7, 30)),),
            "TA10": (Row(5, "TA10", (3, 500)),),
            "LS": (Row(6, "LS", ("1",)),),
        }

    def test_dates_of_a_segment_without_a_type_of_its_own(self) -> None:
        reading = reading_of("IC5*20250709*1508*9*EU", "IC5*250230*9")
        assert reading.rows["IC5"] == (
            Row(3, "IC5", ("2025-07-09", "15:08:00", 9, "EU")),
            Row(4, "IC5", ("250230", "9")),
        )

    def test_what_is_in_no_list_is_kept_as_it_was_sent(self) -> None:
        reading = reading_of("ID1*7", "ZZ9* a *b", "VA1*1", "YY1", "ZZ9")
        assert [segment.raw for segment in reading.unknown] == ["ZZ9* a *b", "YY1", "ZZ9"]
        assert [segment.line for segment in reading.unknown] == [4, 6, 7]
        told = report_of("ID1*7", "ZZ9*1")
        assert told["unknown_segments"] == [{"line": 4, "text": "ZZ9*1"}]

    def test_each_segment_of_the_table_has_a_place(self) -> None:
        """Nothing that a report may have is lost: a field, a counter, a row, or the envelope."""
        envelope_ids = {"DXS", "ST", "G85", "SE", "DXE"}
        for kind in segment_table().values():
            if kind.id in envelope_ids:
                continue
            elements = [_sample(element.type) for element in kind.elements.values()]
            reading = reading_of("PA1*1", "*".join([kind.id, *(elements or ["1"])]))
            assert facts_without_envelope(reading) != facts_without_envelope(reading_of("PA1*1")), (
                kind.id
            )


def _sample(type_: str) -> str:
    return {"DT": "20250709", "TM": "1508"}.get(type_, "1")


def facts_without_envelope(reading: MachineReading) -> list[object]:
    return [
        reading.identity,
        reading.money,
        reading.counters,
        reading.selections,
        reading.payments,
        reading.events,
        reading.read_outs,
        reading.machine_clock,
        reading.settings,
        reading.devices,
        reading.price_list,
        reading.user_groups,
        reading.money_in,
        reading.money_out,
        reading.money_filled,
        reading.stores,
        reading.contents,
        reading.blocks,
        reading.logged,
        reading.rows,
    ]


class TestClock:
    @pytest.mark.parametrize(
        ("elements", "clock"),
        [
            ("20250709*1508*48", "2025-07-09T15:08:48"),
            ("250709*1508*7", "2025-07-09T15:08:07"),
            ("250709*150849*7", "2025-07-09T15:08:49"),
            ("250709*1508*60", "2025-07-09T15:08:00"),
            ("250709**7", "2025-07-09"),
            ("250709", "2025-07-09"),
            ("20250709*2460*1", "2025-07-09"),
            ("000000*0000", None),
            ("", None),
        ],
    )
    def test_seconds_stand_in_an_element_of_their_own(
        self, elements: str, clock: str | None
    ) -> None:
        assert reading_of(f"ID5*{elements}").machine_clock == clock


class TestMixedPayments:
    SALES = ("PA7*10*CA*0*40*5*140*3*65", "PA7*10*DA*1*40*4*115*2*55")

    def test_a_vend_paid_in_two_ways_is_one_vend(self) -> None:
        reading = reading_of("PA1*10*40", "PA8*1*25*1*25", *self.SALES)
        assert reading.selections[0].meters[:4] == (8, 255, 4, 120)

    def test_a_machine_that_counts_fewer_than_it_mixed(self) -> None:
        reading = reading_of("PA1*10*40", "PA8*50*25*50*25", *self.SALES)
        assert reading.selections[0].meters[:4] == (9, 255, 5, 120)

    def test_a_machine_that_has_meters_needs_no_payments(self) -> None:
        reading = reading_of("PA1*10*40", "PA2*7*250", "PA8*1*25", *self.SALES)
        assert reading.selections[0].meters == Meters(7, 250)
        assert reading.selections[0].mixed.number_since_init == 1

    def test_payments_of_a_name_that_is_there_twice_count_once(self) -> None:
        reading = reading_of("PA1*10*40", "PA1*10*50", *self.SALES)
        assert [each.meters.sold_since_init for each in reading.selections] == [9, None]


class TestGluedSegments:
    def test_a_segment_that_begins_inside_of_a_number(self) -> None:
        found = findings_of("ID1*7", "VA1*400PA1*10*100")
        assert found["glued_segments"].line == 4
        assert "PA1" in found["glued_segments"].message

    def test_what_follows_in_a_text_is_left_out(self) -> None:
        lines = ("ID1*7", "CA1*MAPA2*1*2*3*4*5*6*7*8")
        reading = reading_of(*lines)
        assert reading.devices == (Device(4, "CA1"),)
        assert {"glued_segments"} <= findings_of(*lines).keys()
        assert "extra_elements" not in findings_of(*lines)

    @pytest.mark.parametrize(
        "line",
        [
            "CA1*CAI1*USQ702C01EA6*0008**",  # a model
            "CA1*CAI1*USQ702C01EA6*A*B*C*D",
            "MA5*CA11*1*2*3",
            "SD1***EA2*EA1*AUTO",
            "PA1*EA1*100*CA1",
        ],
    )
    def test_texts_that_happen_to_end_in_an_id(self, line: str) -> None:
        assert "glued_segments" not in findings_of("ID1*7", line)


class TestFileFindings:
    REPORT = envelope(["ID1*7"], "CVD0000001")

    def test_a_clean_file(self) -> None:
        assert file_codes(self.REPORT) == []
        assert document(self.REPORT)["findings"] == []

    def test_no_report(self) -> None:
        assert file_codes(b"") == ["no_report"]
        assert file_codes(b"Slot 010: Cola\n") == ["no_report", "text_outside"]

    def test_several_reports(self) -> None:
        (finding,) = file_findings(read_dex(self.REPORT * 3))
        assert (finding.code, finding.lines) == ("several_reports", (1, 7, 13))

    def test_wrappers_text_and_segments_around_a_report(self) -> None:
        wrapped = b"<000|Operations|x|__|>" + self.REPORT + b"<AAAA|BBBB>"
        assert file_codes(wrapped) == ["handheld_wrapper"]
        assert file_codes(b"MC5*Line*1\n" + self.REPORT) == ["segment_outside"]
        assert file_codes(b"\n \n" + self.REPORT + b"\x1a") == []
        people = b"Slot 010: Cola\nSlot 011: Water\n" + self.REPORT
        (finding,) = file_findings(read_dex(people))
        assert (finding.code, finding.lines) == ("text_outside", (1, 2))


class TestClockFindings:
    @pytest.mark.parametrize("year", ["1970", "1990", "2000", "2036", "2037", "2099"])
    def test_years_that_cannot_be(self, year: str) -> None:
        assert "clock_wrong" in findings_of("ID1*7", f"ID5*{year}0709*1200")
        assert "clock_wrong" in findings_of("ID1*7", f"EA3*1*{year}0709*1200")

    def test_a_clock_that_was_never_set_is_told_by_the_year_it_shows(self) -> None:
        for shown in ("700101", "19700101"):
            told = findings_of("ID1*7", f"ID5*{shown}*0000")["clock_wrong"]
            assert "1970-01-01" in told.message

    @pytest.mark.parametrize("year", ["2001", "2019", "2026", "2034"])
    def test_years_that_can_be(self, year: str) -> None:
        assert "clock_wrong" not in findings_of("ID1*7", f"ID5*{year}0709*1200")

    def test_dates_after_the_clock(self) -> None:
        lines = ("ID5*20250709*1200", "EA6*20250710*2359", "EA6*20250712", "PA1*1", "PA5*20260101")
        assert findings_of("ID1*7", *lines)["date_after_clock"].lines == (6, 8)
        assert "date_after_clock" not in findings_of("ID1*7", "EA6*20250712")
        assert "date_after_clock" not in findings_of("ID1*7", "ID5*99991231", "EA6*99991231")

    def test_a_clock_beside_the_one_of_the_reader(self) -> None:
        assert "clocks_differ" in codes(report_of("ID1*7", "ID5*250709*1200", "EA3*1*250709*1430"))
        near = report_of("ID1*7", "ID5*250709*1200", "EA3*1*250709*1259")
        assert "clocks_differ" not in codes(near)
        assert "clocks_differ" not in codes(report_of("ID1*7", "ID5*250709", "EA3*1*250709*0030"))


elements = st.lists(
    st.one_of(
        st.sampled_from(
            ["", "0", "1", "7", "12345", "-5", "x", "1.5", " 3 ", "9" * 16, "20250709", "250709"]
        ),
        st.sampled_from(["1200", "120059", "00000000", "99999999", "PA2", "COLA", "y" * 101]),
        st.text(
            st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="*"),
            max_size=5,
        ),
    ),
    max_size=14,
)
GROUPS = ("PA7", "LA1", "DA7", "CA11", "CA14", "CA17", "CA23", "CA15", "EA1", "EA2", "EA5", "BA1")


@given(st.sampled_from(GROUPS), st.lists(elements, min_size=2, max_size=6))
def test_many_segments_of_a_kind_are_read_as_each_of_them_alone(
    segment_id: str, rows: list[list[str]]
) -> None:
    lines = ["*".join([segment_id, *row]) for row in rows]
    together = [row._replace(line=FIRST) for row in typed_rows(reading_of(*lines))]
    alone = [row for line in lines for row in typed_rows(reading_of(line))]
    assert together == alone


def typed_rows(reading: MachineReading) -> list[Any]:
    """The rows of all types."""
    return [
        *reading.payments,
        *reading.price_list,
        *reading.user_groups,
        *reading.money_in,
        *reading.stores,
        *reading.contents,
        *reading.events,
        *reading.logged,
        *reading.devices,
    ]


@given(st.lists(elements, min_size=1, max_size=6), st.sampled_from(["PA2", "PA3", "PA5", "PA8"]))
def test_what_belongs_to_products_is_read_as_for_each_of_them_alone(
    rows: list[list[str]], segment_id: str
) -> None:
    lines = ["*".join([segment_id, *row]) for row in rows]
    pairs = [("PA1*X", line) for line in lines]
    together = reading_of(*(line for pair in pairs for line in pair)).selections
    alone = [reading_of(*pair).selections[0] for pair in pairs]
    assert [each._replace(line=FIRST) for each in together] == alone


product_lines = st.sampled_from(["PA1*1", "PA1*2*50", "PA1", "PA2*5", "PA2*6", "PA4*7"])


@given(st.lists(product_lines, max_size=9))
def test_meters_go_to_the_nearest_product_above(lines: list[str]) -> None:
    expected: list[list[int | None]] = []
    for line in lines:
        if line.startswith("PA1"):
            expected.append([None, None])
        elif expected:
            place = 0 if line.startswith("PA2") else 1
            if expected[-1][place] is None:
                expected[-1][place] = int(line[4:])
    found = [
        [each.meters.sold_since_init, each.free_vends.number_since_init]
        for each in reading_of(*lines).selections
    ]
    assert found == expected
