"""The Bench's two columns: cards at the left, the trace beside them; one column for large text."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QScroller, QVBoxLayout, QWidget

from cvd_desktop.ui.theme import Look

SIDE = 244  # px of the cards
MAIN_LEAST = 480  # px that the trace needs beside them
MAIN_HEIGHT = 420  # px that the trace keeps in one column
ONE_COLUMN_FROM = 1.5  # text scale


class BenchColumns(QScrollArea):
    """Cards go into `side`; `main` holds the one widget that takes what room there is. In one
    column the cards stand below it."""

    def __init__(self, look: Look, main: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._main = main
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget(self.viewport())
        page.setProperty("role", "page")
        self._page = page
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, page)
        gap = look.theme.space.m
        self._row.setContentsMargins(gap, gap, gap, gap)
        self._row.setSpacing(gap)
        self._side_widget = QWidget(page)
        self.side = QVBoxLayout(self._side_widget)
        self.side.setContentsMargins(0, 0, 0, 0)
        self.side.setSpacing(gap)
        self._row.addWidget(self._side_widget)
        self._row.addWidget(main, 1)
        self.setWidget(page)
        page.installEventFilter(self)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)
        look.follow(self._arrange)

    @property
    def in_one_column(self) -> bool:
        return self._row.direction() is not QBoxLayout.Direction.LeftToRight

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()
        self._keep_height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.LayoutRequest:
            self._keep_height()
        return super().eventFilter(watched, event)

    def _keep_height(self) -> None:
        """As high as wrapped text needs at this width."""
        needed = self._row.totalHeightForWidth(self.viewport().width())
        if needed < 0:
            needed = self._row.totalMinimumSize().height()
        self._page.setMinimumHeight(needed)

    def _arrange(self) -> None:
        theme = self._look.theme
        side = theme.chrome_px(SIDE)
        if self.width() >= theme.frame.side_panel_wide[0] + 1200:
            side = theme.frame.side_panel_wide[0]
        narrow = theme.text_scale >= ONE_COLUMN_FROM or self.width() < MAIN_LEAST + side
        way = QBoxLayout.Direction.BottomToTop if narrow else QBoxLayout.Direction.LeftToRight
        if self._row.direction() is not way:
            self._row.setDirection(way)
        self._main.setMinimumHeight(theme.text_px(MAIN_HEIGHT) if narrow else 0)
        if narrow:
            self._side_widget.setMinimumWidth(0)
            self._side_widget.setMaximumWidth(16_777_215)
        else:
            self._side_widget.setFixedWidth(side)


def without_margins(page: QScrollArea) -> None:
    """A page of columns inside these columns, which have the margins already."""
    inner = page.widget()
    layout = inner.layout() if inner is not None else None
    if layout is not None:
        layout.setContentsMargins(0, 0, 0, 0)
