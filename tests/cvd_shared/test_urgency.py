"""Who is served first, which machine is due, and by which rule."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.due_rules import Threshold, Thresholds, due, thresholds
from cvd_shared.need import SlotState
from cvd_shared.route_shapes import DueReason, Urgency
from cvd_shared.urgency import combined, order_key, urgency
from cvd_shared.wire_records import DueRulesRecord, MachineRecord

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
LIMITS = Thresholds()
SNACKS = MachineRecord(id="m1", asset_number="10427", machine_type="snack")


def slot(stock: int | None, days: float | None, *, core: bool = False, par: int = 10) -> SlotState:
    return SlotState(core, par, stock, days)


def of(*slots: SlotState, cash: int | None = None, days_ago: float | None = None) -> Urgency:
    last = None if days_ago is None else NOW - timedelta(days=days_ago)
    return urgency(slots, LIMITS, cash_expected=cash, last_service=last, now=NOW)


def rules_of(
    *slots: SlotState, cash: int | None = None, days_ago: float | None = None
) -> list[str]:
    last = None if days_ago is None else NOW - timedelta(days=days_ago)
    found = due(LIMITS, slots, cash_expected=cash, last_service=last, now=NOW)
    return [each.rule for each in found]


class TestUrgency:
    def test_counts_slots_and_days(self) -> None:
        found = of(slot(0, 0.0), slot(2, 0.5), slot(5, 2.0), slot(9, 8.0), slot(None, None))
        assert (found.sold_out, found.low, found.days_left) == (1, 2, 0.0)

    def test_days_are_those_of_core_slots_where_these_are_known(self) -> None:
        assert of(slot(2, 0.5), slot(9, 4.0, core=True)).days_left == 4.0
        assert of(slot(2, 0.5), slot(None, None, core=True)).days_left == 0.5
        assert of(slot(None, None)).days_left is None

    def test_cash_counts_once_it_is_due(self) -> None:
        assert of(cash=19_999).cash_due is None
        assert of(cash=20_000).cash_due == 20_000

    def test_a_service_in_the_future_was_just_now(self) -> None:
        assert of(days_ago=2.5).days_since_service == 2.5
        assert of(days_ago=-1).days_since_service == 0.0

    def test_sold_out_then_days_then_cash_then_service(self) -> None:
        ranked = [
            Urgency(2, 0, 9.0, None, None),
            Urgency(1, 0, 0.5, None, 1.0),
            Urgency(1, 9, 1.0, 900, 1.0),
            Urgency(1, 0, 1.0, 400, 30.0),
            Urgency(1, 0, 1.0, 400, 2.0),
            Urgency(1, 0, 1.0, 400, None),
            Urgency(1, 0, None, 9000, 99.0),
            Urgency(0, 5, 0.1, 9000, 99.0),
        ]
        mixed = list(ranked)
        Random(1).shuffle(mixed)
        assert sorted(mixed, key=order_key) == ranked

    def test_a_stop_is_as_urgent_as_its_machines_together(self) -> None:
        found = combined([Urgency(2, 1, None, 300, None), Urgency(1, 4, 2.0, None, 5.0)])
        assert found == Urgency(3, 5, 2.0, 300, 5.0)
        assert combined([]) == Urgency(0, 0, None, None, None)

    @given(
        st.lists(
            st.builds(
                Urgency,
                st.integers(0, 3),
                st.integers(0, 3),
                st.none() | st.floats(0, 9),
                st.none() | st.integers(0, 9),
                st.none() | st.floats(0, 9),
            )
        ),
        st.randoms(use_true_random=False),
    )
    def test_the_order_of_machines_does_not_matter(
        self, machines: list[Urgency], mixed: Random
    ) -> None:
        other = list(machines)
        mixed.shuffle(other)
        assert combined(other) == combined(machines)


class TestThresholds:
    def test_what_holds_where_nobody_set_anything(self) -> None:
        found = thresholds([], SNACKS)
        assert found == LIMITS
        assert [each.value for each in found] == [True, 3, 40, 14, 20_000, 1.0, 3.0]

    def test_the_nearest_level_wins_each_for_itself(self) -> None:
        rules = [
            DueRulesRecord(id="3", level="machine", key="m1", days=2),
            DueRulesRecord(id="1", level="operator", days=10, cash=5000, core_critical=False),
            DueRulesRecord(id="2", level="machine_type", key="snack", days=7, sold_out_slots=1),
            DueRulesRecord(id="4", level="machine", key="other", days=1, cash=1),
            DueRulesRecord(id="5", level="machine_type", key="drink", sold_out_slots=9),
        ]
        found = thresholds(rules, SNACKS)
        assert found.days == Threshold(2, "machine")
        assert found.sold_out_slots == Threshold(1, "machine_type")
        assert found.cash == Threshold(5000, "operator")
        assert not found.core_critical.value
        assert thresholds(rules[::-1], SNACKS) == found


class TestDue:
    def test_nothing_known_is_nothing_due(self) -> None:
        assert rules_of() == rules_of(slot(None, None)) == []

    def test_a_core_slot_that_is_critical(self) -> None:
        assert rules_of(slot(9, 1.0, core=True)) == ["core_critical"]
        assert rules_of(slot(9, 1.1, core=True)) == rules_of(slot(9, 1.0)) == []
        never = LIMITS._replace(core_critical=Threshold(False, "machine"))
        slots = [slot(9, 0.2, core=True)]
        assert due(never, slots, cash_expected=None, last_service=None, now=NOW) == ()

    def test_a_sold_out_core_slot_is_critical_whatever_it_sells(self) -> None:
        assert "core_critical" in rules_of(slot(0, 0.0, core=True))

    def test_sold_out_slots(self) -> None:
        three, full = [slot(0, 0.0)] * 3, [slot(10, 9.0)] * 9
        assert rules_of(*three, *full) == ["sold_out_slots"]
        assert rules_of(*three[1:], *full) == []

    @pytest.mark.parametrize(("stock", "rules"), [(6, ["depletion"]), (7, [])])
    def test_depletion_of_what_is_known(self, stock: int, rules: list[str]) -> None:
        assert rules_of(slot(stock, 9.0), slot(None, None)) == rules
        # more than par in one slot does not make up for another one
        assert rules_of(slot(stock, 9.0), slot(stock, 9.0), slot(20, 9.0, par=0)) == rules

    def test_days_since_service_and_cash(self) -> None:
        assert rules_of(days_ago=14) == ["days"]
        assert rules_of(days_ago=13.9) == []
        assert rules_of(cash=20_000) == ["cash"]
        assert rules_of(cash=19_999) == []

    def test_it_says_whose_threshold_it_was(self) -> None:
        limits = LIMITS._replace(cash=Threshold(500, "machine_type"))
        found = due(limits, [], cash_expected=700, last_service=None, now=NOW)
        assert found == (DueReason("collect", "cash", "machine_type", 500, 700),)
