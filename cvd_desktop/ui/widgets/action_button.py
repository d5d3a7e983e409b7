"""The button of an action: its icon, its word and the cap of its key, read from the QAction."""

from enum import StrEnum

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cvd_desktop.ui.theme import Look, Theme
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    FOCUS_GAP_FILLED,
    key_cap_size,
    key_words,
    paint_box,
    paint_focus,
    paint_key_cap,
    paint_text,
    text_width,
)


class ButtonKind(StrEnum):
    """PRIMARY is the one thing to do next, once in a window; ICON shows no word."""

    PRIMARY = "primary"
    PLAIN = "plain"
    ICON = "icon"


_PAD = 15  # px at text scale 1: edge to icon, key cap to edge
_GAP = 11  # icon to word
_CAP_GAP = 10  # word to key cap
_PRIMARY_EXTRA = 2  # the big button has a little more room


class ActionButton(PaintedButton):
    """Shows a QAction and triggers it. Text, icon, key and enabled state are the action's.

    A disabled action should say why in its `statusTip`; the action bar shows that sentence.
    With `fill_width` the button grows with its column and the key cap stands at the right.
    """

    def __init__(
        self,
        look: Look,
        action: QAction,
        kind: ButtonKind = ButtonKind.PLAIN,
        *,
        fill_width: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(look, parent)
        self.action = action
        self.kind = kind
        self._action_shown = True
        self.setProperty("role", "primary" if kind is ButtonKind.PRIMARY else "button")
        if fill_width:
            policy = self.sizePolicy()
            policy.setHorizontalPolicy(policy.Policy.MinimumExpanding)
            self.setSizePolicy(policy)
        self._read_action()
        action.changed.connect(self._read_action)
        self.clicked.connect(action.trigger)
        self.start()

    def _read_action(self) -> None:
        action = self.action
        self.setEnabled(action.isEnabled())
        if action.isVisible() != self._action_shown:  # whoever hid the button keeps it hidden
            self._action_shown = action.isVisible()
            if self.parent() is not None:
                self.setVisible(self._action_shown)
        self.setAccessibleName(action.text())
        key = self.key_text()
        reason = "" if action.isEnabled() else action.statusTip()
        self.setAccessibleDescription(", ".join(part for part in (key, reason) if part))
        self.setToolTip(reason or self._tip())
        self.restyle()

    def _tip(self) -> str:
        own = self.action.toolTip()
        if self.kind is ButtonKind.ICON:
            return f"{self.action.text()} ({self.key_text()})"
        return "" if own == self.action.text() else own

    def key_text(self) -> str:
        """The words on the key cap; empty when the action has no key."""
        return key_words(self.action.shortcut())

    def _role(self) -> str:
        return "action" if self.kind is ButtonKind.PRIMARY else "control"

    def _height(self) -> int:
        control = self.look.theme.control
        primary = self.kind is ButtonKind.PRIMARY
        return self.look.theme.chrome_px(control.primary if primary else control.touch)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        high = max(self._height(), theme.line_height(self._role()) + theme.space.m)
        if self.kind is ButtonKind.ICON:
            return QSize(high, high)
        wide = 2 * self._pad(theme)
        wide += text_width(theme.font(self._role()), self.action.text())
        if not self.action.icon().isNull():
            wide += self._icon_side(theme) + theme.pad_px(_GAP)
        if self.key_text():
            wide += theme.pad_px(_CAP_GAP) + key_cap_size(theme, self.key_text()).width()
        if self.kind is ButtonKind.PRIMARY:
            wide = max(wide, theme.control.primary_min_width)
        return QSize(wide, high)

    def _pad(self, theme: Theme) -> int:
        extra = _PRIMARY_EXTRA if self.kind is ButtonKind.PRIMARY else 0
        return theme.pad_px(_PAD + extra)

    def _icon_side(self, theme: Theme) -> int:
        icon = theme.icon
        return theme.text_px(icon.rail if self.kind is ButtonKind.PRIMARY else icon.control)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        painter = QPainter(self)
        rect = self.rect()
        primary = self.kind is ButtonKind.PRIMARY
        if self.hasFocus():
            gap = FOCUS_GAP_FILLED if primary else 1
            rect = paint_focus(painter, rect, theme, theme.radius.control, gap=gap)
        ink = self._paint_ground(painter, rect, theme)
        self._paint_content(painter, theme, ink)
        painter.end()

    def _paint_ground(self, painter: QPainter, rect: QRect, theme: Theme) -> QColor:
        """Fill and border; returns the colour for what stands on it."""
        colors = theme.colors
        surface = colors.surface
        if not self.isEnabled():
            paint_box(
                painter,
                rect,
                fill=surface.surface,
                border=colors.text.disabled,
                line=colors.line_width,
                radius=theme.radius.control,
                dashed=True,
            )
            return colors.text.disabled
        if self.kind is ButtonKind.PRIMARY:
            accent = colors.accent
            fill = accent.pressed if self.isDown() else accent.base
            if self.hovered and not self.isDown():
                fill = accent.hover
            paint_box(painter, rect, fill=fill, border=None, radius=theme.radius.control)
            return colors.text.on_accent
        fill = surface.pressed if self.isDown() else surface.raised
        if self.hovered and not self.isDown():
            fill = surface.hover
        paint_box(
            painter,
            rect,
            fill=fill,
            border=colors.line.border,
            line=colors.line_width,
            radius=theme.radius.control,
        )
        return colors.text.primary

    def _paint_content(self, painter: QPainter, theme: Theme, ink: QColor) -> None:
        area = self.rect()
        side = self._icon_side(theme)
        painter.setPen(ink)
        icon = self.action.icon()
        if self.kind is ButtonKind.ICON:
            icon.paint(painter, _centred(area, side))
            return
        left = self._pad(theme)
        if not icon.isNull():
            icon.paint(painter, QRect(left, (area.height() - side) // 2, side, side))
            left += side + theme.pad_px(_GAP)
        right = area.width() - self._pad(theme)
        key = self.key_text()
        if key:
            size = key_cap_size(theme, key)
            right -= size.width()
            cap = QRect(right, (area.height() - size.height()) // 2, size.width(), size.height())
            plain = self.isEnabled() and self.kind is not ButtonKind.PRIMARY
            paint_key_cap(painter, cap, theme, key, theme.colors.text.muted if plain else ink)
            right -= theme.pad_px(_CAP_GAP)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        words = QRect(left, 0, right - left, area.height())
        paint_text(painter, words, theme, self.action.text(), self._role(), color=ink)


def _centred(area: QRect, side: int) -> QRect:
    return QRect(
        area.left() + (area.width() - side) // 2,
        area.top() + (area.height() - side) // 2,
        side,
        side,
    )
