"""The strokes of a history chart: bars told apart by their pattern, gaps, swatches for the legend.

Cash is solid, cashless is striped, what the machine does not tell is hollow; what is not known is a
dotted column from the axis to the top, nothing sold a flat line on the axis.
"""

from enum import StrEnum

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter

from cvd_desktop.ui.theme import Theme

ZERO = 2  # px of the line that says that nothing was sold
STRIPE = 4  # px from one stripe to the next
LEAST_ABOVE_ZERO = 2  # px by which the smallest sale is higher than none
DOT_STEP = 5  # px between the dots of a gap


class Pattern(StrEnum):
    """How a part of a bar is filled."""

    SOLID = "solid"
    STRIPED = "striped"
    HOLLOW = "hollow"
    GAP = "gap"


def pattern_color(theme: Theme, pattern: Pattern) -> QColor:
    """At least 3:1 on every surface; a pattern never rests on its colour alone."""
    colors = theme.colors
    return {
        Pattern.SOLID: colors.chart[0],
        Pattern.STRIPED: colors.chart[1],
        Pattern.HOLLOW: colors.text.muted,
        Pattern.GAP: colors.text.muted,
    }[pattern]


def paint_pattern(painter: QPainter, rect: QRect, theme: Theme, pattern: Pattern) -> None:
    """Fill whole pixels of `rect`; the painter's antialiasing must be off."""
    if rect.width() < 1 or rect.height() < 1:
        return
    color, line = pattern_color(theme, pattern), theme.colors.line_width
    if pattern is Pattern.SOLID or (pattern is not Pattern.GAP and rect.height() <= 2 * line):
        painter.fillRect(rect, color)
        return
    if pattern is Pattern.GAP:
        middle = rect.left() + (rect.width() - line) // 2
        for y in range(rect.top(), rect.top() + rect.height() - line, DOT_STEP):
            painter.fillRect(middle, y, line, line + 1, color)
        return
    _paint_outline(painter, rect, color, line)
    if pattern is Pattern.STRIPED:
        thick = max(2, line)
        foot = rect.top() + rect.height() - line
        for y in range(foot - STRIPE, rect.top() + line, -STRIPE):
            painter.fillRect(rect.left(), y, rect.width(), thick, color)


def _paint_outline(painter: QPainter, rect: QRect, color: QColor, line: int) -> None:
    line = min(line, rect.width(), rect.height())
    foot, right = rect.top() + rect.height() - line, rect.left() + rect.width() - line
    painter.fillRect(rect.left(), rect.top(), rect.width(), line, color)
    painter.fillRect(rect.left(), foot, rect.width(), line, color)
    painter.fillRect(rect.left(), rect.top(), line, rect.height(), color)
    painter.fillRect(right, rect.top(), line, rect.height(), color)


def paint_bar(
    painter: QPainter,
    room: QRect,
    theme: Theme,
    parts: tuple[tuple[Pattern, int], ...],
    top: int,
) -> None:
    """Parts on one another from the foot of `room`, whose height stands for `top`."""
    foot = room.top() + room.height()
    whole = sum(value for _, value in parts)
    if whole <= 0:
        painter.fillRect(room.left(), foot - ZERO, room.width(), ZERO, theme.colors.text.primary)
        return
    high = max(round(room.height() * whole / max(top, whole)), ZERO + LEAST_ABOVE_ZERO)
    done = 0
    for pattern, value in parts:
        below, above = round(high * done / whole), round(high * (done + value) / whole)
        box = QRect(room.left(), foot - above, room.width(), above - below)
        paint_pattern(painter, box, theme, pattern)
        done += value
