"""The blocks of a running read as boxes, and its rate beside what the line can carry."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.painting import paint_box

BOX_HIGH = 76  # px
BOX_GAP = 3
BOX_LEAST = 4  # narrower boxes stand for several blocks each
USUAL_TOTAL = 26  # sets the width of a box where no earlier read says how many come


class BlockProgress(QWidget):
    """One box a block: ink is on disk, accent is arriving, hollow is still to come."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.blocks = 0
        self.total: int | None = None
        self.arriving = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_blocks(self, blocks: int, total: int | None, *, arriving: bool) -> None:
        """`total` is a forecast, None when there is none; a read may well bring more."""
        if (blocks, total, arriving) == (self.blocks, self.total, self.arriving):
            return
        self.blocks, self.total, self.arriving = blocks, total, arriving
        self.setAccessibleName(
            self.tr("{n} of about {all} blocks are on this laptop").format(n=blocks, all=total)
            if total
            else self.tr("{n} blocks are on this laptop").format(n=blocks)
        )
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(400, BOX_HIGH)

    def boxes(self) -> tuple[int, int, int]:
        """(boxes, boxes that are full, blocks that one box stands for) at the present width."""
        arriving = 1 if self.arriving else 0
        needed = max(self.blocks + arriving, self.total or USUAL_TOTAL, 1)
        room = max(1, (self.width() + BOX_GAP) // (BOX_LEAST + BOX_GAP))
        each = -(-needed // room)
        return -(-needed // each), self.blocks // each, each

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        colors = self._look.theme.colors
        count, full, _ = self.boxes()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for n in range(count):
            left, right = self._edge(n, count), self._edge(n + 1, count) - BOX_GAP
            box = QRect(left, 0, max(1, right - left), self.height())
            if n < full:
                painter.fillRect(box, colors.text.primary)
            elif n == full and self.arriving:
                painter.fillRect(box, colors.accent.base)
            elif self.total:  # nothing is promised that no earlier read has shown
                paint_box(
                    painter,
                    box,
                    fill=colors.surface.raised,
                    border=colors.line.border,
                    line=colors.line_width,
                )
        painter.end()

    def _edge(self, n: int, count: int) -> int:
        """Left edge of the n-th box, so that whole pixels share the width evenly."""
        return round(n * (self.width() + BOX_GAP) / count)

    def _restyle(self) -> None:
        self.setFixedHeight(BOX_HIGH)
        self.update()


class RateBar(QWidget):
    """A share of what the line can carry; `ruled` draws the limit itself as a ruler."""

    def __init__(self, look: Look, *, ruled: bool = False) -> None:
        super().__init__()
        self._look = look
        self._ruled = ruled
        self.share: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        look.follow(self._restyle)

    def show_share(self, share: float | None) -> None:
        """0.0 to 1.0; None is not known yet."""
        if share != self.share:
            self.share = share
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        colors = self._look.theme.colors
        painter = QPainter(self)
        rect = self.rect()
        line = colors.line_width
        fill = colors.surface.raised
        paint_box(painter, rect, fill=fill, border=colors.line.border, line=line)
        inner = rect.adjusted(line, line, -line, -line)
        if self._ruled:
            for left in range(inner.left() + 6, inner.right(), 7):
                painter.fillRect(left, inner.top(), 1, inner.height(), colors.line.border)
        elif self.share:
            wide = round(inner.width() * min(1.0, self.share))
            painter.fillRect(inner.left(), inner.top(), wide, inner.height(), colors.text.primary)
        painter.end()

    def _restyle(self) -> None:
        self.setFixedHeight(self._look.theme.text_px(13))
        self.update()
