"""Tells once when a widget has been painted for the first time."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

PATIENCE_MS = 2_000  # a window that starts minimised is never painted


class FirstPaint(QObject):
    """Calls `painted` on the GUI thread after the first paint, or when none came in time."""

    def __init__(self, widget: QWidget, painted: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._painted = painted
        self._late = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._late.timeout.connect(self._tell)
        self._late.start()
        widget.installEventFilter(self)
        widget.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and watched is self._widget:
            self._widget.removeEventFilter(self)
            self._late.start(0)  # children are painted in the same go: then timers have their turn
        return False

    def _tell(self) -> None:
        self._widget.removeEventFilter(self)
        self._painted()
