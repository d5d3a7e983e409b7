"""Who is served first."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.due_rules import Thresholds
from cvd_shared.need import SlotState
from cvd_shared.route_shapes import Urgency
from cvd_shared.urgency import combined, order_key, urgency
from cvd_shared.wire_records import MachineRecord

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
LIMITS = Thresholds()
SNACKS = MachineRecord(id="m1", asset_number="10427", machine_type="snack")


def slot(stock: int | None, days: float | None, *, core: bool = False, par: int = 10) -> SlotState:
    return SlotState(core, par, stock, days)


def of(*slots: SlotState, cash: int | None = None, days_ago: float | None = None) -> Urgency:
    last = None if days_ago is None else NOW - timedelta(days=days_ago)
    return urgency(slots, LIMITS, cash_expected=cash, last_service=last, now=NOW)


class TestUrgency:
    def test_counts_slots_and_days(self) -> None:
        found = of(slot(0, 0.0), slot(2, 0.5), slot(5, 2.0), slot(9, 8.0), slot(None, None))
        assert (found.sold_out, found.low, found.days_left) == (1, 2, 0.0)

    def test_days_are_those_of_core_slots_where_these_are_known(self) -> None:
        assert of(slot(2, 0.5), slot(9, 4.0, core=True)).days_left == 4.0
        assert of(slot(2, 0.5), slot(None, None, core=True)).days_left == 0.5
        assert of(slot(None, None)).days_left is None

    def test_cash_is_told_due_or_not_and_unknown_is_no_figure(self) -> None:
        assert of(cash=4_790).cash_due == 4_790
        assert of(cash=None).cash_due is None

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
        found = combined(
            [
                Urgency(2, 1, None, 300, None),
                Urgency(1, 4, 2.0, None, 5.0),
                Urgency(0, 0, 4.0, 50, 1.0),
            ]
        )
        assert found == Urgency(3, 5, 2.0, 350, 5.0)
        assert combined([]) == Urgency(0, 0, None, None, None)

    @settings(max_examples=60)
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
