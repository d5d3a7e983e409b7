"""Nobody has touched the window: a dialog that nobody touches either is no reason to stay open."""

import pytest
from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from cvd_desktop.ui import idle_watch
from cvd_desktop.ui.idle_watch import IdleWatch


class HandTimer(QElapsedTimer):
    """As many minutes as the test says have passed since it was started."""

    minutes = 0

    def restart(self) -> int:
        self.minutes = 0
        return 0

    def hasExpired(self, timeout: int) -> bool:
        return self.minutes * 60_000 >= timeout


def test_a_dialog_that_nobody_touches_is_locked_away(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle_watch, "QElapsedTimer", HandTimer)
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    idle: list[str] = []
    watch = IdleWatch(window, lambda: idle.append("idle"))
    watch.set_minutes(5)
    since = watch._since
    assert isinstance(since, HandTimer)

    def minutes_pass(minutes: int) -> None:
        since.minutes += minutes
        watch.look()

    minutes_pass(4)
    assert not idle
    dialog = QDialog(window)
    dialog.setModal(True)
    dialog.show()
    minutes_pass(4)
    assert not idle, "to open it is a touch"
    minutes_pass(4)
    qtbot.keyClick(dialog.windowHandle(), Qt.Key.Key_1)
    minutes_pass(4)
    assert not idle, "what is typed in it is one too"
    minutes_pass(4)
    assert idle == ["idle"]
    dialog.close()
