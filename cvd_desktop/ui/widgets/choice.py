"""One of a few big choices, as a radio button with a second line."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    ACCENT_BAR,
    LEFT,
    paint_box,
    paint_focus,
    text_width,
)
from cvd_desktop.ui.widgets.sizing import grow_down

PAD = 16  # px before the shape
END_PAD = 12  # px behind the longest line
LEAST = 56  # px: two lines and a glove
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class Choice(PaintedButton):
    """Exclusive among its siblings, or one of several things at will; arrow keys walk. The shape,
    a ring or a square, says which of the two, and what is chosen."""

    def __init__(self, look: Look, word: str, detail: str = "") -> None:
        super().__init__(look)
        self.detail = detail
        self.word = word
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setAccessibleName(word)
        self.setAccessibleDescription(detail)
        grow_down(self)
        self.toggled.connect(self.update)
        self.start()

    @property
    def enter_goes_on(self) -> bool:
        """Enter has nothing to choose here: the space bar ticks and takes a tick back."""
        return self.isChecked() or not self.autoExclusive()

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        word, detail = self._heights(width)
        return max(LEAST, word + detail + 2 * self.look.theme.space.s)

    def word_width(self) -> int:
        """px that the choice needs to have its word on one line."""
        needed = text_width(self.look.theme.font("bodyStrong"), self.word)
        return self._left() + needed + END_PAD

    def _heights(self, width: int) -> tuple[int, int]:
        """px of the word and of the detail at this width; both wrap."""
        theme = self.look.theme
        box = QRect(0, 0, max(60, width - self._left() - END_PAD), 10_000)
        word, detail = (
            QFontMetrics(theme.font(role)).boundingRect(box, int(_WRAP), text).height()
            for role, text in (("bodyStrong", self.word), ("dense", self.detail))
        )
        return max(word, theme.line_height("bodyStrong")), detail if self.detail else 0

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(240, self.heightForWidth(max(240, self.width())))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(160, LEAST)

    def _left(self) -> int:
        theme = self.look.theme
        return PAD + theme.text_px(theme.icon.control) + theme.space.m

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        if self.hasFocus():
            area = paint_focus(painter, area, theme, theme.radius.control)
        chosen = self.isChecked()
        fill = colors.selection.row if chosen else colors.surface.raised
        if self.isDown():
            fill = colors.surface.pressed
        elif self.hovered and not chosen:
            fill = colors.surface.hover
        paint_box(
            painter,
            area,
            fill=fill,
            border=colors.accent.base if chosen else colors.line.border,
            line=colors.line_width_strong if chosen else colors.line_width,
            radius=theme.radius.control,
        )
        if chosen:
            bar = QRect(area.left(), area.top() + 2, ACCENT_BAR, area.height() - 4)
            painter.fillRect(bar, colors.accent.base)
        side = theme.text_px(theme.icon.control)
        tone = Tone.ACCENT if chosen else Tone.PLAIN
        line = theme.line_height("bodyStrong")
        high, detail_high = self._heights(self.width())
        top = (self.height() - high - detail_high) // 2
        shape = QRect(PAD, top + (line - side) // 2, side, side)
        names = ("ring", "ring-dot") if self.autoExclusive() else ("square", "checked-square")
        paint_icon(painter, shape, names[chosen], theme.text_color(tone), theme)
        left, room = self._left(), self.width() - self._left() - END_PAD
        painter.setFont(theme.font("bodyStrong"))
        painter.setPen(theme.text_color(Tone.PLAIN))
        align = int(_WRAP if high > line else LEFT)
        painter.drawText(QRect(left, top, room, high), align, self.word)
        painter.setFont(theme.font("dense"))
        painter.setPen(theme.text_color(Tone.MUTED))
        painter.drawText(QRect(left, top + high, room, detail_high), int(_WRAP), self.detail)
        painter.end()
