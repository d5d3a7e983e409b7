"""What a person types is kept, whatever happens to something else that waits."""

from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.screens.stop_keeper import Keeper


def test_what_cannot_be_saved_keeps_nothing_else_from_it(
    background: Background, qtbot: QtBot
) -> None:
    saved: list[str] = []
    told: list[BaseException] = []
    full = [True]

    def cash() -> None:
        if full[0]:
            raise Problem("disk_full", ExitCode.USAGE, path="x")
        saved.append("cash")

    keeper = Keeper(background, frozenset(), background)
    keeper.failed.connect(told.append)
    keeper.keep("v1", "cash", cash)
    keeper.keep("v1", "edits", lambda: saved.append("edits"))
    keeper.keep("v2", "edits", lambda: saved.append("other"))
    qtbot.waitUntil(lambda: not background.busy and bool(told))
    assert saved == ["edits", "other"]
    assert keeper.busy
    full[0] = False
    keeper.again()
    qtbot.waitUntil(lambda: not keeper.busy)
    assert saved == ["edits", "other", "cash"]


def test_where_a_person_is_makes_nobody_look_again(background: Background, qtbot: QtBot) -> None:
    told: list[frozenset[str]] = []
    background.changed.connect(told.append)
    saved: list[str] = []
    keeper = Keeper(background, frozenset({"visit"}), background)
    keeper.keep("v1", "place", lambda: saved.append("place"), telling=False)
    qtbot.waitUntil(lambda: not background.busy)
    assert (saved, told, keeper.ahead) == (["place"], [], False)
    keeper.keep("v1", "place", lambda: saved.append("next place"), telling=False)
    keeper.keep("v1", "cash", lambda: saved.append("cash"))
    qtbot.waitUntil(lambda: not background.busy and bool(told))
    assert sorted(saved) == ["cash", "next place", "place"]
    assert told == [frozenset({"visit"})]
    assert keeper.ahead
