"""The views of a page as one strip of segments with a key each; exactly one is shown.

To use it: `ViewStrip(look, name)`, `set_views` with the views in their order, `chosen` tells which
one a person wants, `show_view` says which one is shown. Where the room is short the key caps go
first, then the strip breaks into rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    FOCUS_GAP,
    FOCUS_RING,
    key_cap_size,
    key_words,
    paint_box,
    paint_key_cap,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.tag import TagKind, kind_icon, kind_tone

PAD = 14  # px at text scale 1 at both ends of a segment
GAP = 8  # between shape, word and key cap
LEAST = 96  # px of a segment: a thumb finds it


@dataclass(frozen=True, slots=True)
class View:
    """One segment. `mark` is a shape before the word where something waits there; `about` says in
    words what, for a screen reader and the tool tip."""

    name: str
    word: str
    key: str = ""
    mark: TagKind | None = None
    about: str = ""


class Segment(PaintedButton):
    """One view of the strip."""

    def __init__(self, look: Look, view: View, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.view = view
        self._caps = True
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.show_view(view)
        self.start()

    def show_view(self, view: View) -> None:
        self.view = view
        self.setAccessibleName(", ".join(part for part in (view.word, view.about) if part))
        self.setAccessibleDescription(self.key_text())
        self.setToolTip(view.about)
        self.restyle()

    def key_text(self) -> str:
        return key_words(QKeySequence(self.view.key)) if self.view.key else ""

    def set_caps(self, shown: bool) -> None:
        """With or without the cap of the key."""
        if shown != self._caps:
            self._caps = shown
            self.update()

    def width_needed(self, *, caps: bool) -> int:
        theme = self.look.theme
        wide = 2 * theme.pad_px(PAD) + text_width(theme.font("control"), self.view.word)
        if self.view.mark is not None:
            wide += theme.text_px(theme.icon.inline) + GAP
        if caps and self.key_text():
            wide += GAP + key_cap_size(theme, self.key_text()).width()
        return max(wide, LEAST)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        high = max(
            theme.chrome_px(theme.control.touch), theme.line_height("control") + theme.space.m
        )
        return QSize(self.width_needed(caps=self._caps), high)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        chosen = self.isChecked()
        touched = self.touched_ground() or colors.surface.raised
        fill = colors.text.primary if chosen else touched
        ink = colors.surface.raised if chosen else colors.text.primary
        line = colors.line_width
        paint_box(painter, area, fill=fill, border=colors.line.border, line=line)
        if self.hasFocus():
            ring = area.adjusted(line, line, -line, -line)
            paint_box(painter, ring, fill=None, border=colors.focus_ring, line=FOCUS_RING)
            gap = ring.adjusted(FOCUS_RING, FOCUS_RING, -FOCUS_RING, -FOCUS_RING)
            paint_box(painter, gap, fill=None, border=colors.focus_gap, line=FOCUS_GAP)
        left, right = theme.pad_px(PAD), self.width() - theme.pad_px(PAD)
        mark = self.view.mark
        if mark is not None:
            side = theme.text_px(theme.icon.inline)
            shape = QRect(left, (self.height() - side) // 2, side, side)
            paint_icon(
                painter,
                shape,
                kind_icon(mark),
                ink if chosen else theme.text_color(kind_tone(mark)),
                theme,
            )
            left += side + GAP
        if self._caps and self.key_text():
            size = key_cap_size(theme, self.key_text())
            right -= size.width()
            cap = QRect(right, (self.height() - size.height()) // 2, size.width(), size.height())
            paint_key_cap(
                painter, cap, theme, self.key_text(), ink if chosen else colors.text.muted
            )
            right -= GAP
        words = QRect(left, 0, right - left, self.height())
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        paint_text(painter, words, theme, self.view.word, "control", color=ink)
        painter.end()


class ViewStrip(QWidget):
    """Segments side by side. Its keys work while it is visible, whatever has the focus."""

    chosen = Signal(str)
    """Name of the view that a person wants to see; the strip shows it already."""

    def __init__(self, look: Look, name: str) -> None:
        """`name` is for screen readers: what the views are of."""
        super().__init__()
        self._look = look
        self._segments: dict[str, Segment] = {}
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self.arrange)

    def set_views(self, views: Sequence[View]) -> None:
        """Show these; the same names in the same order keep segments, choice and focus."""
        if list(self._segments) == [view.name for view in views]:
            if all(self._segments[view.name].view == view for view in views):
                return
            for view in views:
                self._segments[view.name].show_view(view)
            self.arrange()
            return
        shown = self.current()
        for action in self.actions():
            self.removeAction(action)
            action.deleteLater()
        for gone in self._segments.values():
            gone.hide()
            gone.deleteLater()
        self._segments = {view.name: self._segment(view) for view in views}
        if self._segments:
            self.show_view(shown if shown in self._segments else views[0].name)
        self.arrange()

    def _segment(self, view: View) -> Segment:
        segment = Segment(self._look, view, self)
        segment.clicked.connect(self._clicked)
        segment.show()
        if view.key:
            action = QAction(view.word, self)
            action.setShortcut(QKeySequence(view.key))
            action.triggered.connect(segment.click)
            self.addAction(action)
        return segment

    def show_view(self, name: str) -> None:
        """Mark this view as the one shown. Raises KeyError for no such view."""
        self._segments[name].setChecked(True)

    def current(self) -> str:
        """Name of the view shown; empty without views."""
        return next((name for name, one in self._segments.items() if one.isChecked()), "")

    def segments(self) -> tuple[Segment, ...]:
        return tuple(self._segments.values())

    def _clicked(self) -> None:
        self.chosen.emit(self.current())

    # layout

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        wide = sum(one.width_needed(caps=True) for one in self._segments.values())
        return QSize(wide, self.minimumHeight())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(LEAST, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Place the segments in as few rows as their words need."""
        segments = self.segments()
        if not segments:
            return
        line = self._look.theme.colors.line_width
        caps = _fits(segments, self.width(), line, caps=True)
        rows = [segments] if caps else _rows(segments, self.width(), line)
        high = segments[0].sizeHint().height()
        top = 0
        for row in rows:
            self._place(row, top, high, line, caps=caps, stretched=len(rows) > 1)
            top += high - line
        self.setFixedHeight(top + line)
        self.updateGeometry()

    def _place(
        self,
        row: Sequence[Segment],
        top: int,
        high: int,
        line: int,
        *,
        caps: bool,
        stretched: bool,
    ) -> None:
        """Neighbours share a border; rows of a broken strip are all as wide as the strip."""
        left = 0
        widths = [one.width_needed(caps=caps) for one in row]
        over = max(0, self.width() - sum(widths) + line * (len(row) - 1)) if stretched else 0
        for n, (segment, wide) in enumerate(zip(row, widths, strict=True)):
            share = over // (len(row) - n)
            over -= share
            segment.set_caps(caps)
            segment.setGeometry(left, top, wide + share, high)
            left += wide + share - line


def _fits(segments: Sequence[Segment], width: int, line: int, *, caps: bool) -> bool:
    needed = sum(one.width_needed(caps=caps) for one in segments)
    return needed - line * (len(segments) - 1) <= width


def _rows(segments: Sequence[Segment], width: int, line: int) -> list[list[Segment]]:
    """Broken evenly: no row with one segment below a row with five."""
    for count in range(1, len(segments) + 1):
        each = -(-len(segments) // count)
        rows = [list(segments[n : n + each]) for n in range(0, len(segments), each)]
        if all(_fits(row, width, line, caps=False) for row in rows):
            return rows
    return [[one] for one in segments]
