"""Taking one's data off the laptop: never by pressing twice."""

import pytest
from pytestqt.qtbot import QtBot

from cvd_desktop.ui.background import Background
from cvd_desktop.ui.screens.settings_lock_card import LockCard, LockFacts, LockServices
from cvd_desktop.ui.theme import Look
from tests.support.frame_screens import messages


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (LockFacts(False, None, 0, "driver07"), "driver07"),
        (LockFacts(False, None, 0, ""), "delete"),
        (LockFacts(False, None, 3, "driver07"), "3"),
        (LockFacts(False, None, 3, "driver07", 2), "3"),
    ],
)
def test_data_go_only_when_the_word_is_typed(
    qtbot: QtBot, look: Look, background: Background, facts: LockFacts, word: str
) -> None:
    removed: list[str] = []
    left: list[bool] = []
    services = LockServices(
        facts=lambda: facts,
        set_pin=lambda pin: None,
        take_pin_away=lambda: None,
        remove=removed.append,
        removed=lambda: left.append(True),
    )
    card = LockCard(look, background, messages(), services, 15)
    qtbot.addWidget(card)
    card.show()
    card.reload()
    qtbot.waitUntil(lambda: not background.busy)
    card._remove_action.trigger()
    assert word in card.remove_words.text()
    assert ("No export takes that along" in card.remove_words.text()) == bool(facts.begun)
    if facts.waiting == 0:
        card._remove_action.trigger()
        assert card.confirm.error(), "nothing was typed"
        assert removed == []
    card.confirm.set_text(word.upper())
    card._remove_action.trigger()
    qtbot.waitUntil(lambda: bool(left))
    assert removed == [word.upper()]
