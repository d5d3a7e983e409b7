"""Who finds which screen in the rail."""

import pytest

from cvd_desktop.app.screen_slots import FIRST, names_for, slots
from cvd_shared.permissions import Right, Role, may


@pytest.mark.parametrize("role", list(Role))
def test_review_stands_first_for_whoever_may_see_it(role: Role) -> None:
    names = names_for(role)
    assert ("review" in names) is may(role, Right.REVIEW_SEE)
    assert (names[0] == "review") is may(role, Right.REVIEW_SEE)


def test_nobody_and_an_unknown_role() -> None:
    assert "review" not in names_for(None)
    assert names_for(None)[0] == FIRST
    assert names_for("a later one") == [slot.name for slot in slots(lambda name: None)]  # type: ignore[arg-type, return-value]
