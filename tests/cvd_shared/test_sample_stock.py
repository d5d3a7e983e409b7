"""What the rules work out from visits and reads is what the machines of the sample really hold."""

from datetime import UTC, date, datetime

import pytest

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.interval import history
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_digest import main_report
from cvd_shared.route_shapes import SalesFact
from cvd_shared.sample_operator import SampleOperator, sample_operator
from cvd_shared.selection_names import selection_key
from cvd_shared.stock_ledger import machine_stock
from cvd_shared.truck_stock import truck_stock
from cvd_shared.velocity import velocities

TODAY = date(2026, 3, 4)
MORNING = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def operator() -> SampleOperator:
    return sample_operator(TODAY)


def sales_of(operator: SampleOperator, machine_id: str) -> list[SalesFact]:
    """Of every trusted read, and of one taken this morning."""
    taken = [
        (read.read_id, read.at, read.raw)
        for read in operator.reads
        if read.machine_id == machine_id
    ]
    now = operator.vending_model_for(machine_id).report(MORNING)
    taken.append(("now", MORNING.isoformat(), now))
    readings = []
    for _, _, raw in taken:
        report = main_report(read_dex(raw))
        assert report is not None
        readings.append(make_reading(report))
    facts = []
    moments = [datetime.fromisoformat(at) for _, at, _ in taken]
    for number, between in enumerate(history(readings)):
        if between is not None and between.trusted:
            units = {
                selection_key(each.selection): each.units.amount
                for each in between.selections
                if each.units.amount is not None
            }
            facts.append(SalesFact(taken[number][0], moments[number - 1], moments[number], units))
    return facts


def test_the_ledger_holds_what_the_machine_holds(operator: SampleOperator) -> None:
    odd = operator.odd_machines["meter_restarted"]
    for machine, planogram in zip(operator.machines, operator.installed, strict=True):
        if machine.id == odd:
            continue
        visits = [visit for visit in operator.visits if visit.machine_id == machine.id]
        sales = sales_of(operator, machine.id)
        found = machine_stock(planogram.slots, visits, sales, MORNING)
        model = operator.vending_model_for(machine)
        held = {slot.label: model.slots[slot.selection].stock for slot in planogram.slots}
        assert {key.label: stock.units for key, stock in found.items()} == held
        assert velocities(planogram.slots, sales, MORNING)


def test_a_meter_that_was_restarted_leaves_a_doubt_and_no_wrong_figure(
    operator: SampleOperator,
) -> None:
    odd = operator.odd_machines["meter_restarted"]
    number = [machine.id for machine in operator.machines].index(odd)
    visits = [visit for visit in operator.visits if visit.machine_id == odd]
    slots = operator.installed[number].slots
    found = machine_stock(slots, visits, sales_of(operator, odd), MORNING)
    model = operator.vending_model_for(odd)
    held = {slot.label: model.slots[slot.selection].stock for slot in slots}
    assert all(stock.units == held[key.label] or not stock.sure for key, stock in found.items())


def test_the_trucks_hold_what_was_not_filled(operator: SampleOperator) -> None:
    for route in operator.routes:
        machines = {machine.id for machine in operator.machines if machine.route_id == route.id}
        stock, _ = truck_stock(
            [load for load in operator.loads if load.route_id == route.id],
            [count for count in operator.truck_counts if count.route_id == route.id],
            [visit for visit in operator.visits if visit.machine_id in machines],
        )
        assert stock
        assert all(units >= 0 for units in stock.values())
