"""The guard tells the machine that was meant from others, and says no more than it knows."""

import pytest

from cvd_shared.dex.machine_reading import Identity
from cvd_shared.identity_guard import compare, usable_identity


class TestCompare:
    @pytest.mark.parametrize(
        ("before", "now", "code"),
        [
            (("10042", "S1", "B1"), ("10042", "S1", "B1"), None),
            (("10042", "S1", None), ("010042", "S2", "B1"), "other_machine"),
            (("10042", "S1", "B1"), ("10043", "S2", "B2"), "other_machine"),
            (("10042", None, None), ("10043", None, None), "other_machine"),
            (("10042", "S1", "B1"), ("10042", "S1", "B2"), "board_changed"),
            (("10042", "S1", "B1"), ("10042", "S2", "B2"), "board_changed"),
            (("10042", "S1", "B1"), ("10043", "S1", "B1"), "asset_number_changed"),
            ((None, "S1", "B1"), (None, "S1", "B2"), "board_changed"),
            (("0", "S1", None), ("0", "S2", None), "other_machine"),
            (("0", "S1", None), ("10042", "S1", None), None),
            ((None, "RHV0000000000", None), ("7", "RHV0000000001", None), None),
            (("10042", "S1", "B1"), (None, None, None), None),
        ],
    )
    def test_who_it_is(
        self,
        before: tuple[str | None, ...],
        now: tuple[str | None, ...],
        code: str | None,
    ) -> None:
        then = Identity(before[0], before[1], control_board=before[2])
        today = Identity(now[0], now[1], control_board=now[2])
        change = compare(then, today)
        assert (change.kind if change else None) == code

    @pytest.mark.parametrize(
        "number", [None, "", "0", "000000", "4294967295", "JOF", "RHV0000", "-"]
    )
    def test_numbers_that_were_never_set(self, number: str | None) -> None:
        assert usable_identity(number) is None

    def test_numbers_that_were(self) -> None:
        assert usable_identity(" tw20185083 ") == "TW20185083"
