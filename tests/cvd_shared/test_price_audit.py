"""The price audit finds what differs, and nothing on a clean machine."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.price_audit import PriceAudit, PriceState, audit_prices
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_model import VendingModel
from cvd_shared.vending_profiles import MODELS
from cvd_shared.wire_records import PlanogramSlot
from tests.support.corpus import corpus_files
from tests.support.dex_reports import reading_of

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def slot(
    selection: str, price: int = 100, *, label: str = "", product: str | None = "p"
) -> PlanogramSlot:
    return PlanogramSlot(
        label=label or selection,
        selection=selection,
        row=1,
        column=1,
        product_id=product,
        capacity=10,
        par=8,
        price=price,
    )


def states(audit: PriceAudit) -> dict[str, str]:
    return {line.selection: str(line.state) for line in audit.lines}


def only(*lines: str, price: int = 125, decimals: int | None = None) -> str:
    """The state of the one selection "10", planned at `price`; another one has a price."""
    reading = reading_of(*lines, "PA1*99*500")
    return states(audit_prices(reading, [slot("10", price), slot("99", 500)], decimals))["10"]


def read(model: str) -> tuple[VendingModel, MachineReading]:
    machine = ready_machine(model, NOW)
    return machine, make_reading(read_dex(machine.report(NOW)).reports[0])


CLEAN = {model: read(model) for model in MODELS}


@pytest.mark.parametrize("model", MODELS)
class TestVirtualMachines:
    """Every make that we know, with some weeks of sales by cash and card."""

    def test_a_clean_machine_has_no_differences(self, model: str) -> None:
        machine, reading = CLEAN[model]
        slots = [slot(each.selection, each.price) for each in machine.slots.values()]
        for decimals in (None, 2):
            audit = audit_prices(reading, slots, decimals)
            assert set(states(audit).values()) == {"match"}
            assert not any(said.differs for line in audit.lines for said in line.said)

    @given(data=st.data())
    def test_planted_mismatches_are_found_and_no_others(
        self, model: str, data: st.DataObject
    ) -> None:
        machine, reading = CLEAN[model]
        names = list(machine.slots)
        wrong = data.draw(st.sets(st.sampled_from(names), max_size=6))
        slots = [
            slot(name, each.price + (5 if name in wrong else 0))
            for name, each in machine.slots.items()
        ]
        gone, unknown = data.draw(st.permutations(names))[:2]
        slots = [each for each in slots if each.selection != unknown] + [slot("gone")]
        found = states(audit_prices(reading, slots, 2))
        assert found.pop("gone") == "selection_missing"
        assert found.pop(unknown) == "unmapped"
        assert {name for name, state in found.items() if state == "differs"} == wrong - {unknown}
        assert set(found.values()) <= {"match", "differs"}
        assert gone in found


class TestCarefulRules:
    def test_other_decimals(self) -> None:
        assert only("ID4*0*1392", "PA1*10*125", price=125, decimals=0) == "match"
        assert only("ID4*1*1840", "PA1*10*12", price=120, decimals=2) == "match"
        assert only("ID4*1*1840", "PA1*10*12", price=125, decimals=2) == "differs"
        assert only("ID4*3*1048", "PA1*10*1250", price=125, decimals=2) == "match"

    def test_a_report_that_says_no_decimals_has_those_of_the_record(self) -> None:
        assert only("PA1*10*150", price=150, decimals=0) == "match"
        assert only("ID4*X", "PA1*10*150", price=150, decimals=0) == "match"
        assert only("ID4**1840", "PA1*10*150", price=150, decimals=0) == "differs"

    def test_a_planned_price_is_shown_in_the_units_of_the_machine(self) -> None:
        audit = audit_prices(reading_of("ID4*0*1392", "PA1*10*120"), [slot("10", 12550)], 2)
        assert [line.planned for line in audit.lines] == [126]

    def test_the_base_price_decides(self) -> None:
        assert only("PA1*10*125", "LA1*0*10*150", "PA7*10*CA*0*150*1*150") == "match"
        assert only("PA1*10*150", "LA1*0*10*125", "PA7*10*CA*0*125*1*125") == "differs"
        assert only("PA1*10", "LA1*0*10*125", "LA1*1*10*150", "PA7*10*CA*0*150") == "match"
        assert only("PA1*10", "LA1**10*125", "LA1*1*10*150") == "match"
        assert only("PA1*10", "LA1*1*10*125", "LA1*2*10*150") == "match"
        assert only("PA1*10*0", "LA1*1*10*150") == "differs"
        assert only("PA1*10", "PA7*10*DA*1*150", "PA7*10*CA**125") == "match"
        reading = reading_of("PA7*10*CA*0*125*3*375*1*125", "PA7*10*DA*1*150*3*450*1*150")
        assert states(audit_prices(reading, [slot("10", 125)])) == {"10": "match"}

    def test_a_surcharge_for_cards_is_told_and_decides_nothing(self) -> None:
        reading = reading_of(
            "PA1*10*125", "PA7*10*CA*0*125*3*375", "PA7*10*DA*1*135*3*405", "LA1*2*10*1250"
        )
        (line,) = audit_prices(reading, [slot("10", 125)]).lines
        assert line.state is PriceState.MATCH
        assert [(s.element, s.price, s.price_list, s.device, s.differs) for s in line.said] == [
            ("PA102", 125, None, None, False),
            ("LA103", 1250, 2, None, True),
            ("PA704", 125, 0, "CA", False),
            ("PA704", 135, 1, "DA", True),
        ]
        assert [said.line for said in line.said] == [3, 6, 4, 5]
        assert line.line == 3

    def test_no_price_is_no_difference(self) -> None:
        assert only("PA1*10") == "unknown"
        assert only("PA1*10*65535") == "unknown"
        assert only("PA1*10*99999999", "PA7*10*CA*0*0*0*0") == "unknown"
        assert only("PA1*10*65535", "LA1*0*10*125") == "match"
        assert only("PA1*10*125", "PA7*10*CA*0*0*0*0", "LA1*0*10*65535") == "match"

    def test_nothing_is_free_on_a_machine_with_prices(self) -> None:
        assert only("PA1*10*0") == "differs"
        assert only("PA1*10*0", price=0) == "match"

    def test_a_free_machine_says_no_prices(self) -> None:
        reading = reading_of("VA1*0*0", "PA1*10*0", "PA4*9", "PA1*11*0", "LA1*0*10*0")
        assert states(audit_prices(reading, [slot("10"), slot("11", 0)])) == {
            "10": "unknown",
            "11": "match",
        }

    def test_selections_that_the_machine_has_not(self) -> None:
        reading = reading_of(
            "PA1*10*125", "PA1*11*125*****1", "PA1*12*0*****1", "PA1*13*125*****1", "PA1*14*9"
        )
        slots = [slot("10", 125), slot("11", 125), slot("12", 125), slot("14", product=None)]
        assert states(audit_prices(reading, slots)) == {
            "10": "match",
            "11": "match",
            "12": "selection_missing",
            "14": "unknown",
        }

    def test_a_mark_that_every_selection_has_means_something_else(self) -> None:
        reading = reading_of("PA1*10*125*****1", "PA1*11*125*****1", "PA1*12*125*****1")
        slots = [slot("10", 125), slot("11", 150)]
        assert states(audit_prices(reading, slots)) == {
            "10": "match",
            "11": "differs",
            "12": "unmapped",
        }

    def test_empty_slots_have_no_price(self) -> None:
        reading = reading_of("PA1*10*125", "PA1*11*125")
        slots = [slot("10", 1, product=None), slot("11", 125), slot("12", 1, product=None)]
        (empty, full) = audit_prices(reading, slots).lines
        assert (empty.state, empty.planned, empty.slots) == (PriceState.UNKNOWN, None, ("10",))
        assert full.state is PriceState.MATCH

    def test_several_slots_on_one_selection(self) -> None:
        reading = reading_of("PA1*10*125")
        slots = [slot("10", 125, label="A1"), slot("010", 125, label="A2")]
        (line,) = audit_prices(reading, slots).lines
        assert (line.slots, line.state) == (("A1", "A2"), PriceState.MATCH)
        (line,) = audit_prices(reading, [*slots, slot("10", 150, label="A3")]).lines
        assert (line.state, line.planned) == (PriceState.DIFFERS, 150)

    def test_one_name_in_both_cabinets(self) -> None:
        reading = reading_of("PA1*10*125", "PA1*10*200")
        slots = [slot("10", 125, label="A1"), slot("10", 200, label="Z1")]
        (line,) = audit_prices(reading, slots).lines
        assert line.state is PriceState.MATCH

    def test_names_written_in_other_ways(self) -> None:
        reading = reading_of("PA1*A01*125", "PA1*A02", "PA7*A2*CA*0*125*1*125", "LA1*0*a1*125")
        audit = audit_prices(reading, [slot("a1", 125), slot("A2", 125)])
        assert states(audit) == {"A01": "match", "A02": "match"}
        assert [said.element for said in audit.lines[0].said] == ["PA102", "LA103"]

    def test_a_cut_report_proves_no_selection_missing(self) -> None:
        data = b"DXS*CVD0000001*VA*V0/6*1\r\nST*001*0001\r\nPA1*10*125\r\n"
        cut = make_reading(read_dex(data).reports[0])
        assert states(audit_prices(cut, [slot("10", 125), slot("11", 125)])) == {
            "10": "match",
            "11": "unknown",
        }

    def test_nothing_at_all(self) -> None:
        assert audit_prices(reading_of("VA1*1*1"), []).lines == ()


def test_planograms_made_from_real_audits_differ_nowhere() -> None:
    """Whatever a maker writes: a planogram with the prices of the file itself is right."""
    checked = 0
    for file in corpus_files():
        for report in read_dex(file.read()).reports:
            reading = make_reading(report)
            slots = [slot(each.selection, each.price or 0) for each in reading.selections]
            for decimals in (None, reading.money.decimals):
                audit = audit_prices(reading, slots, decimals)
                assert audit.count(PriceState.DIFFERS) == 0, file.name
                assert audit.count(PriceState.SELECTION_MISSING) == 0, file.name
                assert audit.count(PriceState.UNMAPPED) == 0, file.name
                checked += audit.count(PriceState.MATCH)
    assert checked > 700


def test_planted_mismatches_in_real_audits_are_found() -> None:
    for file in corpus_files():
        for report in read_dex(file.read()).reports:
            reading = make_reading(report)
            priced = [each for each in reading.selections if each.price]
            slots = [
                slot(each.selection, (each.price or 0) + number % 2)
                for number, each in enumerate(priced)
            ]
            audit = audit_prices(reading, slots)
            assert (
                audit.count(PriceState.DIFFERS) + audit.count(PriceState.SELECTION_MISSING)
                == len(priced) // 2
            ), file.name


names = st.sampled_from(["1", "01", "A1", "10", "", " 2", "B^41^"])
numbers = st.sampled_from(["", "0", "100", "125", "65535", "99999999", "x", "-5"])
lines = st.lists(
    st.one_of(
        st.tuples(st.just("PA1"), names, numbers).map("*".join),
        st.tuples(st.just("LA1"), numbers, names, numbers).map("*".join),
        st.tuples(st.just("PA7"), names, st.sampled_from(["CA", "DA", ""]), numbers, numbers).map(
            "*".join
        ),
        st.tuples(st.just("ID4"), numbers).map("*".join),
    ),
    max_size=20,
)


@given(
    lines,
    st.lists(st.builds(slot, names, st.integers(0, 200), product=st.sampled_from([None, "p"]))),
    st.none() | st.integers(0, 4),
)
def test_every_selection_and_every_planned_slot_has_one_line(
    written: list[str], slots: list[PlanogramSlot], decimals: int | None
) -> None:
    audit = audit_prices(reading_of(*written), slots, decimals)
    labels = [label for line in audit.lines for label in line.slots]
    assert len(labels) <= len(slots)
    assert set(labels) >= {each.label for each in slots if each.product_id is not None}
    selections = [line.selection for line in audit.lines if line.line is not None]
    assert len(selections) == len(set(selections))
    for line in audit.lines:
        assert (line.state is PriceState.UNMAPPED) == (not line.slots)
        if line.state is PriceState.DIFFERS:
            assert any(said.differs for said in line.said)
