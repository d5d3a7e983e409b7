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
    """Watches the handle of one window. A dialog above it counts as being touched: what is typed
    there is not recorded yet."""

    def __init__(self, window: QWidget, idle: Callable[[], object]) -> None:
        super().__init__(window)
        self._window = window
        self._idle = idle
        self._minutes = 0
        self._watched: QObject | None = None
        self._since = QElapsedTimer()
        self._since.start()
        self._timer = QTimer(self, interval=LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def set_minutes(self, minutes: int) -> None:
        """After so many; 0: never."""
        self._minutes = minutes
        self._since.restart()
        handle = self._window.windowHandle()
        if handle is not None and handle is not self._watched:
            handle.installEventFilter(self)
            self._watched = handle
        if minutes:
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Has it been long enough?"""
        if QApplication.activeModalWidget() is not None:
            self._since.restart()
        elif self._minutes and self._since.hasExpired(self._minutes * 60_000):
            self._since.restart()
            self._idle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        del watched
        if event.type() in _TOUCHED:
            self._since.restart()
        return False
