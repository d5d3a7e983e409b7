"""Tells once when a window has been painted for the first time."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

PATIENCE_MS = 2_000  # a window that starts minimised is never painted


class FirstPaint(QObject):
    """Calls `painted` on the GUI thread after the first paint, or when none came in time."""

    def __init__(self, window: QWidget, painted: Callable[[], None]) -> None:
        super().__init__(window)
        self._window = window
        self._painted = painted
        self._late = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._late.timeout.connect(self._tell)
        self._late.start()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if watched is self._window and event.type() == QEvent.Type.UpdateRequest:
            self._window.removeEventFilter(self)
            self._late.start(0)  # the request is the paint: what is due at 0 ms comes after it
        return False

    def _tell(self) -> None:
        self._window.removeEventFilter(self)
        self._painted()
