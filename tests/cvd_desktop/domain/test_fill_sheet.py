"""The fill sheet: what a person types at the slots, and what the visit will say of it."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.domain.fill_sheet import (
    CellEdit,
    FillSheet,
    PendingChange,
    SheetError,
    SlotFacts,
    typed_units,
)
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import SpoilReason

A1, A2, B1 = SlotKey(1, "A1"), SlotKey(1, "A2"), SlotKey(1, "B1")
REASONS: tuple[SpoilReason, ...] = ("expired", "damaged", "melted")


def slot(label: str = "A1", *, cabinet: int = 1, **changes: object) -> SlotFacts:
    """Par 8 of 10, holds 3, row and column by its label."""
    facts: dict[str, object] = {
        "key": SlotKey(cabinet, label),
        "row": ord(label[0]) - ord("A") + 1,
        "column": int(label[1:]),
        "selection": label,
        "product_id": "p1",
        "product_name": "Salted crisps",
        "capacity": 10,
        "par": 8,
        "price": 150,
        "stock": 3,
        "sure": True,
        "doubt": "",
        "recount": False,
        "source": "C",
        "known_at": None,
        "known_units": None,
        "sold_since": 0,
        "per_day": None,
        "days_left": None,
    }
    return SlotFacts(**(facts | changes))  # type: ignore[arg-type]


def sheet(*slots: SlotFacts) -> FillSheet:
    return FillSheet(slots or (slot(),))


def refusal(act: Callable[[], object]) -> SheetError:
    with pytest.raises(SheetError) as caught:
        act()
    return caught.value


# --- looking ------------------------------------------------------------------------------------


def test_slots_of_which_nobody_knows_what_they_hold_are_in_no_sum_and_are_told() -> None:
    """A slot without a product holds nothing and is known; a count makes a slot known."""
    first = sheet(
        slot("A1"),
        slot("A2", stock=None, sure=False, doubt="never_counted", recount=True),
        slot("A3", stock=None, product_id=None),
    )
    totals = first.totals()
    assert (totals.before, totals.not_known, totals.not_known_after) == (3, 1, 1)
    totals = first.count(SlotKey(1, "A2"), 2).totals()
    assert (totals.before, totals.not_known, totals.not_known_after) == (5, 0, 0)


# --- filling ------------------------------------------------------------------------------------


def test_one_key_fills_every_slot_to_par() -> None:
    filled = sheet(slot("A1"), slot("A2", stock=0), slot("A3", stock=8)).all_to_par()
    assert [(cell.put_in, cell.after) for cell in filled.cells()] == [(5, 8), (8, 8), (0, 8)]
    totals = filled.totals()
    assert (totals.before, totals.after, totals.par, totals.put_in) == (11, 24, 24, 13)
    assert (totals.sold_out, totals.sure, totals.slots) == (1, 3, 3)


def test_a_fill_that_was_set_by_hand_stays_when_all_others_go_to_par() -> None:
    filled = sheet(slot("A1"), slot("A2")).set_fill(A1, 2).all_to_par()
    assert [cell.put_in for cell in filled.cells()] == [2, 5]


def test_all_to_par_of_a_cabinet_leaves_the_others() -> None:
    filled = sheet(slot("A1"), slot("A1", cabinet=2)).all_to_par(2)
    assert [cell.put_in for cell in filled.cells()] == [0, 5]
    assert filled.totals(1).put_in == 0
    assert filled.totals(2).put_in == 5


def test_a_slot_that_nobody_knows_is_not_filled_blindly() -> None:
    unknown = sheet(slot("A1", stock=None, sure=False), slot("A2", stock=0, recount=True))
    assert unknown.all_to_par().totals().put_in == 0
    assert unknown.totals().to_count == 2
    assert refusal(lambda: unknown.to_par(A1)).code == "count_first"
    counted = unknown.count(A1, 4).all_to_par()
    assert counted.cell(A1).after == 8
    assert counted.totals().to_count == 1


def test_what_was_put_into_an_unknown_slot_leaves_it_unknown() -> None:
    line = sheet(slot(stock=None)).set_fill(A1, 4).lines()[0]
    assert (line.before, line.filled, line.after) == (None, 4, None)


def test_a_short_load_limits_par_and_says_so() -> None:
    short = sheet(slot(stock=3, par=10, allotted=4)).all_to_par()
    assert (short.cell(A1).put_in, short.cell(A1).after, short.cell(A1).flag) == (4, 7, "short")
    assert short.totals().short == 1
    found_more = short.set_fill(A1, 7)
    assert found_more.cell(A1).flags == ()


@pytest.mark.parametrize("units", [8, 100, 10**12])
def test_more_than_fits_is_refused_with_what_fits(units: int) -> None:
    full = sheet()
    error = refusal(lambda: full.set_fill(A1, units))
    assert (error.code, error.values) == ("above_capacity", {"fits": 7})
    assert full.cell(A1).put_in == 0


@pytest.mark.parametrize("units", [-1, True, 1.5, "3"])
def test_what_is_no_number_of_units_is_refused(units: object) -> None:
    for act in (FillSheet.set_fill, FillSheet.remove, FillSheet.count, FillSheet.confirm_price):
        error = refusal(lambda act=act: act(sheet(), A1, units))  # type: ignore[misc]
        assert error.code == "not_a_number"


@pytest.mark.parametrize("text", ["", "-3", "3.5", "abc", "3e2", "٣", "1" * 40])
def test_letters_and_signs_are_no_units(text: str) -> None:
    assert refusal(lambda: typed_units(text)).code == "not_a_number"


def test_typed_digits_are_units() -> None:
    assert (typed_units("07"), typed_units(" 12 ")) == (7, 12)


def test_a_slot_that_is_not_there_or_holds_no_product_is_named() -> None:
    empty = sheet(slot(product_id=None, product_name="", stock=None))
    assert refusal(lambda: sheet().set_fill(B1, 1)).values == {"slot": "B1"}
    assert refusal(lambda: empty.set_fill(A1, 1)).code == "empty_slot"
    assert refusal(lambda: empty.to_par(A1)).code == "empty_slot"
    assert empty.all_to_par().lines() == ()
    assert empty.totals().to_count == 0


# --- taking out, counting -------------------------------------------------------------------------


def test_more_than_is_in_it_cannot_come_out() -> None:
    held = sheet()
    assert refusal(lambda: held.remove(A1, 4)).values == {"holds": 3}
    spoiled = held.spoil(A1, 2, "expired")
    assert refusal(lambda: spoiled.remove(A1, 2)).code == "below_zero"
    assert refusal(lambda: spoiled.spoil(A1, 2, "damaged")).code == "below_zero"
    assert spoiled.remove(A1, 1).cell(A1).after == 0


def test_reasons_of_spoilage_stand_side_by_side_and_zero_takes_one_back() -> None:
    spoiled = sheet().spoil(A1, 1, "expired").spoil(A1, 2, "damaged")
    line = spoiled.lines()[0]
    assert {(each.units, each.reason) for each in line.spoiled} == {(1, "expired"), (2, "damaged")}
    assert (line.after, spoiled.cell(A1).flag) == (0, "spoiled")
    assert spoiled.spoil(A1, 0, "damaged").cell(A1).after == 2


def test_a_slot_that_was_filled_to_par_stays_at_par_when_units_spoil() -> None:
    filled = sheet().all_to_par().spoil(A1, 2, "melted")
    assert (filled.cell(A1).put_in, filled.cell(A1).after) == (7, 8)
    by_hand = sheet().set_fill(A1, 3).spoil(A1, 2, "melted")
    assert (by_hand.cell(A1).put_in, by_hand.cell(A1).after) == (3, 4)


def test_a_count_is_what_was_found_and_the_fill_goes_on_top() -> None:
    counted = sheet(slot(stock=6, recount=True, sure=False)).count(A1, 2).set_fill(A1, 5)
    line = counted.lines()[0]
    assert (line.before, line.counted, line.filled, line.after) == (6, 2, 5, 7)
    assert counted.cell(A1).flags == ()
    assert counted.totals().sure == 1
    assert sheet().all_to_par().count(A1, 6).cell(A1).put_in == 2


def test_a_count_that_contradicts_what_was_typed_is_refused() -> None:
    assert refusal(lambda: sheet().count(A1, 11)).values == {"fits": 10}
    assert refusal(lambda: sheet().remove(A1, 3).count(A1, 2)).values == {"holds": 2}
    assert refusal(lambda: sheet().set_fill(A1, 6).count(A1, 9)).values == {"fits": 1}
    assert sheet().count(A1, 2).count(A1, None).lines() == ()


# --- changes of the office ------------------------------------------------------------------------


def test_a_planned_product_waits_for_the_person_at_the_slot() -> None:
    change = PendingChange("p9", "Oat bar", 170)
    planned = sheet(slot(change=change)).all_to_par()
    assert (planned.cell(A1).flag, planned.cell(A1).put_in) == ("change", 0)
    done = planned.confirm_change(A1).all_to_par()
    line = done.lines()[0]
    assert (line.product_id, line.was_product_id, line.price) == ("p9", "p1", 170)
    assert (line.before, line.removed, line.filled, line.after) == (3, 3, 8, 8)
    assert done.cell(A1).flags == ()
    assert planned.confirm_change(A1).undo().edits == planned.edits
    swapped = planned.confirm_change(A1)
    assert swapped.next_flag(None) == A1, "nothing was put in yet"
    assert swapped.set_fill(A1, 0).next_flag(None) is None
    assert done.next_flag(None) is None


def test_a_planned_price_is_confirmed_without_a_swap() -> None:
    planned = sheet(slot(change=PendingChange(price=170)))
    assert planned.all_to_par().cell(A1).put_in == 5
    line = planned.confirm_change(A1).lines()[0]
    assert (line.price, line.was_product_id, line.after) == (170, None, 3)


def test_at_a_swap_all_of_the_old_product_comes_out() -> None:
    swapped = sheet(slot(stock=5)).swap(A1, "p2", "Paprika crisps").spoil(A1, 2, "expired")
    line = swapped.set_fill(A1, 10).lines()[0]
    assert (line.removed, line.spoiled[0].units, line.after) == (3, 2, 10)
    assert refusal(lambda: swapped.remove(A1, 2)).values == {"holds": 5}
    assert swapped.remove(A1, 3) == swapped
    assert refusal(lambda: swapped.spoil(A1, 6, "expired")).values == {"holds": 5}
    assert swapped.swap(A1, "p1", "Salted crisps").cell(A1).edit.swapped_to is None


def test_at_a_swap_of_a_slot_that_nobody_knew_the_person_says_what_came_out() -> None:
    swapped = sheet(slot(stock=None)).swap(A1, "p2", "Paprika crisps").remove(A1, 4)
    line = swapped.set_fill(A1, 6).lines()[0]
    assert (line.before, line.removed, line.after) == (None, 4, 6)
    assert "count" not in swapped.cell(A1).flags


def test_a_price_that_differs_is_flagged_until_it_is_confirmed() -> None:
    differs = sheet(slot(machine_price=120, price_differs=True))
    assert differs.totals().prices == 1
    confirmed = differs.confirm_price(A1, 150)
    assert confirmed.cell(A1).flags == ()
    assert confirmed.lines()[0].price == 150


def test_dates_are_days_of_the_calendar() -> None:
    old = sheet(slot(expiry="2026-11-24", expires_soon=True))
    assert old.cell(A1).flag == "by_date"
    assert old.set_expiry(A1, "2027-01-31").lines()[0].expiry == "2027-01-31"
    assert old.set_expiry(A1, "2027-01-31").cell(A1).flags == ()
    assert old.remove(A1, 3).set_fill(A1, 5).lines()[0].expiry is None  # the old ones are out
    assert old.set_fill(A1, 5).lines()[0].expiry == "2026-11-24"
    assert refusal(lambda: old.set_expiry(A1, "2027-02-30")).code == "not_a_day"


def test_flags_come_in_their_rank() -> None:
    cell = sheet(
        slot(
            stock=0,
            recount=True,
            price_differs=True,
            change=PendingChange(price=99),
            allotted=1,
            expires_soon=True,
        )
    ).cell(A1)
    assert cell.flags == ("count", "sold_out", "change", "price")
    assert cell.flag == "count"


# --- walking, undoing -----------------------------------------------------------------------------


def test_arrows_walk_the_door_as_it_looks() -> None:
    door = FillSheet(
        (slot("A1"), slot("A2"), slot("A3"), slot("B1"), slot("B3"), slot("A1", cabinet=2))
    )
    assert door.neighbour(A1, "right") == A2
    assert door.neighbour(A1, "left") == A1
    assert door.neighbour(A2, "down") in (B1, SlotKey(1, "B3"))
    assert door.neighbour(SlotKey(1, "A3"), "down") == SlotKey(1, "B3")
    assert door.neighbour(SlotKey(1, "A3"), "right") == B1
    assert door.neighbour(SlotKey(1, "B3"), "down") == SlotKey(1, "B3")
    assert door.neighbour(SlotKey(1, "B3"), "right") == SlotKey(2, "A1")
    assert door.neighbour(B1, "up") == A1


def test_the_next_flag_goes_round_and_leaves_out_what_is_done() -> None:
    door = FillSheet((slot("A1", stock=0), slot("A2"), slot("B1", recount=True)))
    assert door.next_flag(None) == A1
    assert door.next_flag(A1) == B1
    assert door.next_flag(B1) == A1
    assert door.set_fill(A1, 5).next_flag(B1) == B1
    assert door.set_fill(A1, 5).count(B1, 3).next_flag(None) is None


def test_undo_and_redo_go_step_by_step() -> None:
    first = sheet(slot("A1"), slot("A2"))
    second = first.set_fill(A1, 4)
    third = second.all_to_par()
    assert third.undo().edits == second.edits
    assert third.undo().undo().edits == first.edits
    assert third.undo().undo().undo().edits == first.edits
    assert third.undo().redo().edits == third.edits
    assert third.redo() == third
    assert third.undo().set_fill(A2, 1).redo().cell(A2).put_in == 1  # another way was taken
    assert second.set_fill(A1, 4) == second  # nothing changed: nothing to undo


def test_clearing_a_cell_is_as_if_nobody_had_touched_it() -> None:
    assert sheet().set_fill(A1, 4).spoil(A1, 1, "other").clear(A1).lines() == ()


def test_newer_facts_keep_what_was_typed() -> None:
    typed = sheet(slot("A1", stock=5), slot("A2")).set_fill(A1, 4).swap(A2, "p2", "Paprika")
    newer = typed.with_facts((slot("A1", stock=2), slot("A2", stock=1)))
    assert (newer.cell(A1).before, newer.cell(A1).put_in, newer.cell(A1).after) == (2, 4, 6)
    assert newer.cell(A2).edit.removed == 1
    contradicted = sheet(slot(stock=5)).remove(A1, 4).with_facts((slot(stock=1),))
    assert (contradicted.cell(A1).after, contradicted.cell(A1).flag) == (0, "count")


def test_a_slot_that_the_office_took_away_meanwhile_keeps_its_facts() -> None:
    typed = sheet(slot("A1"), slot("A2")).set_fill(A2, 4)
    newer = typed.with_facts((slot("A1"),))
    assert [(each.slot, each.filled, each.after) for each in newer.lines()] == [("A2", 4, 7)]
    forgotten = FillSheet((slot("A1"),), typed.edits)
    assert [(each.slot, each.filled, each.after) for each in forgotten.lines()] == [("A2", 4, None)]


# --- whatever is typed ----------------------------------------------------------------------------

_UNITS = st.integers(0, 14)
_STEPS = st.one_of(
    st.tuples(st.just("set_fill"), _UNITS),
    st.tuples(st.just("remove"), _UNITS),
    st.tuples(st.just("count"), _UNITS),
    st.tuples(st.just("spoil"), _UNITS, st.sampled_from(REASONS)),
    st.tuples(st.just("swap"), st.sampled_from(("p1", "p2")), st.just("name")),
    st.tuples(st.just("to_par")),
    st.tuples(st.just("clear")),
    st.tuples(st.just("confirm_change")),
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.none(), st.integers(0, 10)),
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 10)),
    st.booleans(),
    st.lists(_STEPS, max_size=12),
)
def test_units_add_up_whatever_is_typed(
    stock: int | None,
    recount: bool,
    allotted: int | None,
    change: bool,
    steps: list[tuple[object, ...]],
) -> None:
    pending = PendingChange("p9", "Oat bar", 170) if change else None
    now = sheet(slot(stock=stock, recount=recount, allotted=allotted, change=pending))
    for name, *values in steps:
        before = now
        try:
            now = getattr(now, str(name))(A1, *values)
        except SheetError:
            assert now == before
    cell = now.cell(A1)
    for line in now.lines():
        out = line.removed + sum(each.units for each in line.spoiled)
        held = line.before if line.counted is None else line.counted
        assert held is None or out <= held
        assert line.filled <= 10
        if line.was_product_id is not None:
            assert line.after == line.filled
            assert held is None or out == held
        elif held is not None:
            assert line.after == held - out + line.filled <= 10
        else:
            assert line.after is None
    assert cell.after is None or 0 <= cell.after <= 10
    while now.past:
        now = now.undo()
    assert dict(now.edits) == {}


def test_an_untouched_cell_makes_no_line() -> None:
    assert FillSheet((slot(),), {A1: CellEdit()}).lines() == ()


def test_an_odd_planogram_keeps_no_visit_from_being_recorded() -> None:
    key = SlotKey(700, "A1 " + "left of the door " * 3)
    odd = slot(key=key, selection="S" * 99, par=-3, capacity=0, stock=0, price=-1)
    (line,) = FillSheet((odd,)).spoil(key, 0, "other").set_expiry(key, "2027-01-31").lines()
    assert (line.slot, line.cabinet, len(line.selection), line.par) == (key.label[:20], 99, 40, 0)
    assert line.before == 0
