"""The vending model counts as the standard's worked examples do, and its audits say so."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.integrity_check import G85
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_model import TUBE_CAPACITY, SlotSetup, VendingModel
from cvd_shared.vending_profiles import MODELS, EventKind
from cvd_shared.vending_state import Slot, meters_in

AT = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)
READER = "CVD0000001"


def new_machine(model: str = "combo", price: int = 40) -> VendingModel:
    """Selection 6 of the standard's examples, filled, with a neighbour; nothing counted yet."""
    setups = [SlotSetup("6", price, 20, "Mint"), SlotSetup("7", 100, 2, "Bar")]
    machine = VendingModel(model, setups, AT, serial_number="4711", asset_number="10042")
    machine.fill_up()
    return machine


def segments(report: bytes) -> list[list[str]]:
    return [line.split("*") for line in report.decode("ascii").split("\r\n") if line]


def elements(machine: VendingModel, code: str, index: int = 0) -> list[int | None]:
    """The elements of a segment as numbers; `index` when it repeats."""
    found = [each for each in segments(machine.report(AT, READER)) if each[0] == code]
    return [int(text) if text.isdigit() else None for text in found[index][1:]]


def pa7(machine: VendingModel, selection: str, device: str) -> list[str]:
    return next(
        each[3:]
        for each in segments(machine.report(AT, READER))
        if each[:3] == ["PA7", selection, device]
    )


class TestWorkedExamples:
    """EVA-DTS chapter 5.2, selection 6 at a list price of 40."""

    def test_cash_vend(self) -> None:
        machine = new_machine()
        assert machine.sell_cash("6", AT)
        assert elements(machine, "VA1")[:4] == [40, 1, 40, 1]
        assert elements(machine, "CA2") == [40, 1, 40, 1]
        assert elements(machine, "PA2")[:4] == [1, 40, 1, 40]
        assert pa7(machine, "6", "CA") == ["0", "40", "1", "40", "1", "40"]

    def test_card_vend(self) -> None:
        machine = new_machine("snack")
        assert machine.sell_card("6", AT)
        assert elements(machine, "VA1")[:4] == [40, 1, 40, 1]
        assert elements(machine, "DA2") == [40, 1, 40, 1]
        assert elements(machine, "CA2") == [0, 0, 0, 0]
        assert elements(machine, "PA2")[:4] == [1, 40, 1, 40]
        assert pa7(machine, "6", "DA") == ["1", "40", "1", "40", "1", "40"]  # price list of cards

    def test_card_vend_with_discount_counts_the_list_price_and_the_discount_apart(self) -> None:
        machine = new_machine()
        assert machine.sell_card("6", AT, discount=10)
        assert elements(machine, "VA1") == [40, 1, 40, 1, 10, 1, 10, 1, 0, 0, 0, 0]
        assert elements(machine, "DA2") == [40, 1, 40, 1]
        assert elements(machine, "DA3") == [30, 30]
        assert elements(machine, "DA5") == [10, 1, 10, 1, 0, 0, 0, 0]
        assert elements(machine, "PA2") == [1, 40, 1, 40, 1, 10, 1, 10, 0, 0, 0, 0]

    def test_card_vend_with_surcharge(self) -> None:
        machine = new_machine()
        assert machine.sell_card("6", AT, surcharge=5)
        assert elements(machine, "VA1") == [40, 1, 40, 1, 0, 0, 0, 0, 1, 5, 1, 5]
        assert elements(machine, "DA3") == [45, 45]
        assert elements(machine, "DA5") == [0, 0, 0, 0, 5, 1, 5, 1]
        assert elements(machine, "PA2") == [1, 40, 1, 40, 0, 0, 0, 0, 1, 5, 1, 5]

    def test_mixed_payment_counts_twice_in_pa7_and_once_in_pa8(self) -> None:
        machine = new_machine()
        assert machine.sell_mixed("6", AT, card=15)
        assert elements(machine, "VA1")[:4] == [40, 1, 40, 1]
        assert elements(machine, "CA2") == [25, 1, 25, 1]
        assert elements(machine, "DA2") == [15, 1, 15, 1]
        assert elements(machine, "DA10") == [1, 15, 1, 15]
        assert elements(machine, "PA2")[:4] == [1, 40, 1, 40]
        assert elements(machine, "PA8") == [1, 25, 1, 25]
        assert pa7(machine, "6", "CA")[2:] == ["1", "25", "1", "25"]
        assert pa7(machine, "6", "DA")[2:] == ["1", "15", "1", "15"]

    def test_mixed_payment_whose_cash_share_is_no_coin_gives_change(self) -> None:
        machine = new_machine()
        machine.fill_tube(5, 2)
        assert machine.sell_mixed("6", AT, card=17)
        assert elements(machine, "CA2")[:2] == [23, 1]
        assert elements(machine, "CA3")[4] == 10 + 25  # the fill, and what was put in
        assert elements(machine, "CA4")[2] == 0  # there is no coin of 2
        assert elements(machine, "CA8")[1] == 2

    @pytest.mark.parametrize(("value_token", "first"), [(False, 0), (True, 4)])
    def test_token_vend_is_no_cash(self, value_token: bool, first: int) -> None:
        machine = new_machine()
        assert machine.sell_token("6", AT, value_token=value_token)
        assert elements(machine, "TA2")[first : first + 4] == [40, 1, 40, 1]
        assert elements(machine, "CA2") == [0, 0, 0, 0]
        assert elements(machine, "CA3") == [0] * 10
        assert pa7(machine, "6", "TA")[2:] == ["1", "40", "1", "40"]

    def test_test_and_free_vends_are_not_paid_vends(self) -> None:
        machine = new_machine()
        assert machine.test_vend("6", AT)
        assert machine.free_vend("6", AT)
        assert elements(machine, "VA1")[:4] == [0, 0, 0, 0]
        assert elements(machine, "VA2")[:4] == [40, 1, 40, 1]
        assert elements(machine, "VA3") == [40, 1, 40, 1]
        assert elements(machine, "PA3") == [1, 40, 1, 40]
        assert elements(machine, "PA4") == [1, 40, 1, 40]
        assert machine.slots["6"].stock == 18

    def test_coin_to_the_cash_box(self) -> None:
        machine = new_machine()
        machine.insert_coin(100)  # there is no tube for it
        assert elements(machine, "CA3") == [100, 100, 0, 0, 100, 100, 0, 0, 0, 0]

    def test_coins_to_the_tubes(self) -> None:
        machine = new_machine()
        machine.insert_coin(25)
        machine.insert_coin(5)
        assert elements(machine, "CA3") == [30, 0, 30, 0, 30, 0, 30, 0, 0, 0]
        assert elements(machine, "CA15")[0] == 30

    def test_a_full_tube_sends_its_coins_to_the_box(self) -> None:
        machine = new_machine()
        machine.fill_tube(25, TUBE_CAPACITY)
        machine.insert_coin(25)
        assert elements(machine, "CA3")[1] == 25

    def test_filling_tubes_by_hand_is_cash_in_as_well(self) -> None:
        machine = new_machine()
        machine.fill_tube(10, 2)
        assert elements(machine, "CA3") == [20, 0, 20, 0, 20, 0, 20, 0, 0, 0]
        assert elements(machine, "CA10") == [20, 20]
        assert elements(machine, "CA15")[0] == 20

    def test_change(self) -> None:
        machine = new_machine(price=70)
        machine.fill_tube(25, 10)
        machine.fill_tube(5, 10)
        before = elements(machine, "CA15")[0]
        assert machine.sell_cash("6", AT, 100)
        assert elements(machine, "CA4")[:4] == [30, 0, 30, 0]
        assert elements(machine, "CA15")[0] == (before or 0) - 30

    def test_dispensing_by_hand(self) -> None:
        machine = new_machine()
        machine.fill_tube(10, 5)
        machine.dispense_by_hand(10, 1)
        assert elements(machine, "CA4")[:4] == [10, 10, 10, 10]
        assert elements(machine, "CA15")[0] == 40

    def test_change_that_the_tubes_cannot_give_is_overpaid(self) -> None:
        machine = new_machine(price=90)
        assert machine.sell_cash("6", AT, 100)
        assert elements(machine, "CA8") == [10, 10]
        assert elements(machine, "CA4")[:4] == [0, 0, 0, 0]

    @pytest.mark.parametrize(
        ("model", "expected"),
        [
            ("combo", [500, 0, 0, 5, 500, 0, 0, 5, 500, 500]),
            ("coffee", [500, 0, 0, 500, 500, 0, 0, 500, 500, 500]),
            ("drink", [500, 0, 0, 5, 500, 0, 0, 5]),
        ],
    )
    def test_bill_in_the_unit_of_the_make(self, model: str, expected: list[int]) -> None:
        machine = new_machine(model)
        machine.insert_bill(500)
        assert elements(machine, "CA3") == expected

    def test_card_reload(self) -> None:
        machine = new_machine()
        machine.reload_card(120)
        assert elements(machine, "DA4") == [120, 120]


class TestIntervals:
    def test_a_reset_clears_the_interval_counters_only(self) -> None:
        machine = new_machine()
        machine.sell_cash("6", AT)
        machine.reset_interval(AT)
        machine.sell_card("6", AT)
        assert elements(machine, "VA1")[:4] == [80, 2, 40, 1]
        assert elements(machine, "CA2") == [40, 1, 0, 0]
        assert elements(machine, "PA2")[:4] == [2, 80, 1, 40]
        assert elements(machine, "EA3")[-1] == 1

    @pytest.mark.parametrize(("model", "interval"), [("snack", 0), ("combo", 1)])
    def test_only_an_auto_machine_resets_by_being_read(self, model: str, interval: int) -> None:
        machine = new_machine(model)
        machine.sell_cash("6", AT)
        assert machine.report(AT) == machine.report(AT)
        machine.read_finished(AT, READER)
        assert elements(machine, "VA1")[:4] == [40, 1, 40 * interval, interval]

    def test_ea3_names_this_read_and_the_one_before(self) -> None:
        machine = new_machine()
        machine.read_finished(AT, READER)
        report = machine.report(AT + timedelta(days=1, minutes=1), "CVD0000002")
        ea3 = next(each for each in segments(report) if each[0] == "EA3")
        assert ea3[2:8] == ["20260305", "102130", "CVD0000002", "20260304", "102030", READER]
        assert ea3[9:] == ["1", "0"]

    def test_a_new_control_board_starts_at_zero(self) -> None:
        machine = new_machine()
        machine.sell_cash("6", AT)
        machine.initialise(AT)
        assert elements(machine, "VA1")[:4] == [0, 0, 0, 0]
        assert machine.slots["6"].stock == 19
        machine.sell_cash("6", AT)
        machine.exchange_board("B2", AT)
        assert elements(machine, "VA1")[:4] == [0, 0, 0, 0]
        assert ["CB1", "B2"] in [each[:2] for each in segments(machine.report(AT))]

    def test_a_counter_wraps_in_its_width(self) -> None:
        machine = new_machine()
        machine.state.meters.paid.value.total = 10**8 - 10
        machine.sell_cash("6", AT)
        assert elements(machine, "VA1")[0] == 30


class TestStockAndEvents:
    def test_a_sold_out_selection_sells_nothing_and_takes_no_money(self) -> None:
        machine = new_machine()
        assert [machine.sell_cash("7", AT, 100) for _ in range(3)] == [True, True, False]
        assert elements(machine, "CA3")[0] == 200
        pa5 = next(each for each in segments(machine.report(AT)) if each[0] == "PA5")
        assert pa5[1:] == ["20260304", "102030", "1"]
        assert ["EA2", "ELB_7", "1", "1", "", "1"] in segments(machine.report(AT))
        machine.fill("7", 2)
        assert ["EA2", "ELB_7", "1", "1", "", "0"] in segments(machine.report(AT))

    def test_the_door_by_the_code_of_each_make(self) -> None:
        for model, code in (("snack", "EGS"), ("combo", "EGS_1"), ("drink", "DO")):
            machine = new_machine(model)
            machine.door_opened(AT)
            found = [each for each in segments(machine.report(AT)) if each[:2] == ["EA2", code]]
            assert [each[-1].lstrip("0") for each in found] == ["1"]

    def test_an_event_that_the_make_has_no_code_for_is_not_reported(self) -> None:
        machine = new_machine("drink")
        before = machine.report(AT)
        machine.event(EventKind.NO_WATER, AT)
        assert machine.report(AT) == before

    def test_power_cuts(self) -> None:
        machine = new_machine()
        machine.power_cut()
        assert elements(machine, "EA7") == [1, 1]

    def test_what_cannot_be_is_refused(self) -> None:
        machine = new_machine()
        before = machine.report(AT)
        with pytest.raises(ValueError, match="no selection"):
            machine.sell_cash("99", AT)
        with pytest.raises(ValueError, match="does not pay"):
            machine.sell_cash("6", AT, 30)
        with pytest.raises(ValueError, match="no coin or bill"):
            machine.sell_cash("6", AT, (33, 33))
        with pytest.raises(ValueError, match="do not fit"):
            machine.fill("6", 1)
        with pytest.raises(ValueError, match="not 1 coins"):
            machine.dispense_by_hand(25, 1)
        assert machine.report(AT) == before

    def test_a_copy_goes_its_own_way(self) -> None:
        machine = new_machine()
        twin = machine.copy()
        twin.sell_cash("6", AT)
        assert elements(machine, "VA1")[1] == 0
        assert elements(twin, "VA1")[1] == 1


class TestMakes:
    def test_number_and_selection_styles(self) -> None:
        first = {name: _first_selection(ready_machine(name, AT)) for name in MODELS}
        names = ("A1", "101", "1", "010", "11", "1", "11", "1")
        assert first == dict(zip(MODELS, names, strict=True))

    def test_first_devices_send_full_width_and_a_loop(self) -> None:
        lines = ready_machine("drink", AT).report(AT).decode("ascii").split("\r\n")
        assert lines[0].split("*")[3] == "V1/1"
        assert "LS*0100" in lines
        assert "LE*0100" in lines
        va1 = next(line for line in lines if line.startswith("VA1*"))
        assert [len(text) for text in va1.split("*")[1:]] == [8, 8, 8, 6]

    def test_auto_and_save_are_said_in_sd1(self) -> None:
        said = {
            name: [
                each[5]
                for each in segments(ready_machine(name, AT).report(AT))
                if each[0] == "SD1" and len(each) > 5
            ]
            for name in ("snack", "coffee")
        }
        assert said == {"snack": ["AUTO"], "coffee": ["SAVE"]}
        assert MODELS["snack"].auto_reset
        assert not MODELS["coffee"].auto_reset

    @pytest.mark.parametrize("model", MODELS)
    def test_any_text_and_currency_makes_a_legal_report(self, model: str) -> None:
        setups = [SlotSetup("*^\u00e9", 40, 3, "a*b^c\r\n\u20ac")]
        machine = VendingModel(
            model, setups, AT, serial_number="*1", location="Caf\u00e9 *", currency="JPY"
        )
        machine.fill_up()
        machine.sell_cash("*^\u00e9", AT, 100)
        report = machine.report(AT, "x*y")
        assert_frame(report, model)
        assert "^2A^^5E^^E9^" in report.decode("ascii")
        assert any(each[:2] == ["ID4", "0"] for each in segments(report))


@pytest.mark.parametrize("model", MODELS)
def test_our_own_reader_understands_every_make(model: str) -> None:
    """Writer and reader share no table: what one counts, the other must find."""
    machine = ready_machine(model, AT)
    file = read_dex(machine.report(AT, READER))
    (report,) = file.reports
    reading = make_reading(report)
    state = machine.state
    assert file.outside == ()
    assert report.complete
    checked = state.profile.frame in ("whole", "miscounted")
    assert report.check.g85 is (G85.OK if checked else G85.ABSENT)
    assert (report.declared == report.counted) == (state.profile.frame == "whole")
    assert not [found for found in reading.findings if found.severity != "info"]
    assert (reading.identity.serial_number or "").endswith(state.serial_number)
    assert reading.identity.asset_number == state.asset_number
    assert (reading.money.currency, reading.money.decimals) == ("USD", 2)
    assert reading.bills_unit == state.profile.bill_unit
    paid = state.meters.paid
    assert reading.paid_vends == (
        paid.value.total,
        paid.count.total,
        paid.value.interval,
        paid.count.interval,
    )
    assert [(each.selection, each.price, *each.meters[:2]) for each in reading.selections] == [
        (slot.selection, slot.price, slot.meters.paid.count.total, slot.meters.paid.value.total)
        for slot in state.slots.values()
    ]


def _first_selection(machine: VendingModel) -> str:
    return next(each[1] for each in segments(machine.report(AT)) if each[0] == "PA1")


def assert_frame(report: bytes, model: str) -> None:
    """G85 over ST up to its own line, SE over ST to SE, DXS and DXE, CRLF; or less, as some do."""
    lines = report.decode("ascii").split("\r\n")
    assert lines[-1] == ""
    frame = MODELS[model].frame
    if frame in ("header", "none"):
        assert not {"ST", "G85", "SE"} & {line.split("*")[0] for line in lines}
        assert lines[0].startswith("ID1*" if frame == "none" else "DXS*")
        assert frame == "none" or lines[-3:] == ["DXE*1*0", "", ""]
        return
    start, end = report.index(b"ST*"), report.index(b"G85*")
    assert report[end + 4 : end + 8].upper() == f"{crc16_arc(report[start:end]):04X}".encode()
    assert lines[0].startswith("DXS*")
    missed = 3 if frame == "miscounted" else 0
    assert lines[-3:-1] == [f"SE*{len(lines) - 3 - missed}*0001", "DXE*1*1"]
    assert not any("\n" in line or "\r" in line for line in lines)


# --- any sequence of what can happen ------------------------------------------------------------

Step = tuple[str, int]
"""What happens, and a number that varies it: the selection, the amount, the minute."""


def _tube(machine: VendingModel, number: int) -> int:
    return list(machine.state.tubes)[number % len(machine.state.tubes)]


def _mixed(machine: VendingModel, slot: Slot, number: int) -> None:
    if slot.price > 1:
        machine.sell_mixed(slot.selection, AT, card=1 + number % (slot.price - 1))


def _fill_tube(machine: VendingModel, slot: Slot, number: int) -> None:
    tube = _tube(machine, number)
    machine.fill_tube(tube, number % (TUBE_CAPACITY - machine.state.tubes[tube] + 1))


def _by_hand(machine: VendingModel, slot: Slot, number: int) -> None:
    tube = _tube(machine, number)
    machine.dispense_by_hand(tube, number % (machine.state.tubes[tube] + 1))


_ACTIONS: dict[str, Callable[[VendingModel, Slot, int], object]] = {
    "cash": lambda m, slot, n: m.sell_cash(slot.selection, AT, slot.price + n % 500),
    "exact cash": lambda m, slot, n: m.sell_cash(slot.selection, AT),
    "card": lambda m, slot, n: m.sell_card(slot.selection, AT),
    "second reader": lambda m, slot, n: m.sell_card(
        slot.selection, AT, device=list(m.state.meters.cards)[-1]
    ),
    "discount": lambda m, slot, n: m.sell_card(
        slot.selection, AT, discount=min(slot.price, n % 20)
    ),
    "surcharge": lambda m, slot, n: m.sell_card(slot.selection, AT, surcharge=n % 20),
    "mixed": _mixed,
    "vend token": lambda m, slot, n: m.sell_token(slot.selection, AT),
    "value token": lambda m, slot, n: m.sell_token(slot.selection, AT, value_token=True),
    "free": lambda m, slot, n: m.free_vend(slot.selection, AT),
    "test": lambda m, slot, n: m.test_vend(slot.selection, AT),
    "stock": lambda m, slot, n: m.set_stock(slot.selection, n % (slot.capacity + 1)),
    "tube": _fill_tube,
    "by hand": _by_hand,
    "reload": lambda m, slot, n: m.reload_card(n),
    "door": lambda m, slot, n: m.door_opened(AT),
    "power": lambda m, slot, n: m.power_cut(),
    "price": lambda m, slot, n: m.set_price(slot.selection, n % 400, AT),
    "read": lambda m, slot, n: m.read_finished(AT, READER),
    "collect": lambda m, slot, n: m.read_finished(AT, READER, 1),
    "reset": lambda m, slot, n: m.reset_interval(AT),
}


def numbers(machine: VendingModel, code: str) -> list[int]:
    """The elements of one segment; a counter never carries a sign."""
    return [value or 0 for value in elements(machine, code)]


def check_identities(machine: VendingModel) -> None:
    """EVA-DTS: what is paid adds up over the devices, what came in over where it went."""
    sent = machine.state.profile.segments
    va1, ca2, da2, ta2 = (numbers(machine, code) for code in ("VA1", "CA2", "DA2", "TA2"))
    db2 = numbers(machine, "DB2") if "DB2" in sent else [0] * 4
    ca3 = numbers(machine, "CA3")
    bills = machine.state.meters.cash.bills
    for part in (0, 2):  # since initialisation, since last reset
        assert va1[part] == ca2[part] + da2[part] + db2[part] + ta2[part] + ta2[part + 4]
    assert ca3[0] == ca3[1] + ca3[2] + bills.interval
    assert ca3[4] == ca3[5] + ca3[6] + bills.total
    products = [each for each in segments(machine.report(AT)) if each[0] == "PA2"]
    assert va1[:4] == [sum(int(each[element]) for each in products) for element in (2, 1, 4, 3)]


def counters(machine: VendingModel) -> Iterator[tuple[int, int]]:
    state = machine.state
    for meter in meters_in((state.meters, {s: x.meters for s, x in state.slots.items()})):
        yield meter.total, meter.interval


def paid_units(machine: VendingModel) -> list[int]:
    return [slot.meters.paid.count.total for slot in machine.slots.values()]


def money_moved(machine: VendingModel) -> int:
    cash = machine.state.meters.cash
    return cash.to_tubes.total - cash.dispensed.total


@settings(max_examples=40, deadline=None)
@given(
    model=st.sampled_from(sorted(MODELS)),
    steps=st.lists(st.tuples(st.sampled_from(sorted(_ACTIONS)), st.integers(0, 999)), max_size=25),
)
def test_whatever_happens_the_counters_stay_sane(model: str, steps: list[Step]) -> None:
    machine = ready_machine(model, AT)
    in_tubes = machine.state.tube_value - money_moved(machine)
    for action, number in steps:
        slot = list(machine.slots.values())[number % len(machine.slots)]
        totals, units = sum(total for total, _ in counters(machine)), paid_units(machine)
        _ACTIONS[action](machine, slot, number)
        assert sum(total for total, _ in counters(machine)) >= totals
        assert all(now >= then for now, then in zip(paid_units(machine), units, strict=True))
        assert all(0 <= interval <= total for total, interval in counters(machine))
        assert all(0 <= slot.stock <= slot.capacity for slot in machine.slots.values())
        assert all(0 <= count <= TUBE_CAPACITY for count in machine.state.tubes.values())
        assert machine.state.tube_value - money_moved(machine) == in_tubes
    assert_frame(machine.report(AT, READER), model)
    check_identities(machine)
    assert machine.report(AT, READER) == machine.copy().report(AT, READER)
