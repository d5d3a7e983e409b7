"""The sample operator is whole, plausible, and the same every time."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from cvd_shared.dex.dex_events import event_meaning
from cvd_shared.permissions import Role
from cvd_shared.sample_history import PRICE_STEP, SampleRead
from cvd_shared.sample_operator import SampleOperator, ean13, sample_operator
from cvd_shared.ticket_states import ticket_after
from cvd_shared.wire_records import MachineRecord

TODAY = date(2026, 3, 4)
MORNING = datetime(2026, 3, 4, 7, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def operator() -> SampleOperator:
    return sample_operator(TODAY)


@pytest.fixture(scope="module")
def reads(operator: SampleOperator) -> dict[str, list[SampleRead]]:
    """By machine id, oldest first."""
    by_machine = defaultdict(list)
    for read in operator.reads:
        by_machine[read.machine_id].append(read)
    return by_machine


def segments(raw: bytes) -> list[list[str]]:
    return [line.split("*") for line in raw.decode("ascii").split("\r\n") if line]


def sold(raw: bytes) -> dict[str, int]:
    """Selection -> units since initialisation."""
    found, selection = {}, ""
    for each in segments(raw):
        if each[0] == "PA1":
            selection = each[1]
        elif each[0] == "PA2":
            found[selection] = int(each[1])
    return found


def prices(raw: bytes) -> dict[str, int]:
    return {each[1]: int(each[2]) for each in segments(raw) if each[0] == "PA1"}


def machine_of(operator: SampleOperator, oddity: str) -> MachineRecord:
    machine_id = operator.odd_machines[oddity]
    return next(each for each in operator.machines if each.id == machine_id)


def test_how_much_there_is(operator: SampleOperator) -> None:
    assert len(operator.machines) == 30
    assert len({machine.make for machine in operator.machines}) == 4
    assert len({machine.dex_profile for machine in operator.machines}) == 4
    assert len(operator.routes) == 4
    assert len(operator.products) == 120
    assert len(operator.locations) == 20
    assert Counter(user.role for user in operator.users) == {
        Role.ADMIN: 1,
        Role.MANAGER: 1,
        Role.DRIVER: 4,
        Role.TECHNICIAN: 1,
        Role.VIEWER: 1,
    }
    assert operator.users[2] == ("driver07", "Driver 07", "driver", ("07",))


def test_every_id_is_unique_and_every_reference_leads_somewhere(operator: SampleOperator) -> None:
    records = (
        *operator.locations,
        *operator.routes,
        *operator.machines,
        *operator.products,
        *operator.planograms,
        *operator.runs,
    )
    ids = [record.id for record in records] + list(operator.user_ids.values())
    assert len(set(ids)) == len(ids)
    known = set(ids)
    for machine in operator.machines:
        assert {machine.location_id, machine.route_id} <= known
    for route in operator.routes:
        assert route.driver_id == operator.user_ids[f"driver{route.number}"]
    for planogram in operator.planograms:
        assert {slot.product_id for slot in planogram.slots} <= known
    assert len({machine.asset_number for machine in operator.machines}) == 30
    assert len({machine.serial_number for machine in operator.machines}) == 30


def test_barcodes_have_their_check_digit_and_belong_to_nobody(operator: SampleOperator) -> None:
    assert ean13("400638133393") == "4006381333931"  # the example of the GS1 guide
    codes = [product.barcode for product in operator.products]
    assert len(set(codes)) == 120
    assert all(code == ean13(code[:12]) and code.startswith("29") for code in codes)
    assert len({product.sku for product in operator.products}) == 120
    assert all(product.case_size > 0 and product.price > 0 for product in operator.products)


def test_planograms_fit_their_machines(operator: SampleOperator) -> None:
    products = {product.id: product for product in operator.products}
    for machine, planogram in zip(operator.machines, operator.planograms, strict=True):
        assert planogram.machine_id == machine.id
        cabinets = {cabinet.number: cabinet for cabinet in machine.cabinets}
        labels = [slot.label for slot in planogram.slots]
        assert len(set(labels)) == len(labels)
        for slot in planogram.slots:
            assert 0 < slot.par <= slot.capacity
            assert 1 <= slot.row <= cabinets[slot.cabinet].rows
            assert 1 <= slot.column <= cabinets[slot.cabinet].columns
            price = products[slot.product_id or ""].price
            assert slot.price in (price, price + PRICE_STEP)
        if machine.id != operator.odd_machines["selection_unmapped"]:
            model = operator.vending_model_for(machine)
            assert [slot.selection for slot in planogram.slots] == list(model.slots)


def test_snack_labels_are_what_the_machine_calls_them(operator: SampleOperator) -> None:
    for machine, planogram in zip(operator.machines, operator.planograms, strict=True):
        if machine.machine_type == "snack":
            assert all(slot.label == slot.selection for slot in planogram.slots)


def test_today_has_something_to_do_on_every_route(operator: SampleOperator) -> None:
    assert [run.route_id for run in operator.runs] == [route.id for route in operator.routes]
    served = []
    for run in operator.runs:
        assert run.day == TODAY.isoformat()
        assert [stop.sequence for stop in run.stops] == list(range(1, len(run.stops) + 1))
        assert all(stop.tasks for stop in run.stops)
        served += [machine for stop in run.stops for machine in stop.machine_ids]
    assert len(set(served)) == len(served)
    left = {machine.id for machine in operator.machines} - set(served)
    routes = {machine.id: machine.route_id for machine in operator.machines}
    assert {routes[machine_id] for machine_id in left} == {route.id for route in operator.routes}


def test_every_route_has_tickets_in_words_and_one_waits_for_parts(
    operator: SampleOperator,
) -> None:
    routes = {machine.id: machine.route_id for machine in operator.machines}
    assert {routes[ticket.machine_id] for ticket in operator.tickets} == {
        route.id for route in operator.routes
    }
    states = Counter(ticket.state for ticket in operator.tickets)
    assert states["waiting_for_parts"] == 1
    assert states["open"] >= 3
    technician = operator.user_ids["technician"]
    for ticket in operator.tickets:
        assert all(event_meaning(code).standard_code for code in ticket.event_codes)
        assert ticket.opened_at < MORNING.isoformat()
        assert (ticket.state, ticket.assignee_id) == ticket_after(ticket.work)
        assert ticket.assignee_id in (None, technician)
        assert [work.at for work in ticket.work] == sorted(work.at for work in ticket.work)


def test_two_reads_a_week_for_twelve_weeks(
    operator: SampleOperator, reads: dict[str, list[SampleRead]]
) -> None:
    assert operator.reads == tuple(sorted(operator.reads, key=lambda r: (r.at, r.machine_id)))
    for machine in operator.machines:
        times = [datetime.fromisoformat(read.at) for read in reads[machine.id]]
        assert len(times) == 24
        assert MORNING - timedelta(days=5) < times[-1] < MORNING
        assert all(timedelta(days=2) < b - a < timedelta(days=5) for a, b in pairwise(times))
        assert not [at for at in times if at.weekday() == 6]


def test_each_read_names_its_machine(
    operator: SampleOperator, reads: dict[str, list[SampleRead]]
) -> None:
    for machine in operator.machines:
        for read in reads[machine.id]:
            id1 = next(each for each in segments(read.raw) if each[0] == "ID1")
            assert (id1[1], id1[6]) == (machine.serial_number, machine.asset_number)
            cb1 = [each[1] for each in segments(read.raw) if each[0] == "CB1"]
            assert cb1 == ([machine.control_board] if machine.control_board else [])


def test_meters_continue_except_where_one_was_restarted(
    operator: SampleOperator, reads: dict[str, list[SampleRead]]
) -> None:
    restarted = set()
    for machine in operator.machines:
        series = [sold(read.raw) for read in reads[machine.id]]
        series.append(sold(operator.vending_model_for(machine).report(MORNING)))
        for before, after in pairwise(series):
            assert before.keys() == after.keys()
            if any(after[selection] < before[selection] for selection in after):
                restarted.add(machine.id)
        assert sum(series[-1].values()) > sum(series[-2].values())
    assert restarted == {operator.odd_machines["meter_restarted"]}


def test_one_price_differs_from_the_planogram(
    operator: SampleOperator, reads: dict[str, list[SampleRead]]
) -> None:
    different = {}
    for machine, planogram in zip(operator.machines, operator.installed, strict=True):
        seen = prices(reads[machine.id][-1].raw)
        for slot in planogram.slots:
            if seen[slot.selection] != slot.price:
                different[machine.id, slot.selection] = seen[slot.selection] - slot.price
    odd = machine_of(operator, "price_differs")
    assert {machine_id for machine_id, _ in different} == {odd.id}
    assert list(different.values()) == [PRICE_STEP]


def test_one_selection_sells_without_a_place_in_the_planogram(
    operator: SampleOperator, reads: dict[str, list[SampleRead]]
) -> None:
    unmapped = {}
    for machine, planogram in zip(operator.machines, operator.planograms, strict=True):
        planned = {slot.selection for slot in planogram.slots}
        for selection in sold(reads[machine.id][-1].raw).keys() - planned:
            unmapped[machine.id] = selection
    assert list(unmapped) == [operator.odd_machines["selection_unmapped"]]


def test_selections_ran_empty_now_and_then(operator: SampleOperator) -> None:
    models = [operator.vending_model_for(machine) for machine in operator.machines]
    missed = [
        sum(slot.meters.sold_out_tries.total for slot in model.slots.values()) for model in models
    ]
    assert sum(1 for each in missed if each) >= 5
    assert sum(missed) < sum(model.state.meters.paid.count.total for model in models) / 100


def test_the_same_day_and_seed_give_the_same_operator(operator: SampleOperator) -> None:
    again = sample_operator(TODAY)
    assert again == operator
    assert again.reads == operator.reads
    assert sample_operator(TODAY, seed=8).machines[0].id != operator.machines[0].id


@pytest.mark.parametrize("days", [1, 40])
def test_the_sample_of_a_later_day_goes_on_from_this_one(
    operator: SampleOperator, reads: dict[str, list[SampleRead]], days: int
) -> None:
    later = sample_operator(TODAY + timedelta(days))
    assert (later.machines, later.planograms) == (operator.machines, operator.planograms)
    if days == 1:  # within a chapter even the bytes are the same
        assert set(later.reads) & set(operator.reads) == {
            read for read in operator.reads if read.at > "2025-12-11"
        }
    for machine in later.machines:
        if machine.id != operator.odd_machines["meter_restarted"]:
            before = sold(reads[machine.id][-1].raw)
            after = sold(later.vending_model_for(machine).report(MORNING))
            assert all(after[selection] >= before[selection] for selection in before)


def test_whoever_asks_gets_a_machine_of_his_own(operator: SampleOperator) -> None:
    machine = operator.machines[0]
    mine = operator.vending_model_for(machine)
    before = mine.report(MORNING)
    mine.fill_up()
    mine.sell_card(next(iter(mine.slots)), MORNING)
    assert mine.report(MORNING) != before
    assert operator.vending_model_for(machine.asset_number).report(MORNING) == before
    with pytest.raises(ValueError, match="no machine"):
        operator.vending_model_for("99999")


@pytest.mark.parametrize("weekday", range(7))
def test_any_day_of_the_week_has_runs(weekday: int) -> None:
    assert all(len(run.stops) == 4 for run in sample_operator(TODAY + timedelta(weekday)).runs)
