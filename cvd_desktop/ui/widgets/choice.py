"""One of a few big choices, as a radio button with a second line."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    ACCENT_BAR,
    LEFT,
    paint_box,
    paint_focus,
    paint_text,
)

PAD = 16
LEAST = 56  # px: two lines and a glove
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class Choice(PaintedButton):
    """Exclusive among its siblings; arrow keys walk. The shape says which one is chosen."""

    def __init__(self, look: Look, word: str, detail: str = "") -> None:
        super().__init__(look)
        self.detail = detail
        self.word = word
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setAccessibleName(word)
        self.setAccessibleDescription(detail)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.toggled.connect(self.update)
        self.start()

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        theme = self.look.theme
        high = theme.line_height("bodyStrong") + 2 * theme.space.s
        if self.detail:
            box = QFontMetrics(theme.font("dense")).boundingRect(
                QRect(0, 0, max(60, width - self._left() - PAD), 10_000),
                int(_WRAP),
                self.detail,
            )
            high += box.height()
        return max(LEAST, high)

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
        high = theme.line_height("bodyStrong")
        detail_high = self._detail_height()
        top = (self.height() - high - detail_high) // 2
        shape = QRect(PAD, top + (high - side) // 2, side, side)
        paint_icon(painter, shape, "ring-dot" if chosen else "ring", theme.text_color(tone), theme)
        left, room = self._left(), self.width() - self._left() - PAD
        word = QRect(left, top, room, high)
        paint_text(painter, word, theme, self.word, "bodyStrong", align=LEFT)
        if self.detail:
            painter.setFont(theme.font("dense"))
            painter.setPen(theme.text_color(Tone.MUTED))
            painter.drawText(QRect(left, top + high, room, detail_high), int(_WRAP), self.detail)
        painter.end()

    def _detail_height(self) -> int:
        if not self.detail:
            return 0
        room = max(60, self.width() - self._left() - PAD)
        metrics = QFontMetrics(self.look.theme.font("dense"))
        return metrics.boundingRect(QRect(0, 0, room, 10_000), int(_WRAP), self.detail).height()
