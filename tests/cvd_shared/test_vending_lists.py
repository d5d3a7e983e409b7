"""The lists of DDCMP of a vending model: what they hold, and what reading them clears."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.ready_machine import ready_machine, sell_for_a_while
from cvd_shared.vending_model import SlotSetup, VendingModel
from cvd_shared.vending_profiles import MODELS

AT = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=3)
READER = "CVD0000001"


def new_machine(model: str = "combo") -> VendingModel:
    setups = [SlotSetup("6", 40, 20, "Mint"), SlotSetup("7", 100, 1, "Bar")]
    machine = VendingModel(model, setups, AT, serial_number="4711", asset_number="10042")
    machine.fill_up()
    return machine


def lines(machine: VendingModel, code: str, list_number: int = 2) -> list[list[str]]:
    report = machine.list_report(list_number, LATER, READER) or b""
    found = (line.split("*") for line in report.decode("ascii").split("\r\n"))
    return [line[1:] for line in found if line[0] == code]


def element(machine: VendingModel, code: str, position: int) -> str:
    return lines(machine, code)[0][position - 1]


VENDS: dict[str, Callable[[VendingModel], object]] = {
    "cash": lambda machine: machine.sell_cash("6", LATER),
    "card": lambda machine: machine.sell_card("6", LATER),
    "mixed": lambda machine: machine.sell_mixed("6", LATER, card=15),
    "token": lambda machine: machine.sell_token("6", LATER),
}


class TestWhatAReadClears:
    @pytest.mark.parametrize("kind", VENDS)
    def test_list_1_is_cleared_by_the_next_paid_vend(self, kind: str) -> None:
        machine = new_machine()
        machine.sell_cash("6", AT, 100)
        before = machine.list_report(1, AT)
        machine.read_finished(AT, READER, 1)
        assert element(machine, "VA1", 3) == "40"
        machine.test_vend("6", LATER)
        machine.free_vend("6", LATER)
        assert element(machine, "VA1", 3) == "40"
        VENDS[kind](machine)
        assert lines(machine, "VA1")[0][:4] == ["80", "2", "40", "1"]
        assert lines(machine, "VA2")[0][:4] == ["40", "1", "0", "0"]
        assert element(machine, "CA3", 1) == {"cash": "40", "mixed": "25"}.get(kind, "0")
        assert before == new_machine_after_one_sale().list_report(1, AT)

    def test_a_customer_at_an_empty_selection_clears_nothing(self) -> None:
        machine = new_machine()
        machine.sell_cash("7", AT, 100)
        machine.read_finished(AT, READER, 1)
        assert not machine.sell_cash("7", LATER, 100)
        assert element(machine, "VA1", 3) == "100"
        assert machine.sell_cash("6", LATER)
        assert element(machine, "VA1", 3) == "40"

    @pytest.mark.parametrize("list_number", [2, 50, 64])
    @pytest.mark.parametrize("model", ["combo", "snack"])  # set to SAVE, set to AUTO
    def test_every_other_list_clears_nothing(self, model: str, list_number: int) -> None:
        machine = new_machine(model)
        machine.sell_cash("6", AT)
        machine.door_opened(AT)
        machine.door_closed(AT)
        events = lines(machine, "EA1")
        machine.read_finished(AT, READER, list_number)
        machine.sell_cash("6", LATER)
        assert lines(machine, "VA1")[0][:4] == ["80", "2", "80", "2"]
        assert lines(machine, "EA1") == events

    def test_list_1_read_twice_is_cleared_once(self) -> None:
        machine = new_machine()
        machine.sell_cash("6", AT)
        machine.read_finished(AT, READER, 1)
        machine.read_finished(AT, READER, 1)
        machine.sell_cash("6", LATER)
        machine.sell_cash("6", LATER)
        assert lines(machine, "VA1")[0][:4] == ["120", "3", "80", "2"]

    def test_a_read_by_dex_leaves_what_list_1_owes(self) -> None:
        machine = new_machine("combo")
        machine.sell_cash("6", AT)
        machine.read_finished(AT, READER, 1)
        machine.read_finished(AT, READER)
        machine.sell_cash("6", LATER)
        assert lines(machine, "VA1")[0][:4] == ["80", "2", "40", "1"]

    def test_ea3_counts_reads_resets_and_names_the_last_reader(self) -> None:
        machine = new_machine()
        assert lines(machine, "EA3")[0][3:] == [READER, "", "", "", "", "0", "0"]
        for list_number in (1, 2, 64):
            machine.read_finished(AT, "DDCMP PORT", list_number)
        assert lines(machine, "EA3")[0][0] == "0"
        machine.sell_cash("6", LATER)
        (ea3,) = lines(machine, "EA3")
        assert ea3[0] == "1"
        assert ea3[3:] == [READER, "20260304", "102030", "DDCMP PORT", "", "2", "1"]


def new_machine_after_one_sale() -> VendingModel:
    machine = new_machine()
    machine.sell_cash("6", AT, 100)
    return machine


class TestWhatAListHolds:
    @pytest.mark.parametrize("model", MODELS)
    def test_our_reader_understands_every_list(self, model: str) -> None:
        machine = ready_machine(model, AT)
        for list_number in (1, 2, 50, 64, *MODELS[model].maker_lists):
            (report,) = read_dex(machine.list_report(list_number, AT, READER) or b"").reports
            reading = make_reading(report)
            assert report.complete
            assert [found for found in reading.findings if found.severity != "info"] == []
            if list_number in (1, 2, 50):
                paid = machine.state.meters.paid.count.total
                assert reading.paid_vends[1] == paid
        assert machine.list_report(1, AT, READER) == machine.list_report(2, AT, READER)
        assert machine.list_report(1, AT, READER) == machine.report(AT, READER)

    @pytest.mark.parametrize("model", MODELS)
    def test_other_lists_are_refused(self, model: str) -> None:
        machine = ready_machine(model, AT)
        known = {1, 2, 50, 64, *MODELS[model].maker_lists}
        held = {number for number in range(256) if machine.list_report(number, AT) is not None}
        assert held == known

    def test_the_configuration_is_in_the_form_of_the_make(self) -> None:
        machine = new_machine("coffee")
        assert lines(machine, "PC7", 64)[:2] == [["6", "CA", "0", "40"], ["6", "DA", "1", "40"]]
        assert lines(machine, "PC1", 64) == []
        assert lines(machine, "IC1", 64)[0][5] == "10042"
        assert lines(machine, "SD1", 64)[0][4:] == ["SAVE", "AUTO"]
        assert lines(machine, "VA1", 64) == []
        assert lines(new_machine("combo"), "PC1", 64)[0][:3] == ["6", "40", "Mint"]
        assert lines(new_machine("espresso"), "ID1", 64)[0][5] == "10042"

    def test_the_full_dump_has_both(self) -> None:
        codes = {"VA1", "PA1", "PC1", "IC1"}
        machine = new_machine("combo")
        assert {code for code in codes if lines(machine, code, 50)} == codes


def test_there_are_at_least_six_makes_on_both_links() -> None:
    assert len({profile.make for profile in MODELS.values()}) >= 6
    for link in ("dexucs", "ddcmp"):
        assert any(profile.links[0] == link for profile in MODELS.values())
    frames = {profile.frame for profile in MODELS.values()}
    assert frames == {"whole", "miscounted", "header", "none"}
    assert any(profile.fixed_speed for profile in MODELS.values())
    assert any(profile.zero_padded for profile in MODELS.values())


class TestBetweenTwoReads:
    @pytest.mark.parametrize("model", MODELS)
    def test_something_of_every_kind_happens(self, model: str) -> None:
        machine = ready_machine(model, AT)
        before = machine.copy()
        sell_for_a_while(machine, LATER)
        now, then = machine.state.meters, before.state.meters
        assert now.cash.sales.count.total > then.cash.sales.count.total
        assert now.cards["DA"].sales.count.total > then.cards["DA"].sales.count.total
        assert now.cards["DA"].discounts.count.total > 0 or model in ("drink", "spiral")
        assert now.test.count.total > then.test.count.total
        assert now.power_cuts.total > then.power_cuts.total
        small = any(slot.capacity <= 12 for slot in machine.slots.values())
        assert any(slot.stock == 0 for slot in machine.slots.values()) == small

    @pytest.mark.parametrize("model", MODELS)
    def test_the_next_turn_fills_up_and_sells_elsewhere(self, model: str) -> None:
        machine = ready_machine(model, AT)
        sold = []
        for turn in range(4):
            units = [slot.meters.paid.count.total for slot in machine.slots.values()]
            sell_for_a_while(machine, LATER, turn)
            after = [slot.meters.paid.count.total for slot in machine.slots.values()]
            sold.append(tuple(now > then for now, then in zip(after, units, strict=True)))
        assert len(set(sold[:3])) == 3
        assert all(any(turn) for turn in sold)
