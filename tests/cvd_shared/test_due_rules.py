"""Which machine is due, and by which rule."""

from datetime import UTC, datetime, timedelta

import pytest

from cvd_shared.due_rules import Threshold, Thresholds, due, thresholds
from cvd_shared.need import SlotState
from cvd_shared.route_shapes import DueReason
from cvd_shared.wire_records import DueRulesRecord, MachineRecord

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
LIMITS = Thresholds()
SNACKS = MachineRecord(id="m1", asset_number="10427", machine_type="snack")


def slot(stock: int | None, days: float | None, *, core: bool = False, par: int = 10) -> SlotState:
    return SlotState(core, par, stock, days)


def rules_of(
    *slots: SlotState, cash: int | None = None, days_ago: float | None = None
) -> list[str]:
    last = None if days_ago is None else NOW - timedelta(days=days_ago)
    found = due(LIMITS, slots, cash_expected=cash, last_service=last, now=NOW)
    return [each.rule for each in found]


class TestThresholds:
    def test_what_holds_where_nobody_set_anything(self) -> None:
        found = thresholds([], SNACKS)
        assert found == LIMITS
        assert [each.value for each in found] == [True, 3, 40, 14, 20_000, 1.0, 3.0]

    def test_the_nearest_level_wins_each_for_itself(self) -> None:
        rules = [
            DueRulesRecord(id="0", level="machine", key="m1", days=2),
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
