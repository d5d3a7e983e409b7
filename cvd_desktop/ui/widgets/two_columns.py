"""Main column and side panel; one below the other where the window is narrow or the text large."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QScroller, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look

MAIN_LEAST = 560  # px at text scale 1 that the main column needs beside a panel
ROOMY = 1500  # px from which on a side panel is as wide as the widest of the tokens
ONE_COLUMN_FROM = 1.5  # text scale, README of the mockups: "one column; side panels go below"


class TwoColumns(QScrollArea):
    """Put widgets into `main` and `side`. Scrolls as a whole when the content is higher."""

    turned = Signal()
    """One column became two, or two became one."""

    def __init__(
        self,
        look: Look,
        side_px: int,
        compact_px: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`side_px` is the width of the side panel, `compact_px` that of narrow windows.

        Give the parent, and add cards before filling them: with a style sheet every change of
        parent styles the whole tree below again.
        """
        super().__init__(parent)
        self._look = look
        self._side_px = side_px
        self._compact_px = compact_px or look.theme.frame.side_panel_compact
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget(self.viewport())
        page.setProperty("role", "page")
        theme = look.theme
        pad, gutter = theme.frame.content_padding, theme.space.m
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, page)
        self._row.setContentsMargins(pad, pad, pad, pad)
        self._row.setSpacing(gutter)
        self._side_widget = QWidget(page)
        self.main = QVBoxLayout()
        self.main.setSpacing(gutter)
        self.side = QVBoxLayout(self._side_widget)
        self.side.setContentsMargins(0, 0, 0, 0)
        self.side.setSpacing(gutter)
        self._row.addLayout(self.main, 1)
        self._row.addWidget(self._side_widget)
        self._page = page
        self.setWidget(page)
        page.installEventFilter(self)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        look.follow(self._arrange)

    @property
    def in_one_column(self) -> bool:
        return self._row.direction() is QBoxLayout.Direction.TopToBottom

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()
        self._keep_height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.LayoutRequest:
            self._keep_height()
        return super().eventFilter(watched, event)

    def _keep_height(self) -> None:
        """As high as wrapped text needs at this width: Qt's own minimum is that of another width,
        and content would be squeezed or followed by emptiness."""
        needed = self._row.totalHeightForWidth(self.viewport().width())
        if needed < 0:
            needed = self._row.totalMinimumSize().height()
        self._page.setMinimumHeight(needed)

    def _arrange(self) -> None:
        theme = self._look.theme
        room = self.width()
        side = self._side_px if room >= MAIN_LEAST + self._side_px + 48 else self._compact_px
        if room >= ROOMY:
            side = max(side, *theme.frame.side_panel_wide)
        narrow = theme.text_scale >= ONE_COLUMN_FROM or room < MAIN_LEAST + side
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._row.direction() is not wanted:
            self._row.setDirection(wanted)
            self.turned.emit()
        if narrow:
            self._side_widget.setMinimumWidth(0)
            self._side_widget.setMaximumWidth(16_777_215)
        else:
            self._side_widget.setFixedWidth(theme.chrome_px(side))
