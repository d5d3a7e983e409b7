"""What is known of a machine: stock, velocity and cash from visits and reads of all laptops."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.services.machine_facts import machine_facts
from cvd_desktop.services.machine_sales import SeenRead, sales_of
from cvd_desktop.services.parsed_read import reading_of_record
from cvd_shared.dex.interval import history
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import VisitAmended, VisitLine
from cvd_shared.wire_records import ReadRecord
from tests.support.day_operator import (
    MORNING,
    SOLD_A_DAY,
    DayOperator,
    day_operator,
    machine,
    planogram,
    product_of,
    read_id_of,
    server_read,
    server_visit,
)

A1, A4 = SlotKey(1, "A1"), SlotKey(1, "A4")
METERS = {key: 1000 + 28 * n for key, n in SOLD_A_DAY.items()}
"""Of the last read of the history."""


@pytest.fixture
def day(tmp_path: Path) -> Iterator[DayOperator]:
    with day_operator(tmp_path) as made:
        yield made


def of(day: DayOperator, machine_id: str = "m1") -> MachineFacts:
    return machine_facts(day.wp, [machine_id])[machine_id]


def sold(**more: int) -> dict[str, int]:
    return {key: units + more.get(key, 0) for key, units in METERS.items()}


def test_the_history_tells_stock_velocity_and_cash(day: DayOperator) -> None:
    facts = of(day)
    assert {key.label: each.units for key, each in facts.stock.items()} == {
        "A1": 2, "A2": 5, "A3": 5, "A4": 8,
    }  # fmt: skip
    assert all(each.sure for each in facts.stock.values())
    assert facts.per_day == {
        SlotKey(1, label): pytest.approx(units) for label, units in SOLD_A_DAY.items()
    }
    assert facts.last_read_id == read_id_of("m1", MORNING - timedelta(hours=1))
    assert facts.collected_at == from_wire("2026-03-01T05:10:00.000Z")
    assert facts.reads_since_collect == 3
    assert facts.cash is not None
    assert facts.cash.amount == 3 * 4 * 150  # three days of four units, coins and bills


def test_a_machine_that_is_not_here_is_left_out(day: DayOperator) -> None:
    assert set(machine_facts(day.wp, ["m1", "m999"])) == {"m1"}
    assert machine_facts(day.wp, []) == {}


def test_reads_of_this_laptop_and_of_the_server_are_one_history(day: DayOperator) -> None:
    before = of(day)
    read_id = day.read_now("m1", sold(A1=1))
    facts = of(day)
    assert facts.last_read_id == read_id
    assert facts.stock[A1].units == 1
    assert facts.machine_prices == {"A1": 150, "A2": 150, "A3": 120, "A4": 180}
    assert len(facts.sales) == len(before.sales) + 1
    day.tell(server_read("m1", day.clock(), sold(A1=1)).model_copy(update={"id": read_id}))
    assert of(day).stock[A1].units == 1  # the same read, now from the server too


def test_a_visit_of_this_laptop_counts_at_once_and_so_does_its_amendment(day: DayOperator) -> None:
    assert of(day).stock[A1].units == 2
    visit_id = day.visit_now("m1", {"A1": 6}, before=2)
    assert of(day).stock[A1].units == 8
    line = VisitLine(slot="A1", selection="A1", product_id="p1", before=2, filled=4, after=6)
    day.clock.go_on(minutes=5)
    amendment = VisitAmended(
        amendment_id=day.wp.new_id(),
        visit_id=visit_id,
        at="2026-03-04T06:05:00.000Z",
        reason="Two went back.",
        lines=(line,),
    )
    day.record(amendment, ("visit", visit_id))
    assert of(day).stock[A1].units == 6
    assert of(day, "m2").stock[A1].units == 2


def test_a_refused_visit_is_no_fact(day: DayOperator) -> None:
    day.visit_now("m1", {"A1": 6}, before=2)
    assert of(day).stock[A1].units == 8
    day.answer("rejected", "malformed")
    assert of(day).stock[A1].units == 2


def test_a_pull_and_a_new_day_are_seen(day: DayOperator) -> None:
    assert of(day).planogram == planogram("m1")
    day.change(planogram("m1", version=2))
    assert of(day).planogram == planogram("m1", version=2)
    day.clock.go_on(days=20)
    assert of(day).velocity["p1"].days < 28


def test_only_what_changed_is_worked_out_anew(day: DayOperator) -> None:
    ids = [f"m{number}" for number in range(1, 6)]
    before = machine_facts(day.wp, ids)
    day.tell(server_read("m2", day.clock(), sold(A1=1)))
    day.visit_now("m3", {"A1": 6}, before=2)
    after = machine_facts(day.wp, ids)
    assert [each for each in ids if after[each] is not before[each]] == ["m2", "m3"]
    assert (after["m2"].stock[A1].units, after["m3"].stock[A1].units) == (1, 8)
    day.answer("applied")
    assert machine_facts(day.wp, ids)["m3"] is after["m3"]


def test_restarted_meters_are_told_and_move_nothing(day: DayOperator) -> None:
    day.read_now("m1", {"A1": 3, "A2": 1, "A3": 0, "A4": 0})
    facts = of(day)
    assert facts.restarted >= {"A1", "A2"}
    assert facts.sales[-1].units == {}
    assert not facts.sales[-1].whole
    assert facts.stock[A1].units == 2
    assert not facts.stock[A1].sure


def test_a_stray_read_of_another_machine_moves_nothing(day: DayOperator) -> None:
    stray = server_read("m1", day.clock(), dict.fromkeys(METERS, 50_000))
    numbers = {"id": "stray", "asset_number": "77777", "serial_number": "OTHER"}
    day.tell(stray.model_copy(update=numbers))
    assert of(day).stock[A1].units == 2
    day.clock.go_on(hours=1)
    day.read_now("m1", sold(A1=1))
    assert of(day).stock[A1].units == 1


def test_the_next_whole_read_spans_one_that_was_cut_off(day: DayOperator) -> None:
    cut = server_read("m1", day.clock(), sold(A1=1))
    day.tell(cut.model_copy(update={"complete": False}))
    assert of(day).stock[A1].units == 2
    assert of(day).last_read_id == read_id_of("m1", MORNING - timedelta(hours=1))
    day.clock.go_on(hours=1)
    day.read_now("m1", sold(A1=2))
    facts = of(day)
    assert facts.stock[A1].units == 0
    assert facts.sales[-1].since == MORNING - timedelta(hours=1)


def test_a_slot_that_nobody_touched_for_weeks_is_still_known(day: DayOperator) -> None:
    """Later visits that say nothing of A4 do not make it unknown."""
    for ago in range(8):
        at = MORNING + timedelta(minutes=10 * ago)
        visit = server_visit("m1", at, None)
        day.tell(visit.model_copy(update={"lines": visit.lines[:1], "id": f"later-{ago}"}))
    day.clock.go_on(hours=3)
    facts = of(day)
    assert facts.stock[A4].units == 8
    assert facts.stock[A4].known_at == from_wire("2026-03-01T05:10:00.000Z")


def test_without_a_collect_there_is_nothing_to_count_the_cash_from(day: DayOperator) -> None:
    at = MORNING - timedelta(days=3, hours=1)
    visit = server_visit("m1", at, read_id_of("m1", at))
    day.change(visit.model_copy(update={"cash": None}))
    facts = of(day)
    assert facts.collected_at is None
    assert facts.cash is not None
    assert facts.cash.amount is None
    assert [each.code for each in facts.cash.missing] == ["no_read_at_last_collect"]


def test_a_product_that_came_many_visits_ago_sells_only_since_then(day: DayOperator) -> None:
    at = MORNING - timedelta(days=12, hours=1)
    swap = server_visit("m1", at, read_id_of("m1", at))
    other = swap.lines[0].model_copy(update={"was_product_id": "p9"})
    swap = swap.model_copy(update={"lines": (other, *swap.lines[1:])})
    later = [MORNING - timedelta(days=ago, hours=1) for ago in (10, 8, 6, 4)]
    day.tell(swap, *(server_visit("m1", each, read_id_of("m1", each)) for each in later))
    velocity = of(day).velocity
    assert (velocity["p1"].units, velocity["p1"].days) == (24, 12)
    assert (velocity["p2"].units, velocity["p2"].days) == (28, 28)


def test_the_first_read_of_a_machine_says_not_what_was_sold_before(day: DayOperator) -> None:
    """Counted a day ago without a read, and read today for the first time."""
    new = machine("m6", "l1").model_copy(update={"asset_number": "10006"})
    counted = server_visit("m6", MORNING - timedelta(days=1), None)
    day.tell(new, planogram("m6"), counted)
    assert (of(day, "m6").stock[A1].units, of(day, "m6").stock[A1].sure) == (8, True)
    day.tell(server_read("m6", MORNING, METERS))
    stock = of(day, "m6").stock[A1]
    assert (stock.units, stock.doubt, stock.recount) == (8, "meter_unknown", True)
    at = MORNING + timedelta(hours=1)
    day.tell(server_read("m6", at, sold(A1=2)))
    assert of(day, "m6").stock[A1].units == 6
    day.tell(server_visit("m6", at, read_id_of("m6", at)))
    assert (of(day, "m6").stock[A1].units, of(day, "m6").stock[A1].sure) == (8, True)


def test_a_swap_that_waits_leaves_the_old_product_in(day: DayOperator) -> None:
    planned = planogram("m1", version=2)
    slots = (planned.slots[0].model_copy(update={"product_id": "p4"}), *planned.slots[1:])
    day.change(planned.model_copy(update={"slots": slots}))
    facts = of(day)
    assert facts.stock[A1].product_id == product_of("A1")
    assert facts.per_day[A1] == pytest.approx(2)


_meters = st.lists(
    st.tuples(*[st.integers(0, 40)] * 3, st.sampled_from(["on"] * 8 + ["cut", "anew", "other"])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60)
@example([(1, 2, 3, "on"), (0, 0, 0, "on"), (4, 0, 1, "anew"), (1, 1, 1, "on")])
@example([(1, 2, 3, "on"), (1, 0, 0, "cut"), (4, 0, 1, "on")])
@given(steps=_meters)
def test_sales_are_those_of_the_whole_comparison(
    steps: Sequence[tuple[int, int, int, str]],
) -> None:
    """The short way for reads that just count on says what the whole comparison says."""
    meters, records = [5000, 6000, 7000], list[ReadRecord]()
    for number, (*moved, what) in enumerate(steps):
        meters = (
            list(moved) if what == "anew" else [a + b for a, b in zip(meters, moved, strict=True)]
        )
        at = MORNING + timedelta(hours=number)
        record = server_read("m1", at, dict(zip(("A1", "A2", "A3"), meters, strict=True)))
        changes: dict[str, object] = {"complete": what != "cut"}
        if what == "other":
            changes |= {"asset_number": "777", "serial_number": "OTHER"}
        records.append(record.model_copy(update=changes))
    reads = [SeenRead(each.id, from_wire(each.at), 2, record=each) for each in records]
    readings = [reading_of_record(each, 2) for each in records]
    whole = {
        read.id: {
            each.selection: each.units.amount
            for each in since.selections
            if each.units.amount is not None
        }
        for read, since in zip(reads, history(readings), strict=True)
        if since is not None and since.trusted and since.kind is not DeltaKind.OTHER_MACHINE
    }
    found = {fact.read_id: dict(fact.units) for fact in sales_of(reads).facts if fact.units}
    assert found == {read_id: units for read_id, units in whole.items() if units}


def test_a_collect_of_days_offline_is_not_forgotten(day: DayOperator) -> None:
    """Newer visits without a collect, that wait on this laptop too, do not hide it."""
    day.read_now("m1", sold())
    day.visit_now("m1", {"A1": 1}, before=2, bag="B-77")
    collected_at = day.clock()
    for _ in range(5):
        day.clock.go_on(hours=5)
        day.visit_now("m1", {"A1": 1}, before=2)
    assert of(day).collected_at == collected_at
