"""All that a read says: sales since the one before, cash, prices, events, and whose read it is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import ReadDetail, RecordState
from cvd_desktop.services import read_context
from cvd_desktop.services.assign_read import assign_read
from cvd_desktop.services.machine_history import machine_history
from cvd_desktop.services.machines import machine_reads
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.read_machine import read_machine
from cvd_desktop.services.reads import list_reads, read_detail
from cvd_desktop.services.workplace import Workplace
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.price_audit import PriceState
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_model import VendingModel
from cvd_shared.wire_records import MachineRecord, PlanogramRecord, PlanogramSlot, ProductRecord
from tests.support.local_workplace import tell_snapshot, workplace

BAUD = 400_000
MACHINE = MachineRecord(id="m1", asset_number="90001", serial_number="20260001", currency="USD")
OTHER = MachineRecord(id="m2", asset_number="B-2", serial_number="S200", currency="USD")
CRISPS = ProductRecord(id="crisps", sku="1", name="Crisps")


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


@pytest.fixture
def snack(wp: Workplace) -> VendingModel:
    """A machine whose planogram is here, with another price for its first selection."""
    model = ready_machine("snack", wp.clock() - timedelta(hours=2))
    model.fill_up()
    slots = tuple(
        PlanogramSlot(
            label=name,
            selection=name,
            row=1,
            column=number + 1,
            product_id="crisps",
            capacity=10,
            par=10,
            price=slot.price + (0 if number else 5),
        )
        for number, (name, slot) in enumerate(model.slots.items())
    )
    tell_snapshot(
        wp, [MACHINE, OTHER, CRISPS, PlanogramRecord(id="p1", machine_id="m1", slots=slots)]
    )
    return model


def take(
    wp: Workplace, model: VendingModel, *, machine_id: str | None = None, purpose: str = "look"
) -> ReadDetail:
    with virtual_machine(model.report(wp.clock()), baud_rate=BAUD) as machine:
        outcome = read_machine(
            wp, machine.device, machine_id=machine_id, purpose=purpose, max_wait=5.0
        )
    assert outcome.read is not None
    return read_detail(wp, outcome.read.id)


def test_a_first_read_says_what_it_can_and_guesses_nothing(
    wp: Workplace, snack: VendingModel
) -> None:
    detail = take(wp, snack)
    assert detail.interval is None
    assert detail.cash is None
    assert detail.cash_expected is not None
    assert detail.cash_expected.amount is None
    assert [reason.code for reason in detail.cash_expected.missing] == ["no_read_at_last_collect"]
    assert {line.kind for line in detail.selections} == {DeltaKind.UNKNOWN}
    assert detail.audit is not None
    assert detail.audit.count(PriceState.DIFFERS) == 1
    assert detail.mapping is not None
    assert {proposal.reason for proposal in detail.mapping.proposals} == {"exact"}
    assert all(event.advice for event in detail.events)
    assert all(finding.rule and finding.chapter for finding in detail.findings)


def test_the_next_read_tells_what_was_sold_and_where_the_cash_is(
    wp: Workplace, snack: VendingModel
) -> None:
    take(wp, snack, purpose="collect")
    first, second = list(snack.slots)[:2]
    now = wp.clock()
    snack.sell_cash(first, now, snack.slots[first].price)
    snack.sell_cash(first, now, snack.slots[first].price)
    snack.sell_card(second, now)
    detail = take(wp, snack)
    assert detail.interval is not None
    assert detail.interval.kind is DeltaKind.NORMAL
    assert detail.interval.units == 3
    sold = {line.selection: line.sold for line in detail.selections}
    assert (sold[first], sold[second]) == (2, 1)
    assert sum(units or 0 for units in sold.values()) == 3
    moved = next(line for line in detail.selections if line.selection == first)
    assert moved.history == (2,)
    assert dict(detail.segments)[moved.line or 0].startswith(f"PA1*{first}*")
    assert detail.cash is not None
    assert detail.cash.balanced
    assert detail.cash_expected is not None
    assert detail.cash_expected.missing == ()
    assert detail.collected_at == list_reads(wp)[1].at


def test_the_history_of_a_machine_is_what_was_sold_between_its_reads(
    wp: Workplace, snack: VendingModel
) -> None:
    name = next(iter(snack.slots))
    for sold in (0, 1, 2):
        for _ in range(sold):
            snack.sell_card(name, wp.clock())
        take(wp, snack)
    history = machine_history(wp, "m1")
    assert [point.units for point in history.points] == [None, 1, 2]
    assert [point.kind for point in history.points] == [
        DeltaKind.UNKNOWN,
        DeltaKind.NORMAL,
        DeltaKind.NORMAL,
    ]
    assert [point.cash for point in history.points] == [None, 0, 0]
    price = snack.slots[name].price
    assert [point.cashless for point in history.points] == [None, price, 2 * price]
    assert history.selections[name] == (None, 1, 2)
    assert [point.read_id for point in history.points] == [
        read.id for read in reversed(list_reads(wp))
    ]
    assert (history.currency, history.decimals) == ("USD", 2)
    assert machine_history(wp, "m2").points == ()


def test_a_read_of_another_machine_is_kept_apart_until_a_person_decides(
    wp: Workplace, snack: VendingModel
) -> None:
    wrong = take(wp, snack, machine_id="m2")
    assert wrong.verdict.plausibility.code == "other_machine"
    assert wrong.summary.machine_id == "m1"  # the file says so, and the office knows it
    assert wrong.meant == OTHER
    assign_read(wp, wrong.summary.id, "m2")
    decided = read_detail(wp, wrong.summary.id)
    assert decided.summary.machine_id == "m2"
    assert decided.verdict.plausibility.code == "board_changed"
    assert decided.meant is None
    assert decided.raw == wrong.raw
    assert [entry.type for entry in list_outbox(wp)] == ["read.assigned", "read.recorded"]
    assert {entry.state for entry in list_outbox(wp)} == {RecordState.RECORDED_HERE}
    assert [read.id for read in machine_reads(wp, "m2")] == [wrong.summary.id]
    assert machine_reads(wp, "m1") == []


def test_only_what_is_here_can_be_decided_about(wp: Workplace, snack: VendingModel) -> None:
    detail = take(wp, snack)
    for read_id, machine_id, code in (
        ("no-such-read", "m1", "read_unknown"),
        (detail.summary.id, "no-such-machine", "machine_unknown"),
    ):
        with pytest.raises(Problem) as told:
            assign_read(wp, read_id, machine_id)
        assert told.value.code == code
    assert len(list_outbox(wp)) == 1


def test_a_bug_in_our_rules_costs_a_figure_and_no_read(
    wp: Workplace,
    snack: VendingModel,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    take(wp, snack)

    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(read_context, "interval", broken)
    detail = take(wp, snack)
    assert detail.interval is None
    assert detail.cash is None
    assert detail.reading is not None
    assert len(list_outbox(wp)) == 2
    caplog.clear()


def test_our_own_reads_since_the_collect_are_nobody_elses(
    wp: Workplace, snack: VendingModel
) -> None:
    first = next(iter(snack.slots))
    for purpose in ("collect", "look", "look"):
        snack.sell_cash(first, wp.clock(), snack.slots[first].price)
        detail = take(wp, snack, purpose=purpose)
        snack.read_finished(wp.clock())
    assert detail.cash_expected is not None
    assert detail.cash_expected.amount is not None
    assert detail.cash_expected.missing == ()


def test_a_meter_that_began_anew_since_the_collect_makes_the_cash_not_provable(
    wp: Workplace, snack: VendingModel
) -> None:
    first = next(iter(snack.slots))
    snack.sell_cash(first, wp.clock(), snack.slots[first].price)
    take(wp, snack, purpose="collect")
    snack.initialise(wp.clock())
    take(wp, snack)
    for _ in range(60):  # the meter of the bills passes its old value
        snack.insert_bill(2000)
    detail = take(wp, snack)
    assert detail.cash_expected is not None
    assert detail.cash_expected.amount is None
    assert "meter_restarted" in {reason.code for reason in detail.cash_expected.missing}


def test_machines_that_were_never_given_a_number_are_not_one_machine(wp: Workplace) -> None:
    reads = []
    for serial in ("20260001", "77770002"):
        model = ready_machine(
            "snack", wp.clock() - timedelta(hours=2), serial_number=serial, asset_number="0"
        )
        reads.append(take(wp, model))
    assert reads[1].interval is None
    assert reads[1].verdict.plausibility.code == "first_read"
    assert reads[1].summary.machine_asset is None
