"""The head of a card that opens a page of its own: heading, source mark, arrow and key cap."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    FOCUS_RING,
    key_cap_size,
    key_words,
    paint_box,
    paint_key_cap,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.source_mark import (
    Source,
    paint_source_mark,
    source_mark_side,
    source_words,
)

GAP = 8  # px between what stands at the right


class OpenHead(PaintedButton):
    """The whole row is the button. `key` is only shown; the strip of views has the action."""

    def __init__(
        self, look: Look, heading: str, opens: str, key: str, source: Source | None = None
    ) -> None:
        """`opens` says for a screen reader what a press shows."""
        super().__init__(look)
        self._heading = heading
        self._key = key_words(QKeySequence(key))
        self._source = source
        self._opens = opens
        self._age = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._tell()
        self.start()

    def set_heading(self, heading: str) -> None:
        self._heading = heading
        self._tell()
        self.restyle()

    def heading(self) -> str:
        return self._heading

    def set_age(self, age: str) -> None:
        """Age of the figures in words, told with their source."""
        self._age = age
        self._tell()

    def _tell(self) -> None:
        source = source_words(self._source) if self._source is not None else ""
        said = ", ".join(part for part in (source, self._age) if part)
        self.setAccessibleName(". ".join(part for part in (self._heading, self._opens) if part))
        self.setAccessibleDescription(", ".join(part for part in (self._key, said) if part))
        self.setToolTip(said)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        high = max(theme.control.touch, theme.line_height("bodyStrong") + 2 * theme.space.s)
        return QSize(160, high)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        ground = self.touched_ground()
        if ground is not None:
            paint_box(painter, area, fill=ground, border=None, radius=theme.radius.card)
        if self.hasFocus():
            paint_box(painter, area, fill=None, border=colors.focus_ring, line=FOCUS_RING)
        right = area.right() + 1 - theme.space.l
        if self._key:
            size = key_cap_size(theme, self._key)
            right -= size.width()
            top = (area.height() - size.height()) // 2
            cap = QRect(right, top, size.width(), size.height())
            paint_key_cap(painter, cap, theme, self._key, colors.text.muted)
            right -= GAP
        side = theme.text_px(theme.icon.inline)
        right -= side
        arrow = QRect(right, (area.height() - side) // 2, side, side)
        paint_icon(painter, arrow, "arrow-right", colors.text.muted, theme)
        right -= GAP
        if self._source is not None:
            left = theme.space.l + text_width(theme.font("bodyStrong"), self._heading) + GAP
            place = QRect(left, 0, source_mark_side(theme), area.height())
            if place.right() < right:
                paint_source_mark(painter, place, theme, self._source)
        words = QRect(theme.space.l, 0, right - theme.space.l, area.height())
        paint_text(painter, words, theme, self._heading, "bodyStrong")
        painter.end()
