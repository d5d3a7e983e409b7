"""Painted parts of the Load panel: cases and singles in big figures, sums below a table, a head
that is a button."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    FOCUS_RING,
    LEFT,
    RIGHT,
    key_cap_size,
    key_words,
    paint_box,
    paint_key_cap,
    paint_text,
    text_width,
)

PAIR_GAP = 24  # px between cases and singles
FIGURE_ROLES = (("figure", "head"), ("title", "body"), ("head", "dense"))
SUM_ROW = 34  # px at text scale 1
SUM_PAD = 6  # px left of the words of a sum


class CaseFigures(QWidget):
    """ "1 case of 24  12 singles"; one below the other where they have no room."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._pairs: tuple[tuple[str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Figure and unit of each."""
        self._pairs = tuple(pairs)
        self.setAccessibleName(", ".join(f"{figure} {unit}" for figure, unit in pairs))
        self._restyle()

    def _roles(self) -> tuple[str, str]:
        """Of figure and unit: smaller ones where the largest pair has no room on a line."""
        return next(
            (roles for roles in FIGURE_ROLES if max(self._widths(roles)) <= self.width()),
            FIGURE_ROLES[-1],
        )

    def _widths(self, roles: tuple[str, str]) -> list[int]:
        theme = self._look.theme
        gap = theme.space.xs + 2
        return [
            text_width(theme.font(roles[0]), figure) + gap + text_width(theme.font(roles[1]), unit)
            for figure, unit in self._pairs or (("", ""),)
        ]

    def _rows(self) -> int:
        widths = self._widths(self._roles())
        beside = sum(widths) + PAIR_GAP * (len(widths) - 1) <= self.width()
        return 1 if beside else len(widths)

    def _restyle(self) -> None:
        self.setFixedHeight(max(1, self._rows()) * self._look.theme.line_height("figure"))
        self.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._restyle()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, self.height())

    sizeHint = minimumSizeHint  # noqa: N815 - Qt's name

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        one_row = self._rows() == 1
        roles = self._roles()
        big = theme.font(roles[0])
        high = theme.line_height("figure")
        left, top = 0, 0
        for (figure, unit), wide in zip(self._pairs, self._widths(roles), strict=False):
            foot = top + (high + QFontMetrics(big).capHeight()) // 2
            painter.setFont(big)
            painter.setPen(theme.text_color(Tone.PLAIN))
            painter.drawText(left, foot, figure)
            beside = left + text_width(big, figure) + theme.space.xs + 2
            painter.setFont(theme.font(roles[1]))
            painter.setPen(theme.text_color(Tone.MUTED))
            painter.drawText(beside, foot, unit)
            left, top = (left + wide + PAIR_GAP, top) if one_row else (0, top + high)
        painter.end()


class Sums(QWidget):
    """Rows of words and their figure; the last one is what the others come to."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._lines: tuple[tuple[str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        self._lines = tuple(lines)
        self.setAccessibleName("\n".join(f"{name}: {value}" for name, value in lines))
        self._restyle()

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What is shown."""
        return self._lines

    def _row(self) -> int:
        theme = self._look.theme
        return max(theme.text_px(SUM_ROW), theme.line_height("value"))

    def _restyle(self) -> None:
        self.setFixedHeight(len(self._lines) * self._row())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        row = self._row()
        last = len(self._lines) - 1
        for n, (name, value) in enumerate(self._lines):
            rect = QRect(SUM_PAD, n * row, self.width() - 2 * SUM_PAD, row - 1)
            total = n == last
            tone = Tone.PLAIN if total else Tone.MUTED
            role = "denseStrong" if total else "dense"
            paint_text(painter, rect, theme, name, role, tone=tone, align=LEFT)
            figure = "value" if total else "denseStrong"
            paint_text(painter, rect, theme, value, figure, align=RIGHT, elide=False)
            if not total:
                line = QRect(0, (n + 1) * row - 1, self.width(), 1)
                painter.fillRect(line, theme.colors.line.hairline)
        painter.end()


class HeadButton(PaintedButton):
    """A strong heading with the cap of its key, as wide as its card; pressing it goes there."""

    def __init__(self, look: Look, key: str) -> None:
        super().__init__(look)
        self._words = ""
        self._key = key_words(QKeySequence(key))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleDescription(self._key)
        self.start()

    def say(self, words: str) -> None:
        self._words = words
        self.setAccessibleName(words)
        self.update()

    def words(self) -> str:
        return self._words

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        high = max(theme.control.touch, theme.line_height("bodyStrong") + theme.space.s)
        return QSize(120, high)

    def restyle(self) -> None:
        self.setFixedHeight(self.sizeHint().height())  # a full panel does not squeeze it
        super().restyle()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        ground = self.touched_ground()
        if ground is not None:
            painter.fillRect(area, ground)
        size = key_cap_size(theme, self._key)
        cap = QRect(
            area.right() + 1 - size.width(),
            (area.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )
        paint_key_cap(painter, cap, theme, self._key, colors.text.muted)
        words = area.adjusted(0, 0, -size.width() - theme.space.s, 0)
        paint_text(painter, words, theme, self._words, "bodyStrong")
        if self.hasFocus():
            paint_box(painter, area, fill=None, border=colors.focus_ring, line=FOCUS_RING)
        painter.end()
