"""Notices that nobody has touched the window for some minutes."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

LOOK_EVERY_MS = 15_000
_TOUCHED = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.TouchBegin,
        QEvent.Type.Wheel,
    }
)


class IdleWatch(QObject):
    """Watches the handle of one window, and of the dialog above it once there is one: a filter of
    the whole application would be asked of every event. Opening a dialog counts as a touch."""

    def __init__(self, window: QWidget, idle: Callable[[], object]) -> None:
        super().__init__(window)
        self._window = window
        self._idle = idle
        self._minutes = 0
        self._dialog: QWidget | None = None
        self._since = QElapsedTimer()
        self._since.start()
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def set_minutes(self, minutes: int) -> None:
        """After so many; 0: never."""
        self._minutes = minutes
        self._since.restart()
        self._watch(self._window)
        if minutes:
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Has it been long enough?"""
        dialog = QApplication.activeModalWidget()
        if dialog is not self._dialog:
            self._dialog = dialog
            self._since.restart()
            if dialog is not None:
                self._watch(dialog.window())
        elif self._minutes and self._since.hasExpired(self._minutes * 60_000):
            self._since.restart()
            self._idle()

    def _watch(self, window: QWidget) -> None:
        handle = window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)  # a second time changes nothing

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        del watched
        if event.type() in _TOUCHED:
            self._since.restart()
        return False
