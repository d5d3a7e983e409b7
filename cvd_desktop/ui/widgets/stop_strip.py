"""The strip of the Stop screen: which machine, what it is, and the five tabs of its visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QAction, QFont, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    LEFT,
    key_cap_size,
    key_words,
    paint_box,
    paint_focus,
    paint_ground,
    paint_key_cap,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.tag import TagKind, kind_icon, kind_tone

PAD = 12  # px inside a tab
COMPACT_PAD = 7  # there the words of the state need the room
ACCENT = 5  # px of the bar over the tab that is shown
COMPACT_TAB = 104
COMPACT_BELOW = 1060  # px of the strip: a window of 1024
BIG_TEXT = 1.5  # text scale from which words of states make room
CHOOSER_PAD = 12
ASSET_PX = 18
SMALLEST_TEXT = 150  # px for what the machine is; with less it goes


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its word, its key, the shape before it, its state in words."""

    name: str
    word: str
    key: str
    mark: TagKind
    state: str = ""


class MachineChooser(PaintedButton):
    """The asset number, "1 of 2", and an arrow where there are several."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.asset = ""
        self._count = ""
        self._small = False
        self.setProperty("role", "button")
        self.start()

    def show_machine(self, asset: str, number: int, of: int) -> None:
        self.asset = asset
        words = self.tr("{n} of {of}").format(n=number, of=of)
        self._count = words if of > 1 else ""
        self.setAccessibleName(
            ", ".join(
                part for part in (self.tr("Machine {n}").format(n=asset), self._count) if part
            )
        )
        self.setAccessibleDescription(self.tr("M chooses another machine of this stop"))
        self.setEnabled(bool(self._count))
        self.setToolTip(self.tr("Choose the machine (M)") if self._count else "")
        self.restyle()

    def set_small(self, small: bool) -> None:
        """Without "1 of 2"."""
        if small != self._small:
            self._small = small
            self.restyle()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        wide = 2 * theme.pad_px(CHOOSER_PAD) + text_width(_asset_font(theme), self.asset)
        if self._count:
            wide += theme.space.m + theme.text_px(theme.icon.inline)
            if not self._small:
                wide += theme.space.s + text_width(theme.font("dense"), self._count)
        high = max(theme.chrome_px(theme.control.touch), theme.line_height("head") + theme.space.m)
        return QSize(wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        rect = self.rect()
        if self.hasFocus():
            rect = paint_focus(painter, rect, theme, theme.radius.control)
        fill = self.touched_ground() or colors.surface.raised
        paint_box(
            painter,
            rect,
            fill=fill if self._count else colors.surface.surface,
            border=colors.line.border,
            line=colors.line_width,
            radius=theme.radius.control,
        )
        left = theme.pad_px(CHOOSER_PAD)
        painter.setFont(_asset_font(theme))
        painter.setPen(colors.text.primary)
        room = QRect(left, 0, self.width() - left, self.height())
        painter.drawText(room, LEFT, self.asset)
        left += text_width(_asset_font(theme), self.asset)
        if self._count:
            if not self._small:
                place = QRect(left + theme.space.s, 0, self.width(), self.height())
                left += theme.space.s
                left += paint_text(painter, place, theme, self._count, "dense")
            side = theme.text_px(theme.icon.inline)
            arrow = QRect(left + theme.space.m - 2, (self.height() - side) // 2, side, side)
            paint_icon(painter, arrow, "arrow-down", colors.text.primary, theme)
        painter.end()


class StopTab(PaintedButton):
    """One of the five."""

    def __init__(self, look: Look, tab: Tab, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.tab = tab
        self.caps = True
        self.states = True
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.show_tab(tab)
        self.start()

    def show_tab(self, tab: Tab) -> None:
        self.tab = tab
        self.setAccessibleName(", ".join(part for part in (tab.word, tab.state) if part))
        self.setAccessibleDescription(key_words(QKeySequence(tab.key)))
        self.setToolTip(tab.state)
        self.restyle()

    def shape(self) -> TagKind:
        """Done stays done; else the tab that is shown is where the work is now."""
        if self.isChecked() and self.tab.mark is TagKind.RECORDED_HERE:
            return TagKind.CURRENT
        return self.tab.mark

    def _pad(self) -> int:
        return self.look.theme.pad_px(PAD if self.caps or not self.states else COMPACT_PAD)

    def width_needed(self) -> int:
        """px of mark and word, and of the key cap where it is shown."""
        theme = self.look.theme
        wide = 2 * self._pad() + theme.text_px(theme.icon.inline) + theme.space.xs
        wide += text_width(theme.font("control", strong=True), self.tab.word)
        if self.caps:
            wide += theme.space.s + key_cap_size(theme, self.tab.key).width()
        return wide

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self.width_needed(), self.look.theme.chrome_px(48))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        chosen = self.isChecked()
        touched = self.touched_ground() or colors.surface.surface
        fill = colors.surface.window if chosen else touched
        paint_ground(painter, area, fill)
        line = colors.line_width
        paint_ground(painter, QRect(0, 0, line, self.height()), colors.line.border)
        if chosen:
            paint_ground(painter, QRect(0, 0, self.width(), ACCENT), colors.accent.base)
        else:
            foot = QRect(0, self.height() - line, self.width(), line)
            paint_ground(painter, foot, colors.line.border)
        if self.hasFocus():
            paint_box(painter, area, fill=None, border=colors.focus_ring, line=3)
        self._paint_words(painter, theme, chosen=chosen)
        painter.end()

    def _paint_words(self, painter: QPainter, theme: Theme, *, chosen: bool) -> None:
        pad = self._pad()
        word_high = theme.line_height("control")
        state_high = theme.line_height("dense") if self.states and self.tab.state else 0
        top = (self.height() - word_high - state_high) // 2
        side = theme.text_px(theme.icon.inline)
        kind = self.shape()
        mark = QRect(pad, top + (word_high - side) // 2, side, side)
        paint_icon(painter, mark, kind_icon(kind), theme.text_color(kind_tone(kind)), theme)
        left, right = pad + side + theme.space.xs, self.width() - pad
        if self.caps:
            size = key_cap_size(theme, self.tab.key)
            right = self.width() - theme.space.s - size.width()
            cap = QRect(right, top + (word_high - size.height()) // 2, size.width(), size.height())
            ink = theme.colors.text.primary if chosen else theme.colors.text.muted
            paint_key_cap(painter, cap, theme, self.tab.key, ink)
        word = QRect(left, top, right - left, word_high)
        paint_text(painter, word, theme, self.tab.word, "control", strong=chosen, elide=False)
        if state_high:
            state = QRect(pad, top + word_high, self.width() - pad - 2, state_high)
            tone = Tone.WARNING if kind is TagKind.WARNING else Tone.MUTED
            paint_text(painter, state, theme, self.tab.state, "dense", tone=tone)


class StopStrip(QFrame):
    """64 px high inside the content. Its keys work while it is visible, whatever has the focus."""

    chosen = Signal(str)
    """Name of the tab that a person wants; the strip shows the one before until it is told."""
    machine_wanted = Signal()
    """The machine chooser was pressed."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._title = self._detail = ""
        self._tabs: dict[str, StopTab] = {}
        self.chooser = MachineChooser(look, self)
        self.chooser.clicked.connect(self.machine_wanted)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    # showing

    def show_machine(self, asset: str, number: int, of: int, title: str, detail: str) -> None:
        """`title` says what it is, `detail` when it was visited last."""
        self._title, self._detail = title, detail
        self.chooser.show_machine(asset, number, of)
        self.setAccessibleName(", ".join(part for part in (asset, title, detail) if part))
        self.setToolTip(f"{title}\n{detail}")
        self.arrange()

    def set_tabs(self, tabs: Sequence[Tab]) -> None:
        """The same names in the same order keep the tabs, what is shown, and the focus."""
        if list(self._tabs) == [tab.name for tab in tabs]:
            for tab in tabs:
                self._tabs[tab.name].show_tab(tab)
            self.arrange()
            return
        for action in self.actions():
            self.removeAction(action)
            action.deleteLater()
        for gone in self._tabs.values():
            gone.hide()
            gone.deleteLater()
        self._tabs = {tab.name: self._made(tab) for tab in tabs}
        self.arrange()

    def _made(self, tab: Tab) -> StopTab:
        made = StopTab(self._look, tab, self)
        made.clicked.connect(lambda: self.chosen.emit(tab.name))
        made.show()
        action = QAction(tab.word, self)
        action.setShortcut(QKeySequence(tab.key))
        action.triggered.connect(lambda: self.chosen.emit(tab.name))
        self.addAction(action)
        return made

    def show_tab(self, name: str) -> None:
        """Mark this tab as the one shown; nothing for a tab that is not there."""
        if name in self._tabs:
            self._tabs[name].setChecked(True)
            self.update()

    def tab_actions(self) -> dict[str, QAction]:
        """What leads to each tab, with its word and key."""
        return dict(zip(self._tabs, self.actions(), strict=True))

    def tabs(self) -> dict[str, StopTab]:
        return dict(self._tabs)

    def current(self) -> str:
        """Name of the tab shown; empty without tabs."""
        return next((name for name, tab in self._tabs.items() if tab.isChecked()), "")

    def title(self) -> str:
        return self._title

    def detail(self) -> str:
        return self._detail

    # layout

    def _restyle(self) -> None:
        self.arrange()
        self.update()

    def _row_high(self) -> int:
        theme = self._look.theme
        high = theme.chrome_px(theme.control.tab_strip)
        return max(high, self.chooser.sizeHint().height() + theme.space.m)

    def _broken(self) -> bool:
        """Large text in a narrow window: the tabs stand below the chooser."""
        if not self._tabs or not self._big():
            return False
        needed = sum(tab.width_needed() for tab in self._tabs.values())
        room = self.width() - self.chooser.sizeHint().width()
        return needed + self._look.theme.frame.content_padding > room

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.arrange()

    def _big(self) -> bool:
        return self._look.theme.text_scale >= BIG_TEXT

    def _text_left(self) -> int:
        return self.chooser.geometry().right() + 1 + self._look.theme.space.m

    def _tabs_left(self) -> int:
        return min((tab.x() for tab in self._tabs.values()), default=self.width())

    def arrange(self) -> None:
        """Tabs at the right; the chooser at the left; what is between is for words."""
        theme = self._look.theme
        tabs = list(self._tabs.values())
        compact = self._big() or self.width() < COMPACT_BELOW
        for tab in tabs:
            tab.caps, tab.states = not compact, not self._big()
        self.chooser.set_small(self._big())
        row, broken = self._row_high(), self._broken()
        if self.minimumHeight() != row * (1 + broken) or self.maximumHeight() != row * (1 + broken):
            self.setFixedHeight(row * (1 + broken))
        size = self.chooser.sizeHint()
        pad = theme.frame.content_padding
        self.chooser.setGeometry(pad, (row - size.height()) // 2, size.width(), size.height())
        widths = [self._tab_width(tab, compact=compact) for tab in tabs]
        if broken:
            over = (self.width() - sum(widths)) // max(1, len(widths))
            widths = [wide + over for wide in widths]
        right = self.width()
        for tab, wide in reversed(list(zip(tabs, widths, strict=True))):
            right -= wide
            tab.setGeometry(right, row if broken else 0, wide, row)
            tab.update()
        self.update()

    def _tab_width(self, tab: StopTab, *, compact: bool) -> int:
        theme = self._look.theme
        if self._big():
            return tab.width_needed()
        least = COMPACT_TAB if compact else theme.control.tab
        return max(round(least * theme.text_scale), tab.width_needed())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        colors = theme.colors
        painter = QPainter(self)
        paint_ground(painter, self.rect(), colors.surface.surface)
        foot = QRect(0, self.height() - colors.line_width, self.width(), colors.line_width)
        paint_ground(painter, foot, colors.line.border)
        left = self._text_left()
        right = self.width() if self._broken() else self._tabs_left() - theme.space.s
        if right - left >= SMALLEST_TEXT and not self._big():
            title_high, detail_high = theme.line_height("bodyStrong"), theme.line_height("dense")
            top = (self.height() - title_high - detail_high) // 2
            name = QRect(left, top, right - left, title_high)
            paint_text(painter, name, theme, self._title, "bodyStrong")
            about = QRect(left, top + title_high, right - left, detail_high)
            paint_text(painter, about, theme, self._detail, "dense", tone=Tone.MUTED)
        painter.end()


def _asset_font(theme: Theme) -> QFont:
    """Mono, in the size of a heading."""
    font = QFont(theme.font("cellLabel"))
    font.setPixelSize(theme.text_px(ASSET_PX))
    return font
