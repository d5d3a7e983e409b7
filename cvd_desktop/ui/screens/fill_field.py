"""The big figure of the Fill panel: what is typed, and what it makes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painting import (
    FOCUS_RING,
    LEFT,
    RIGHT,
    paint_box,
    paint_text,
    text_width,
)

_HIGH = 88  # px at text scale 1
_PAD = 14


class FillField(QWidget):
    """Painted: name and figure at the left, "makes 7 of 10" at the right."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._name = self._figure = self._makes = self._after = self._of = ""
        self._wrong = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_figure(
        self, name: str, figure: str, *, makes: str, after: str, of: str, wrong: bool = False
    ) -> None:
        """`wrong`: the figure is what was typed and not taken."""
        now = (name, figure, makes, after, of, wrong)
        if now == (self._name, self._figure, self._makes, self._after, self._of, self._wrong):
            return
        self._name, self._figure, self._makes, self._after, self._of, self._wrong = now
        words = f"{name} {figure}"
        self.setAccessibleName(f"{words}, {makes} {after} {of}" if after else words)
        self.update()

    def figure(self) -> str:
        return self._figure

    def words(self) -> str:
        """All of it, as a screen reader has it."""
        return self.accessibleName()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, self._look.theme.text_px(_HIGH))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, self._look.theme.text_px(_HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        colors = theme.colors
        painter = QPainter(self)
        border = colors.critical.base if self._wrong else colors.accent.base
        paint_box(
            painter,
            self.rect(),
            fill=colors.surface.raised,
            border=border,
            line=FOCUS_RING,
            radius=theme.radius.control,
        )
        pad = theme.text_px(_PAD)
        line = theme.line_height("dense")
        area = self.rect().adjusted(pad, theme.text_px(12), -pad, -theme.text_px(8))
        top = QRect(area.left(), area.top(), area.width(), line)
        makes_wide = text_width(theme.font("dense"), self._makes) if self._after else 0
        paint_text(
            painter,
            top.adjusted(0, 0, -makes_wide - theme.space.s, 0),
            theme,
            self._name,
            "denseStrong",
        )
        if self._after:
            paint_text(
                painter, top, theme, self._makes, "dense", tone=Tone.MUTED, align=RIGHT, elide=False
            )
        foot = QRect(
            area.left(), area.top() + line, area.width(), area.bottom() - area.top() - line + 1
        )
        tone = Tone.CRITICAL if self._wrong else Tone.PLAIN
        taken = paint_text(
            painter, foot, theme, self._figure, "figure", tone=tone, align=LEFT, elide=False
        )
        if self._after:
            self._paint_after(painter, foot.adjusted(taken + theme.space.s, 0, 0, 0))
        painter.end()

    def _paint_after(self, painter: QPainter, foot: QRect) -> None:
        """The figure that it makes, and of how many, on one base line."""
        theme = self._look.theme
        of_wide = text_width(theme.font("body"), self._of) if self._of else 0
        gap = theme.text_px(6) if self._of else 0
        big, small = QFontMetrics(theme.font("value")), QFontMetrics(theme.font("body"))
        drop = (big.ascent() - big.descent() - small.ascent() + small.descent()) // 2
        if self._of:
            paint_text(
                painter,
                foot.adjusted(0, drop, 0, drop),
                theme,
                self._of,
                "body",
                tone=Tone.MUTED,
                align=RIGHT,
                elide=False,
            )
        paint_text(
            painter,
            foot.adjusted(0, 0, -of_wide - gap, 0),
            theme,
            self._after,
            "value",
            align=RIGHT,
            elide=False,
        )
