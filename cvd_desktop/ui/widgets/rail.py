"""The rail at the left: the screens, each with icon, word and number key."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QFont,
    QFontMetrics,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    CENTER,
    paint_box,
    paint_focus,
    paint_ground,
    paint_text,
    text_width,
)

_ITEM = 72  # px high at text scale 1
_ITEM_GROWTH = 24  # px more at text scale 2
_BAR = 5  # accent bar of the active screen
_MOST = 20  # px at which rail words stop growing
_LEAST = 10  # px below which a long word is no longer shrunk
_BADGE = 18


class RailItem(PaintedButton):
    """One screen. Checked means: this one is shown."""

    def __init__(self, look: Look, action: QAction, icon: str) -> None:
        super().__init__(look)
        self._icon = icon
        self._action = action
        self.key = ""  # the digit that opens it
        self._badge = 0
        self._most_high = 0
        self.setCheckable(True)
        self.setText(action.text())
        self.setAccessibleName(action.text())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(action.trigger)
        self.start()

    def nextCheckState(self) -> None:  # noqa: N802 - Qt's name
        """A press opens the screen; only the window says which one is shown."""

    def set_number(self, number: int, *, alt_only: bool) -> None:
        """The key of the screen: a digit at the top right, with Alt only where digits are
        numbers; 0 and more than 9 for none."""
        self.key = str(number) if 0 < number <= 9 else ""
        keys = [f"Alt+{self.key}"] if alt_only else [self.key, f"Alt+{self.key}"]
        self._action.setShortcuts([QKeySequence(one) for one in keys] if self.key else [])
        self._describe()
        self.update()

    def set_badge(self, count: int) -> None:
        """A number of things that wait for this person; 0 for none."""
        if count != self._badge:
            self._badge = count
            self._describe()
            self.update()

    def _describe(self) -> None:
        about = self.tr("%n wait for you", "", self._badge) if self._badge else ""
        self.setAccessibleDescription(", ".join(p for p in (self.key, about) if p))

    def limit_height(self, most: int) -> None:
        """Many screens share a low window: items get lower, never below a finger's height."""
        if most != self._most_high:
            self._most_high = most
            self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        high = round(_ITEM + _ITEM_GROWTH * (theme.text_scale - 1))
        if self._most_high:
            high = max(min(high, self._most_high), theme.control.touch)
        return QSize(theme.control.touch, high)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        rect = self.rect()
        active = self.isChecked()
        inverted = active and theme.key == "sunlight"
        if active:
            paint_ground(painter, rect, colors.text.primary if inverted else colors.surface.surface)
        elif (ground := self.touched_ground()) is not None:
            paint_ground(painter, rect.adjusted(0, 0, -colors.line_width, 0), ground)
        if active and not inverted:
            paint_ground(painter, QRect(0, 0, _BAR, rect.height()), colors.accent.base)
        ink = colors.text.primary if active else colors.text.muted
        if inverted:
            ink = colors.text.on_fill
        if self.hasFocus():
            self._paint_focus(painter, rect)
            ink = colors.text.primary
        side = round(theme.icon.rail + 8 * (theme.text_scale - 1))
        font = self._word_font(rect.width() - _BAR - 4, strong=active)
        word_high = QFontMetrics(font).height()
        gap = 3
        top = (rect.height() - side - gap - word_high + 3) // 2
        left = (rect.width() - side) // 2
        paint_icon(painter, QRect(left, top, side, side), self._icon, ink, theme)
        painter.setFont(font)
        painter.setPen(ink)
        word = QRect(0, top + side + gap, rect.width(), word_high)
        painter.drawText(word, CENTER, self.text())
        if self.key and theme.text_scale < 1.5:
            key = QRect(0, 4, rect.width() - 10, 20)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            paint_text(painter, key, theme, self.key, "mono", color=ink, align=align)
        if self._badge:
            self._paint_badge(painter, QRect(left, top, side, side))
        painter.end()

    def _paint_focus(self, painter: QPainter, rect: QRect) -> None:
        theme = self.look.theme
        inner = paint_focus(painter, rect, theme, 0)
        ground = theme.colors.surface
        paint_ground(painter, inner, ground.surface if self.isChecked() else ground.rail)

    def _paint_badge(self, painter: QPainter, icon: QRect) -> None:
        theme = self.look.theme
        text = str(self._badge) if self._badge < 100 else "99+"
        high = round(_BADGE + 6 * (theme.text_scale - 1))
        wide = max(high, text_width(theme.font("label", most=_MOST), text) + 8)
        box = QRect(icon.left() - wide + 4, icon.top() - high // 2 + 2, wide, high)
        colors = theme.colors.text
        paint_box(painter, box, fill=colors.primary, border=None, radius=theme.radius.tag)
        painter.setFont(theme.font("label", most=_MOST))
        painter.setPen(theme.colors.surface.raised)
        painter.drawText(box, CENTER, text)

    def _word_font(self, room: int, *, strong: bool) -> QFont:
        """13 px, growing to 20; a word longer than the rail is set smaller rather than cut."""
        font = QFont(self.look.theme.font("cellName", most=_MOST, strong=strong))
        while font.pixelSize() > _LEAST and text_width(font, self.text()) > room:
            font.setPixelSize(font.pixelSize() - 1)
        return font


class Rail(QFrame):
    """The name of the program, then the screens from top to bottom."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._compact = False
        self._digits_taken = False
        self.items: list[RailItem] = []
        self.setProperty("role", "rail")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setAccessibleName(self.tr("Screens"))
        look.follow(self._restyle)

    def set_items(self, items: Sequence[RailItem]) -> None:
        """Give the rail its screens, once."""
        for index, item in enumerate(items):
            self._column.insertWidget(index, item)
        self.items = list(items)
        self._restyle()

    def show_only(self, items: Sequence[RailItem]) -> None:
        """Hide the others; those that are shown are numbered from the top."""
        number = 0
        for item in self.items:
            shown = item in items
            number += shown
            item.setVisible(shown)
            item.set_number(number if shown else 0, alt_only=self._digits_taken)
        self._share_height()

    def leave_digits(self, *, digits_taken: bool) -> None:
        """Whether digits are numbers on the screen shown: then Alt goes with them here."""
        if digits_taken != self._digits_taken:
            self._digits_taken = digits_taken
            for item in self.items:
                item.set_number(int(item.key or 0), alt_only=digits_taken)

    def set_compact(self, compact: bool) -> None:
        """72 instead of 88 px wide."""
        if compact != self._compact:
            self._compact = compact
            self._restyle()

    def _restyle(self) -> None:
        theme = self._look.theme
        frame = theme.frame
        self.setFixedWidth(theme.chrome_px(frame.rail_compact if self._compact else frame.rail))
        self._column.setContentsMargins(0, theme.chrome_px(frame.top_bar), 0, 0)
        self._share_height()
        self.update()

    def _share_height(self) -> None:
        """Many screens in a low window: each gets its share. Hidden ones take none."""
        shown = [item for item in self.items if not item.isHidden()]
        room = self.height() - self._column.contentsMargins().top()
        for item in shown:
            item.limit_height(room // len(shown))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._share_height()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        theme = self._look.theme
        line = theme.colors.line_width
        high = theme.chrome_px(theme.frame.top_bar)
        painter = QPainter(self)
        border = theme.colors.line.border
        paint_ground(painter, QRect(0, high - line, self.width(), line), border)
        paint_ground(painter, QRect(self.width() - line, 0, line, self.height()), border)
        font = QFont(theme.font("bodyStrong", most=22))
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 112)
        painter.setFont(font)
        painter.setPen(theme.colors.text.primary)
        painter.drawText(QRect(0, 0, self.width(), high - line), CENTER, "CVD")
        painter.end()
