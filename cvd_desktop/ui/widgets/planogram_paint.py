"""Paints one cell of a planogram: gauge, label, price, product, figures, flag.

Texts and shapes are laid out once and kept: two hundred cells are painted within a frame.
"""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPixmap,
    QStaticText,
    QTransform,
)

from cvd_desktop.ui.theme import Theme
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import FOCUS_RING, paint_box
from cvd_desktop.ui.widgets.planogram_cells import CellFace, FlagFace, Gauge
from cvd_shared.route_shapes import SlotKey

SUNLIGHT = "sunlight"
TEXT_LEFT = 18  # px at text scale 1: edge of the cell to its texts
TEXT_RIGHT = 6
TOP = 4
GAUGE = 9
GAUGE_WAS = 5
PAR_OVER = 3  # px of the par line left of the gauge
PAR_BEHIND = 2
LEAST_SEGMENT = 2  # px; below it the gauge is one bar
ARROW = "→"
KEPT_TEXTS = 4000


class _Text:
    """A text that is laid out."""

    __slots__ = ("ascent", "laid", "wide")

    def __init__(self, text: str, font: QFont, metrics: QFontMetrics) -> None:
        self.laid = QStaticText(text)
        self.laid.setTextFormat(Qt.TextFormat.PlainText)
        self.laid.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        self.laid.prepare(QTransform(), font)
        self.wide = metrics.horizontalAdvance(text)
        self.ascent = metrics.ascent()


class CellPainter:
    """Holds what is laid out for one theme; make a new one when the theme changes."""

    def __init__(self, theme: Theme, ratio: float = 1.0) -> None:
        """`ratio` is the device pixels of one px."""
        self.theme = theme
        self.ratio = ratio
        colors = theme.colors
        self._line = colors.line_width
        self._sunlight = theme.key == SUNLIGHT
        self.ring = FOCUS_RING + (1 if self._sunlight else 0)
        self._texts: dict[tuple[str, str], _Text] = {}
        self._elided: dict[tuple[str, str, int], _Text] = {}
        self._icons: dict[tuple[str, str], QPixmap] = {}
        self._pictures: dict[SlotKey, tuple[CellFace, QSize, QPixmap]] = {}
        self._metrics: dict[str, QFontMetrics] = {}
        # One font each, made once: QPainter.setFont is cheap for the same object.
        self._fonts = {
            role: theme.font(role)
            for role in ("cellLabel", "cellName", "cellBefore", "cellStock", "flag", "dense")
        }
        self._fonts["zero"] = QFont(self._fonts["cellBefore"])
        self._fonts["zero"].setWeight(QFont.Weight.Bold)
        for role, font in self._fonts.items():
            self._metrics[role] = QFontMetrics(font)

    def paint(self, painter: QPainter, rect: QRect, face: CellFace) -> None:
        """A cell that is not the current one, from its picture: made when it changes."""
        known = self._pictures.get(face.key)
        if known is None or known[0] is not face or known[1] != rect.size():
            ratio = self.ratio
            picture = QPixmap(round(rect.width() * ratio), round(rect.height() * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(self.theme.colors.surface.sunken)
            inner = QPainter(picture)
            self._paint(inner, QRect(QPoint(0, 0), rect.size()), face, current=False)
            inner.end()
            known = (face, rect.size(), picture)
            self._pictures[face.key] = known
        painter.drawPixmap(rect.topLeft(), known[2])

    def paint_current(
        self, painter: QPainter, rect: QRect, face: CellFace, *, focused: bool
    ) -> None:
        """The current cell; its ring lies outside of `rect`."""
        self._paint(painter, rect, face, current=True, focused=focused)

    def _paint(
        self,
        painter: QPainter,
        rect: QRect,
        face: CellFace,
        *,
        current: bool,
        focused: bool = False,
    ) -> None:
        theme, colors = self.theme, self.theme.colors
        if current and focused:
            ring = self.ring
            paint_box(
                painter,
                rect.adjusted(-ring, -ring, ring, ring),
                fill=colors.focus_ring,
                border=None,
                radius=theme.radius.tag + ring,
            )
        border, line = colors.line.border, self._line
        if current:
            border = colors.focus_ring
            line = line if focused else colors.line_width_strong
        elif face.outlined:
            border, line = colors.accent.base, colors.line_width_strong
        fill = colors.selection.row if current else colors.surface.raised
        if face.quiet and not current:
            fill = colors.surface.surface
        paint_box(painter, rect, fill=fill, border=border, line=line, radius=theme.radius.tag)
        if face.gauge is not None and face.gauge.fits > 0:
            self._paint_gauge(painter, rect, face.gauge, fill)
        self._paint_texts(painter, rect, face)

    def _paint_texts(self, painter: QPainter, rect: QRect, face: CellFace) -> None:
        theme, px = self.theme, self.theme.text_px
        has_gauge = face.gauge is not None
        left = rect.left() + px(TEXT_LEFT if has_gauge else 8)
        right = rect.right() + 1 - px(TEXT_RIGHT)
        top = rect.top() + px(TOP)
        ink, muted = theme.colors.text.primary, theme.colors.text.muted
        label = self._fitting("cellLabel", face.label, right - left)
        self._draw_line(painter, label, "cellLabel", left, top + px(9), ink)
        price = self._text("cellName", face.price)
        if label.wide + px(4) + price.wide <= right - left:  # a price is never cut
            at = right - price.wide
            self._draw_line(painter, price, "cellName", at, top + px(9), muted)
        top += px(16)
        name_ink = muted if face.quiet else ink
        edge = rect.right() + 1 - self._line - px(1)
        name = self._fitting("cellName", face.product, edge - left)
        self._draw_line(painter, name, "cellName", left, top + px(9), name_ink)
        top += px(17)
        self._paint_figures(painter, left, right, top, face)
        if face.flag is not None:
            self._paint_flag(painter, rect, left, face.flag)

    def _paint_figures(
        self, painter: QPainter, left: int, right: int, top: int, face: CellFace
    ) -> None:
        """Before, arrow, after on one base line."""
        theme, px = self.theme, self.theme.text_px
        colors = theme.colors
        stock = self._metrics["cellStock"]
        base = top + (px(24) + stock.ascent() - stock.descent()) // 2
        muted = colors.text.muted
        if face.before:
            role = "zero" if face.critical else "cellBefore"
            color = colors.critical.base if face.critical else muted
            left += self._draw_base(painter, role, face.before, left, base, color) + px(3)
            if face.after:
                left += self._draw_base(painter, "dense", ARROW, left, base, muted) + px(3)
        if face.after:
            alone = face.critical and not face.before
            color = colors.critical.base if alone else colors.text.primary
            left += self._draw_base(painter, "cellStock", face.after, left, base, color) + px(4)
        if face.beside:
            beside = self._text("cellName", face.beside)
            if face.beside_right or not face.before:
                at = right - beside.wide if face.beside_right else left - px(1)
            else:
                at = max(left, right - beside.wide)
            if left - px(1) <= at and at + beside.wide <= right + px(TEXT_RIGHT):
                self._draw_base(painter, "cellName", face.beside, at, base, muted)

    def _paint_gauge(self, painter: QPainter, rect: QRect, gauge: Gauge, ground: QColor) -> None:
        px, line = self.theme.text_px, self._line
        colors = self.theme.colors.gauge
        left = rect.left() + line + px(3)
        top = rect.top() + line + px(3)
        high = rect.bottom() + 1 - line - px(3) - top
        wide = px(GAUGE)
        apart = px(1)
        fits = gauge.fits
        was = min(gauge.was, fits)
        added = min(gauge.added, fits - was)
        each = (high + apart) / fits
        if each - apart < LEAST_SEGMENT:
            self._paint_bar(painter, QRect(left, top, wide, high), gauge)
        else:
            cuts = [top + round(n * each) for n in range(fits + 1)]  # from above
            boxes = [QRect(left, cuts[n], wide, cuts[n + 1] - cuts[n] - apart) for n in range(fits)]
            boxes.reverse()  # from below
            empty, put, there = boxes[was + added :], boxes[was : was + added], boxes[:was]
            if self._sunlight:
                hairline = self.theme.colors.line.hairline
                self._hollow(painter, empty, hairline, 1, ground)
                self._hollow(painter, put, colors.added, px(2), ground)
                _fill(painter, there, colors.stock)
            else:
                _fill(painter, empty, colors.track)
                _fill(painter, put, colors.added)
                _fill(
                    painter,
                    [QRect(b.left(), b.top(), px(GAUGE_WAS), b.height()) for b in there],
                    colors.stock,
                )
        if 0 < gauge.par < fits:
            at = top + round((fits - gauge.par) * each) - apart
            over = QRect(
                left - px(PAR_OVER), at - px(1), wide + px(PAR_OVER) + px(PAR_BEHIND), px(4)
            )
            _fill(painter, [over], ground)
            _fill(painter, [over.adjusted(0, px(1), 0, -px(1))], colors.par_mark)

    def _paint_bar(self, painter: QPainter, box: QRect, gauge: Gauge) -> None:
        """More units than the height has room for: the same in one piece."""
        colors = self.theme.colors.gauge
        was = round(box.height() * min(gauge.was, gauge.fits) / gauge.fits)
        both = round(box.height() * min(gauge.was + gauge.added, gauge.fits) / gauge.fits)
        bottom = box.bottom() + 1
        if self._sunlight:
            self._hollow(painter, [box], self.theme.colors.line.hairline, 1, colors.track)
        else:
            _fill(painter, [box], colors.track)
        put = QRect(box.left(), bottom - both, box.width(), both - was)
        if self._sunlight:
            self._hollow(painter, [put], colors.added, self.theme.text_px(2), colors.track)
        else:
            _fill(painter, [put], colors.added)
        wide = box.width() if self._sunlight else self.theme.text_px(GAUGE_WAS)
        _fill(painter, [QRect(box.left(), bottom - was, wide, was)], colors.stock)

    def _hollow(
        self, painter: QPainter, boxes: list[QRect], color: QColor, line: int, ground: QColor
    ) -> None:
        _fill(painter, boxes, color)
        inner = [box.adjusted(line, line, -line, -line) for box in boxes]
        _fill(painter, [box for box in inner if box.isValid()], ground)

    def _paint_flag(self, painter: QPainter, rect: QRect, left: int, flag: FlagFace) -> None:
        """At the foot of the cell; the word elides where a language is long."""
        theme, px = self.theme, self.theme.text_px
        pad, side, gap, high = px(4), px(14), px(3), px(18)
        start = left - px(2)
        room = rect.right() + 1 - self._line - start
        if 2 * pad + side + gap + self._text("flag", flag.word).wide > room:
            pad, gap = px(2), px(2)
        word = self._fitting("flag", flag.word, room - 2 * pad - side - gap)
        wide = min(room, 2 * pad + side + gap + word.wide)
        box = QRect(start, rect.bottom() + 1 - self._line - px(3) - high, wide, high)
        ink = theme.text_color(flag.tone)
        paint_box(
            painter,
            box,
            fill=ink if flag.filled else theme.soft_color(flag.tone),
            border=ink,
            line=self._line,
            radius=theme.radius.tag,
        )
        if flag.filled:
            ink = theme.colors.text.on_fill
        icon = self._icon(flag.icon, side, ink)
        painter.drawPixmap(box.left() + pad, box.top() + (high - side) // 2, icon)
        self._draw_line(
            painter, word, "flag", box.left() + pad + side + gap, box.top() + high // 2, ink
        )

    # what is laid out

    def _text(self, role: str, text: str) -> _Text:
        found = self._texts.get((role, text))
        if found is None:
            if len(self._texts) > KEPT_TEXTS:
                self._texts.clear()
            found = _Text(text, self._fonts[role], self._metrics[role])
            self._texts[role, text] = found
        return found

    def _fitting(self, role: str, text: str, room: int) -> _Text:
        """The text, elided when it is wider than so many px."""
        known = self._elided.get((role, text, room))
        if known is None:
            if len(self._elided) > KEPT_TEXTS:
                self._elided.clear()
            shown = self._metrics[role].elidedText(text, Qt.TextElideMode.ElideRight, max(room, 0))
            known = self._text(role, shown)
            self._elided[role, text, room] = known
        return known

    def _icon(self, name: str, side: int, ink: QColor) -> QPixmap:
        known = self._icons.get((name, ink.name()))
        if known is None:
            known = QPixmap(round(side * self.ratio), round(side * self.ratio))
            known.setDevicePixelRatio(self.ratio)
            known.fill(Qt.GlobalColor.transparent)
            painter = QPainter(known)
            paint_icon(painter, QRectF(0, 0, side, side), name, ink, self.theme)
            painter.end()
            self._icons[name, ink.name()] = known
        return known

    def _draw_line(
        self, painter: QPainter, text: _Text, role: str, left: int, middle: int, color: QColor
    ) -> None:
        """A line whose capitals are centred at `middle`."""
        base = middle + self._metrics[role].capHeight() / 2
        painter.setFont(self._fonts[role])
        painter.setPen(color)
        painter.drawStaticText(QPointF(left, round(base) - text.ascent), text.laid)

    def _draw_base(
        self, painter: QPainter, role: str, text: str, left: int, base: int, color: QColor
    ) -> int:
        """A text on a base line; returns the px it took."""
        laid = self._text(role, text)
        painter.setFont(self._fonts[role])
        painter.setPen(color)
        painter.drawStaticText(QPointF(left, base - laid.ascent), laid.laid)
        return laid.wide


def _fill(painter: QPainter, boxes: list[QRect], color: QColor) -> None:
    if boxes:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRects(boxes)
