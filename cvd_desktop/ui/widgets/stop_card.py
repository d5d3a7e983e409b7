"""The card of the next stop: a black block with its number, and what one needs to know there."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import (
    CENTER,
    FOCUS_RING,
    paint_box,
    paint_ground,
    paint_line,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.rich_line import RichLine, Run, paint_rich, rich_height, rich_width
from cvd_desktop.ui.widgets.sizing import grow_down
from cvd_desktop.ui.widgets.source_mark import (
    Source,
    paint_source_mark,
    source_mark_side,
    source_words,
)
from cvd_desktop.ui.widgets.tag import TagKind, paint_tag, tag_size

LEAST = 188  # px at text scale 1
_BLOCK = 96
_PAD = 16
_TITLE_TOP = 10
_FACT_HIGH = 66
_FACT_WORDS = 48
_CELL_PAD = 10
_DIGITS = 2  # a longer number is set smaller


@dataclass(frozen=True, slots=True)
class CardFact:
    """One of the four figures. `icon` stands before the value; `detail` after it, smaller."""

    label: str
    value: str
    detail: str = ""
    icon: str = ""
    tone: Tone = Tone.PLAIN
    source: Source | None = None
    age: str = ""

    @property
    def spoken(self) -> str:
        words = f"{self.label}: {self.value} {self.detail}".strip()
        return ", ".join(part for part in (words, self.tip) if part)

    @property
    def tip(self) -> str:
        if self.source is None:
            return self.age
        return ", ".join(part for part in (source_words(self.source), self.age) if part)


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What the card shows; `above` and `below` stand over and under the number."""

    above: str
    number: str
    below: str
    title: str
    tag: tuple[TagKind, str] | None
    lines: tuple[RichLine, ...]
    facts: tuple[CardFact, ...]
    machines: tuple[RichLine, ...]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where everything is for one width, px from the top left of the card."""

    block: QRect
    title: QRect
    tag: QRect
    lines: tuple[QRect, ...]
    facts: tuple[QRect, ...]
    machines: tuple[QRect, ...]
    height: int


class StopCard(QWidget):
    """Painted in one go. A click chooses it; the ring says that Enter means this stop."""

    clicked = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._shown: CardFacts | None = None
        self._chosen = False
        self._ring = False
        self._placed: dict[int, _Places] = {}  # by width
        grow_down(self)
        look.follow(self._restyle)

    def show_stop(self, facts: CardFacts) -> None:
        self._shown = facts
        spoken = [
            f"{facts.above} {facts.number} {facts.below}: {facts.title}",
            facts.tag[1] if facts.tag else "",
            *(line.text for line in facts.lines),
            *(fact.spoken for fact in facts.facts),
            *(line.text for line in facts.machines),
        ]
        self.setAccessibleName("\n".join(part for part in spoken if part))
        self._restyle()

    def shown(self) -> CardFacts | None:
        return self._shown

    def set_ring(self, *, chosen: bool, focused: bool) -> None:
        """Whether it is the stop that Enter means, and whether keys go there."""
        self._chosen, self._ring = chosen, focused
        self.update()

    def _restyle(self) -> None:
        self._placed.clear()
        self.updateGeometry()
        self.update()

    # places

    def _places(self, width: int) -> _Places:
        shown = self._shown
        assert shown is not None
        if width not in self._placed:
            self._placed[width] = self._place(self._look.theme, shown, width)
        return self._placed[width]

    def _place(self, theme: Theme, shown: CardFacts, width: int) -> _Places:
        border, pad = theme.colors.line_width_strong, theme.pad_px(_PAD)
        block = max(
            theme.chrome_px(_BLOCK),
            text_width(self._number_font(theme, shown), shown.number) + pad,
            text_width(theme.font("denseStrong"), shown.above) + pad,
            text_width(theme.font("dense"), shown.below) + pad,
        )
        left, right = border + block + pad, width - border - pad
        y = theme.chrome_px(_TITLE_TOP) + border
        tag = QRect()
        title_line = theme.line_height("title")
        edge = right
        if shown.tag is not None:
            size = tag_size(theme, *shown.tag)
            tag = QRect(right - size.width() + 1, y, size.width(), title_line)
            edge = tag.left() - pad
        high = rich_height(theme, _title(shown), edge - left)
        title = QRect(left, y, edge - left, high)
        y += high + 2
        lines = []
        for line in shown.lines:
            taken = rich_height(theme, line, right - left)
            lines.append(QRect(left, y, right - left, taken))
            y += taken + 2
        y += theme.space.xs
        inner = border + block
        facts, y = self._fact_places(theme, shown.facts, QRect(inner, y, width - border - inner, 0))
        machines, y = self._machine_places(
            theme, shown.machines, QRect(inner, y, width - border - inner, 0)
        )
        height = max(y + border, theme.text_px(LEAST) if theme.text_scale < 1.5 else 0)
        return _Places(
            QRect(border, border, block, height - 2 * border),
            title,
            tag,
            tuple(lines),
            facts,
            machines,
            height,
        )

    def _fact_places(
        self, theme: Theme, facts: Sequence[CardFact], room: QRect
    ) -> tuple[tuple[QRect, ...], int]:
        """All in a row, else two, else one: never narrower than their words."""
        needs = [self._fact_width(theme, fact) for fact in facts]
        y = room.top()
        if not needs:
            return (), y
        if sum(needs) <= room.width():
            in_row = len(needs)
        else:
            in_row = 2 if 2 * max(needs) <= room.width() else 1
        words = theme.line_height("dense") + theme.line_height("value")
        high = words + theme.pad_px(_FACT_HIGH - _FACT_WORDS)
        places = []
        for start in range(0, len(needs), in_row):
            part = needs[start : start + in_row]
            equal = room.width() // in_row
            widths = [equal] * len(part)
            if max(part) > equal:
                over = (room.width() - sum(part)) // len(part)
                widths = [need + over for need in part]
            widths[-1] += room.width() - sum(widths) if len(part) == in_row else 0
            x = room.left()
            for wide in widths:
                places.append(QRect(x, y, wide, high))
                x += wide
            y += high
        return tuple(places), y

    def _fact_width(self, theme: Theme, fact: CardFact) -> int:
        pad, gap = theme.pad_px(_PAD), theme.text_px(8)
        label = text_width(theme.font("dense"), fact.label)
        if fact.source is not None:
            label += gap + source_mark_side(theme)
        value = text_width(theme.font("value"), fact.value)
        if fact.icon:
            value += theme.text_px(theme.icon.control) + gap
        if fact.detail:
            value += gap + text_width(theme.font("body"), fact.detail)
        return max(label, value) + 2 * pad

    def _machine_places(
        self, theme: Theme, machines: Sequence[RichLine], room: QRect
    ) -> tuple[tuple[QRect, ...], int]:
        """Two in a row where each fits on one line, else one below the other."""
        pad, cell_pad = (
            theme.pad_px(_PAD),
            theme.chrome_px(_CELL_PAD) // (2 if theme.text_scale > 1.5 else 1),
        )
        half = room.width() // 2
        widest = max((rich_width(theme, line) for line in machines), default=0)
        two = len(machines) > 1 and widest + 2 * pad <= half
        places: list[QRect] = []
        y = room.top()
        for start in range(0, len(machines), 2 if two else 1):
            part = machines[start : start + 2] if two else machines[start : start + 1]
            wide = half if two else room.width()
            high = max(rich_height(theme, line, wide - 2 * pad) for line in part) + 2 * cell_pad
            places += [QRect(room.left() + n * half, y, wide, high) for n in range(len(part))]
            y += high
        return tuple(places), y

    def _number_font(self, theme: Theme, shown: CardFacts) -> QFont:
        if len(shown.number) > _DIGITS:
            return theme.font("figure")
        return theme.font("hero", most=theme.chrome_px(72))

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()  # the least height is that of this width

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        return self._places(width).height if self._shown is not None else 0

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        wide = max(self.width(), 480)
        return QSize(480, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(320, self.heightForWidth(max(self.width(), 320)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._tip_at(event.pos()), self)
            return True
        return super().event(event)

    def _tip_at(self, point: QPoint) -> str:
        shown = self._shown
        if shown is None:
            return ""
        places = self._places(self.width())
        for fact, place in zip(shown.facts, places.facts, strict=True):
            if place.contains(point):
                return fact.tip
        return shown.title

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        shown, theme = self._shown, self._look.theme
        if shown is None:
            return
        painter = QPainter(self)
        places = self._places(self.width())
        colors = theme.colors
        rect = self.rect()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_box(
            painter,
            rect,
            fill=colors.surface.raised,
            border=colors.line.strong,
            line=colors.line_width_strong,
            radius=theme.radius.card,
        )
        self._paint_block(painter, theme, places.block, shown)
        paint_rich(painter, places.title, theme, _title(shown))
        if shown.tag is not None:
            paint_tag(painter, places.tag, theme, *shown.tag)
        for line, place in zip(shown.lines, places.lines, strict=True):
            paint_rich(painter, place, theme, line)
        for n, (fact, place) in enumerate(zip(shown.facts, places.facts, strict=True)):
            self._paint_rule(painter, theme, place, above=True, left=n and place.left())
            self._paint_fact(painter, theme, place, fact)
        pad, cell_pad = (
            theme.pad_px(_PAD),
            theme.chrome_px(_CELL_PAD) // (2 if theme.text_scale > 1.5 else 1),
        )
        for line, place in zip(shown.machines, places.machines, strict=True):
            inner = place.adjusted(pad, cell_pad, -pad, 0)
            beside = place.left() > places.block.right() + 2
            self._paint_rule(painter, theme, place, above=True, left=beside and place.left())
            paint_rich(painter, inner, theme, line)
        if self._ring and self._chosen:
            paint_box(
                painter,
                rect,
                fill=None,
                border=colors.focus_ring,
                line=FOCUS_RING,
                radius=theme.radius.card,
            )
        painter.end()

    def _paint_rule(
        self, painter: QPainter, theme: Theme, place: QRect, *, above: bool, left: int
    ) -> None:
        """A hairline over a cell, and one before it when it is not the first of its row."""
        line = theme.colors.line.hairline
        wide = theme.colors.line_width
        border = theme.colors.line_width_strong
        if above:
            right = min(place.right() + 1, self.width() - border)
            paint_line(
                painter, QPointF(place.left(), place.top()), QPointF(right, place.top()), line, wide
            )
        if left and place.left() > theme.chrome_px(_BLOCK) + border + 8:
            paint_line(
                painter,
                QPointF(place.left(), place.top()),
                QPointF(place.left(), place.bottom() + 1),
                line,
                wide,
            )

    def _paint_block(self, painter: QPainter, theme: Theme, block: QRect, shown: CardFacts) -> None:
        colors = theme.colors
        ground = colors.line.strong if theme.key != "dark" else colors.text.primary
        ink = colors.surface.raised if theme.key != "dark" else colors.surface.window
        paint_ground(painter, block, ground)
        above, below = theme.line_height("denseStrong"), theme.line_height("dense")
        font = self._number_font(theme, shown)
        number = font.pixelSize()
        top = block.top() + (block.height() - above - number - below) // 2
        one = QRect(block.left(), top, block.width(), above)
        paint_text(
            painter, one, theme, shown.above, "denseStrong", color=ink, align=CENTER, elide=False
        )
        painter.setFont(font)
        painter.setPen(ink)
        middle = QRect(block.left(), one.bottom() + 1, block.width(), number)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(middle, flags | Qt.TextFlag.TextDontClip, shown.number)
        last = QRect(block.left(), middle.bottom() + 1, block.width(), below)
        paint_text(painter, last, theme, shown.below, "dense", color=ink, align=CENTER, elide=False)

    def _paint_fact(self, painter: QPainter, theme: Theme, place: QRect, fact: CardFact) -> None:
        pad, gap = theme.pad_px(_PAD), theme.text_px(8)
        left, top = place.left() + pad, place.top() + theme.space.s
        label = QRect(left, top, place.width() - pad, theme.line_height("dense"))
        used = paint_text(painter, label, theme, fact.label, "dense", tone=Tone.MUTED, elide=False)
        if fact.source is not None:
            paint_source_mark(painter, label.adjusted(used + gap, 0, 0, 0), theme, fact.source)
        value = QRect(left, label.bottom() + 1, place.width() - pad, theme.line_height("value"))
        ink = theme.text_color(fact.tone)
        if fact.icon:
            side = theme.text_px(theme.icon.control)
            shape = QRect(left, value.top() + (value.height() - side) // 2, side, side)
            paint_icon(painter, shape, fact.icon, ink, theme)
            value = value.adjusted(side + gap, 0, 0, 0)
        used = paint_text(painter, value, theme, fact.value, "value", color=ink, elide=False)
        if fact.detail:
            beside = value.adjusted(used + gap, 2, 0, 2)
            paint_text(painter, beside, theme, fact.detail, "body", tone=Tone.MUTED, elide=False)


def _title(shown: CardFacts) -> RichLine:
    return RichLine((Run(shown.title, "title"),))
