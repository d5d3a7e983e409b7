"""Keeps the field that has the focus in sight, however the focus came there."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

_AROUND = 24  # px that are seen around the field


class FocusFollower(QObject):
    """`FocusFollower(area)`: Qt itself scrolls for the Tab key alone."""

    def __init__(self, area: QScrollArea) -> None:
        super().__init__(area)
        self._area = area
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._changed)
        page = area.widget()
        if page is not None:
            page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Resize:  # a row was added, or a text has grown
            QTimer.singleShot(0, self, self._show)
        return super().eventFilter(watched, event)

    def _changed(self, before: QWidget | None, now: QWidget | None) -> None:
        del before
        if now is not None and self._area.isVisible() and self._area.isAncestorOf(now):
            QTimer.singleShot(0, self, self._show)

    def _show(self) -> None:
        focus = QApplication.focusWidget()
        page = self._area.widget()
        if focus is not None and page is not None and page.isAncestorOf(focus):
            self._area.ensureWidgetVisible(focus, _AROUND, _AROUND)
