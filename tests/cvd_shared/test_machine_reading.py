"""The facts of an audit, typed: identity, money, meters, selections, events, read-outs."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.element_values import day, moment, number, text, time_of_day
from cvd_shared.dex.machine_reading import (
    Meters,
    PaymentSales,
    ReadOuts,
    Settings,
    SoldOut,
    VendCount,
)
from cvd_shared.dex.money_frame import MoneyFrame, bills_unit, money_frame
from cvd_shared.dex.report_json import document
from tests.support.dex_reports import codes, example, reading_of, report_of


def test_the_example_of_the_command_line() -> None:
    told = document(example())
    assert told["outside"] == []
    (report,) = told["reports"]
    promised = {
        "communication_id": "QRS7654321",
        "version": "V0/6",
        "machine": {
            "asset_number": "777888999",
            "serial_number": "112233445566",
            "model": "ABC1234",
            "control_board": None,
        },
        "decimal_places": 2,
        "currency": "USD",
        "integrity": {
            "g85": "ok",
            "segments_declared": 17,
            "segments_counted": 17,
            "complete": True,
        },
        "totals": {
            "value_of_paid_vends_since_init": 400,
            "number_of_paid_vends_since_init": 5,
            "value_of_paid_vends_since_reset": 150,
            "number_of_paid_vends_since_reset": 2,
        },
        "selections": [
            {
                "selection": "COL 1",
                "price": 50,
                "product": "Snack 1",
                "sold_since_init": 1,
                "value_since_init": 50,
                "sold_since_reset": 1,
                "value_since_reset": 50,
            },
            {
                "selection": "COL 2",
                "price": 100,
                "product": "Snack 2",
                "sold_since_init": 1,
                "value_since_init": 100,
                "sold_since_reset": 0,
                "value_since_reset": 0,
            },
        ],
        "events": [
            {
                "code": "EGS",
                "text": "Cabinet / door: door is open",
                "since_reset": 1,
                "since_init": 36,
                "active": True,
                "at": None,
            }
        ],
    }
    assert {key: report[key] for key in promised} == promised
    assert codes(report) == ["selections_sum", "bills_whole_units"]


class TestValues:
    @pytest.mark.parametrize(
        ("element", "value"),
        [
            ("0", 0),
            ("00000400", 400),
            (" 12 ", 12),
            ("", None),
            ("  ", None),
            ("0" * 40 + "7", 7),
            ("999999999999999", 999_999_999_999_999),
            ("9999999999999999", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("1_0", None),
            ("FFFF", None),
            ("\xb2", None),
        ],
    )
    def test_numbers(self, element: str, value: int | None) -> None:
        assert number(element) == value

    @pytest.mark.parametrize(
        ("element", "value"),
        [
            ("250709", "2025-07-09"),
            ("20250709", "2025-07-09"),
            ("370710", "2037-07-10"),
            ("980829", "1998-08-29"),
            ("250230", None),
            ("000000", None),
            ("2507", None),
            ("today1", None),
        ],
    )
    def test_dates(self, element: str, value: str | None) -> None:
        assert day(element) == value

    @pytest.mark.parametrize(
        ("element", "value"),
        [("2000", "20:00:00"), ("150849", "15:08:49"), ("2400", None), ("1260", None), ("9", None)],
    )
    def test_times(self, element: str, value: str | None) -> None:
        assert time_of_day(element) == value

    def test_moments(self) -> None:
        assert moment("250709", "2000") == "2025-07-09T20:00:00"
        assert moment("250709", "") == "2025-07-09"
        assert moment("", "2000") is None

    @given(st.text())
    def test_no_text_raises(self, element: str) -> None:
        for read in (number, text, day, time_of_day):
            read(element)

    def test_a_number_that_is_none_is_told_with_its_place(self) -> None:
        report = report_of("ID1*7", "VA1*40x*5", "PA1*10*1.50", "PA2*FFFF*2", "PA2*9*9")
        assert report["totals"]["value_of_paid_vends_since_init"] is None
        assert report["totals"]["number_of_paid_vends_since_init"] == 5
        assert report["selections"][0]["price"] is None
        assert report["selections"][0]["sold_since_init"] is None
        assert report["selections"][0]["value_since_init"] == 2
        told = [f["message"][:5] for f in report["findings"] if f["code"] == "bad_number"]
        assert told == ["VA101", "PA102", "PA201"]


class TestIdentity:
    def test_everything_that_says_who_it_is(self) -> None:
        reading = reading_of("ID1*S1*M2*03*Hall 4*x* A6 ", "CB1*B1*BM*9.1", "ID5*250709*2000**NA")
        identity = reading.identity
        assert identity.asset_number == "A6"
        assert (identity.serial_number, identity.model, identity.build) == ("S1", "M2", "03")
        assert (identity.location, identity.control_board, identity.software) == (
            "Hall 4",
            "B1",
            "9.1",
        )
        assert reading.machine_clock == "2025-07-09T20:00:00"

    def test_a_machine_that_does_not_say_who_it_is(self) -> None:
        assert codes(report_of("VA1*1")) == ["no_identity"]
        assert codes(report_of("ID1***9985", "CB1*B1")) == []

    def test_the_first_of_doubled_segments_counts(self) -> None:
        reading = reading_of("ID1*1", "ID1*2", "VA1*100", "VA1*200*7")
        assert reading.identity.serial_number == "1"
        assert reading.paid_vends.value_of_paid_vends_since_init == 100

    def test_an_endless_name_is_cut(self) -> None:
        report = report_of(f"ID1*{'9' * 5000}")
        assert len(report["machine"]["serial_number"]) == 100
        assert "long_text" in codes(report)


class TestMoney:
    @pytest.mark.parametrize(
        ("elements", "decimals", "currency"),
        [
            ((), 2, None),
            (("2", "1840", "USD"), 2, "USD"),
            (("2", "1978", ""), 2, "EUR"),
            (("2", "978"), 2, "EUR"),
            (("2", "840", "USD"), 2, "USD"),
            (("0", "036", "AUD "), 0, "AUD"),
            (("2", "", "XTS"), 2, "XTS"),
            (("1", "7", ""), 1, None),
            (("", "0001", "5"), 2, None),
            (("2", "001", "1"), 2, None),
            (("2", "0840", "1"), 2, None),
            (("0", "039", "050"), 0, None),
            (("2", "FFFF", "1"), 2, None),
            (("2", "1392", "jpy"), 2, "JPY"),
        ],
    )
    def test_decimals_and_currency(
        self, elements: tuple[str, ...], decimals: int, currency: str | None
    ) -> None:
        assert money_frame(*elements) == MoneyFrame(decimals, currency)

    def test_senseless_decimals(self) -> None:
        for element in ("9", "x", "99999999999999999"):
            assert money_frame(element) == MoneyFrame(2, None, decimals_known=False)
        assert "decimals_unknown" in codes(report_of("ID4*9"))
        assert "currency_unknown" in codes(report_of("ID4*2*0001*5"))
        assert codes(report_of("ID1*7")) == []

    @pytest.mark.parametrize(
        ("cash_in", "decimals", "unit"),
        [
            ("0*0*0*0*1548510*168960*329450*10501*0*1050100", 2, 100),  # whole units
            ("188110*33900*66210*88000*214290*34100*89190*91000*88000*91000", 2, 1),  # minor units
            ("7195890*1913330*1656460*36261*7195890*1913330*1656460*36261", 2, 100),
            ("1*1*1*1*300*100*100*100", 2, 1),
            ("1*1*1*1*300*100*100*70", 2, None),
            ("1*1*1*1*300*100*100*70*0*9", 2, None),
            ("0*0*0*0*5*3*2*0", 2, 1),
            ("0*0*0*4*40*3*2*35", 0, 1),
            ("0*0*0*4", 2, None),
            ("", 2, None),
        ],
    )
    def test_the_unit_of_bills(self, cash_in: str, decimals: int, unit: int | None) -> None:
        assert bills_unit([number(each) for each in cash_in.split("*")], decimals) == unit

    def test_totals_for_people(self) -> None:
        reading = reading_of(
            "ID1*7",
            "VA1*400*5*150*2",
            "CA3*0*0*0*1*700*100*100*5*100*500",
            "CA15*2500*1*3",
            "CA15*9",
        )
        totals = {total.code: total for total in reading.totals}
        assert totals["VA101"].name == "Value of All Paid Vends Since Initialisation"
        assert (totals["VA101"].value, totals["VA101"].money) == (400, True)
        assert (totals["VA102"].value, totals["VA102"].money) == (5, False)
        assert (totals["CA308"].value, totals["CA308"].money) == (500, True)
        assert totals["CA1501"].value == 2500

    def test_bills_whose_unit_nobody_knows_are_no_money(self) -> None:
        reading = reading_of("CA3*0*0*0*1", "ID1*7", "CA3*0*0*0*1*700*100*100*6")
        totals = {total.code: total for total in reading.totals}
        assert (totals["CA308"].value, totals["CA308"].money) == (6, False)


class TestSelections:
    def test_meters_belong_to_the_product_above(self) -> None:
        lines = ("PA1*10*100*Cola*12*10**0*7", "PA2*1*100*2*200*3*300", "PA3*4", "PA4*5")
        reading = reading_of("ID1*7", *lines, "PA5*250709*1200*3", "PA1*12*150*****1", "PA2*8*9")
        cola, other = reading.selections
        assert (cola.selection, cola.price, cola.product, cola.named) == ("10", 100, "Cola", True)
        assert (cola.capacity, cola.fill_level, cola.level, cola.present) == (12, 10, 7, True)
        assert cola.meters == Meters(1, 100, 2, 200, 3, 300)
        assert (cola.test_vends, cola.free_vends) == (VendCount(4), VendCount(5))
        assert cola.sold_out == SoldOut("2025-07-09T12:00:00", 3)
        assert (other.present, other.meters, other.line) == (False, Meters(8, 9), 9)

    def test_selections_without_a_name_are_numbered(self) -> None:
        unnamed = report_of("ID1*7", "PA1**1", "PA1**2")
        assert [line["selection"] for line in unnamed["selections"]] == ["1", "2"]
        report = report_of("ID1*7", "PA1**1*5", "PA2*1", "PA1*3*50", "PA1**3*5")
        assert [line["selection"] for line in report["selections"]] == ["1", "3", "#3"]
        assert codes(report).count("selection_unnamed") == 1

    def test_a_name_that_is_there_twice_is_told(self) -> None:
        report = report_of("ID1*7", "PA1*10*50", "PA2*1", "PA1*10*60", "PA2*2")
        assert [line["sold_since_init"] for line in report["selections"]] == [1, 2]
        assert "selection_twice" in codes(report)

    def test_meters_without_a_product_above_are_told(self) -> None:
        report = report_of("ID1*7", "PA2*1*2", "PA4*3", "PA1*10*50")
        assert report["selections"][0]["sold_since_init"] is None
        assert codes(report) == ["no_selection_above"]

    def test_machines_that_leave_out_products_or_their_meters(self) -> None:
        sales = ("PA7*10*CA*0*100*1*100*1*100", "PA7*10*DA*1*100*2*200", "PA7*11*CA*0*50*3*150*0*0")
        meters = [Meters(3, 300, 1, 100), Meters(3, 150, 0, 0)]
        without_products = reading_of("ID1*7", *sales)
        assert [each.selection for each in without_products.selections] == ["10", "11"]
        assert [each.meters for each in without_products.selections] == meters
        without_meters = reading_of("ID1*7", "PA1*10*100", "PA1*11*50", *sales)
        assert [each.meters for each in without_meters.selections] == meters
        assert without_meters.payments[1] == PaymentSales(7, "10", "DA", 1, 100, 2, 200, None, None)

    def test_odd_names_of_machines_that_leave_out_products(self) -> None:
        reading = reading_of("ID1*7", "PA7*A^2A^1*CA*0*100*1*100*1*100")
        (selection,) = reading.selections
        assert (selection.selection, selection.meters.sold_since_init) == ("A*1", 1)

    def test_the_loop_of_older_machines(self) -> None:
        reading = reading_of("ID1*7", "LS*0100", "PA1*1*100", "PA2*5", "LE*0100")
        assert [each.meters.sold_since_init for each in reading.selections] == [5]


class TestEvents:
    def events(self, *lines: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = report_of("ID1*7", *lines)["events"]
        return events

    def test_counted_events(self) -> None:
        (event,) = self.events("EA2*EJB61*0*4**0*300")
        assert event == {
            "code": "EJB61",
            "text": "Food, snack or can/bottle system: dispense motor error (61)",
            "since_reset": 0,
            "since_init": 4,
            "active": False,
            "at": None,
        }

    def test_dated_events(self) -> None:
        (event,) = self.events("EA1*EGS*250606*1209***42")
        assert (event["at"], event["active"], event["since_init"]) == (
            "2025-06-06T12:09:00",
            None,
            None,
        )

    def test_events_that_make_no_sense(self) -> None:
        report = report_of(
            "ID1*7", "EA2**0*8**0", "EA2*XYZ****7", "EA1*EGS*251350*1200", "EA1*EGS*0"
        )
        assert [event["code"] for event in report["events"]] == ["", "XYZ", "EGS", "EGS"]
        assert [event["active"] for event in report["events"]] == [False, None, None, None]
        assert [event["at"] for event in report["events"]] == [None] * 4
        assert codes(report) == ["event_unnamed", "maker_event", "bad_date"]


def test_read_outs_and_reset_mode() -> None:
    line = "EA3*5*250709*2000*XYZ1234567*250708*1341*ABC**12*6"
    reading = reading_of("ID1*7", line, "SD1*****AUTO*AUTO")
    assert reading.read_outs == ReadOuts(
        with_reset=5,
        at="2025-07-09T20:00:00",
        reader="XYZ1234567",
        last_at="2025-07-08T13:41:00",
        last_reader="ABC",
        reads=12,
        resets=6,
    )
    assert reading.settings == Settings(interval_reset="AUTO", event_reset="AUTO")
    assert "resets_when_read" in codes(report_of("ID1*7", "SD1*****AUTO"))
    assert reading_of("ID1*7", "SD1*0000").settings == Settings()


segment_line = st.builds(
    lambda name, elements: "*".join([name, *elements]),
    st.sampled_from(["ID1", "ID4", "VA1", "CA3", "PA1", "PA2", "PA5", "PA7", "EA1", "EA2", "EA3"]),
    st.lists(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n*")), max_size=12),
)


@given(st.lists(segment_line, max_size=12))
def test_any_elements_give_a_document(lines: list[str]) -> None:
    data = "\r\n".join(["DXS*A*VA*V0/6*1", "ST*001*0001", *lines, "DXE*1*1"]).encode("latin-1")
    assert json.loads(json.dumps(document(data))) == document(data)
