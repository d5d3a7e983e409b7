"""The strokes that widgets and delegates share: boxes, text, key caps, focus, selected rows."""

from functools import cache, lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeySequence, QPainter, QPen

from cvd_desktop.ui.theme import Theme, Tone

Align = Qt.AlignmentFlag
LEFT = Align.AlignLeft | Align.AlignVCenter
RIGHT = Align.AlignRight | Align.AlignVCenter
CENTER = Align.AlignCenter

FOCUS_RING = 3  # px, anatomy of the states
FOCUS_GAP = 1
FOCUS_GAP_FILLED = 2
ACCENT_BAR = 4  # px, left edge of a selected row


@lru_cache(maxsize=4096)
def text_width(font: QFont, text: str) -> int:
    """px that the text needs on one line, rounded up. Remembered: most layouts ask it again."""
    return QFontMetrics(font).horizontalAdvance(text) + 1


def paint_ground(painter: QPainter, rect: QRect | QRectF, color: QColor) -> None:
    """Fill `rect`. `QPainter.fillRect` would do, but makes PySide create QGradient with its 180
    presets: 2 ms before the first paint."""
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRect(rect)
    painter.restore()


def paint_box(
    painter: QPainter,
    rect: QRect,
    *,
    fill: QColor | None,
    border: QColor | None,
    line: int = 1,
    radius: int = 0,
    dashed: bool = False,
) -> None:
    """A box whose border lies wholly inside `rect`, on whole pixels."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, radius > 0)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    if border is None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(QRectF(rect), radius, radius)
    else:
        pen = QPen(border, line, Qt.PenStyle.SolidLine)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if dashed:
            pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        half = line / 2
        inner = QRectF(rect).adjusted(half, half, -half, -half)
        painter.drawRoundedRect(inner, max(radius - half, 0), max(radius - half, 0))
    painter.restore()


def paint_text(
    painter: QPainter,
    rect: QRect,
    theme: Theme,
    text: str,
    role: str = "dense",
    *,
    tone: Tone = Tone.PLAIN,
    color: QColor | None = None,
    align: Align = LEFT,
    strong: bool = False,
    elide: bool = True,
) -> int:
    """One line of text in a type role; returns the px it took. Elide names only, never figures."""
    font = theme.font(role, strong=strong)
    wide = text_width(font, text) - 1
    if elide and wide >= rect.width():  # of a text that has room this takes long
        text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        wide = text_width(font, text) - 1
    painter.setFont(font)
    painter.setPen(color if color is not None else theme.text_color(tone))
    painter.drawText(rect, _one_line(align), text)
    return wide


@cache
def _one_line(align: Align) -> int:
    """With the flags of one line: to join them takes longer than to paint a short word."""
    return int(align | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip)


def paint_line(painter: QPainter, start: QPointF, end: QPointF, color: QColor, width: int) -> None:
    """A crisp horizontal or vertical line whose first pixel row or column is at `start`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if start.y() == end.y():
        box = QRectF(start.x(), start.y(), end.x() - start.x(), width)
    else:
        box = QRectF(start.x(), start.y(), width, end.y() - start.y())
    painter.fillRect(box, color)
    painter.restore()


def paint_row(
    painter: QPainter, rect: QRect, theme: Theme, *, selected: bool, hovered: bool = False
) -> None:
    """The ground of a list row: plain, hovered or selected with its accent bar, hairline below."""
    colors = theme.colors
    if selected:
        painter.fillRect(rect, colors.selection.row)
        painter.fillRect(
            QRect(rect.left(), rect.top(), ACCENT_BAR, rect.height()), colors.accent.base
        )
    elif hovered:
        painter.fillRect(rect, colors.surface.hover)
    painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), colors.line.hairline)


def paint_focus(
    painter: QPainter, rect: QRect, theme: Theme, radius: int, *, gap: int = FOCUS_GAP
) -> QRect:
    """The focus ring along the edge of `rect`, its gap inside; returns what is left inside."""
    paint_box(
        painter,
        rect,
        fill=theme.colors.focus_gap,
        border=theme.colors.focus_ring,
        line=FOCUS_RING,
        radius=radius + gap,
    )
    inset = FOCUS_RING + gap
    return rect.adjusted(inset, inset, -inset, -inset)


def key_words(sequence: QKeySequence) -> str:
    """A key as it stands on its cap: "Ctrl K", "Enter", "F10"; empty for no key."""
    text = sequence.toString(QKeySequence.SequenceFormat.NativeText).split(", ")[0]
    if text.endswith("+"):  # the plus key itself
        return (text[:-1].replace("+", " ") + " +").strip()
    return text.replace("+", " ").replace("Return", "Enter")


def key_cap_size(theme: Theme, text: str) -> QSize:
    """Size of the key cap of this text."""
    high = theme.text_px(theme.control.keycap)
    wide = text_width(theme.font("label"), text) + theme.text_px(14)
    return QSize(max(wide, high), high)


def paint_key_cap(painter: QPainter, rect: QRect, theme: Theme, text: str, color: QColor) -> None:
    """A key cap filling `rect`: one pixel of border, two below."""
    line = theme.colors.line_width
    paint_box(painter, rect, fill=None, border=color, line=line, radius=theme.radius.tag + 1)
    below = QRectF(rect.left() + 2, rect.bottom() - line, rect.width() - 4, 1)
    paint_ground(painter, below, color)
    paint_text(
        painter,
        rect.adjusted(0, 0, 0, -1),
        theme,
        text,
        "label",
        color=color,
        align=CENTER,
        elide=False,
    )
