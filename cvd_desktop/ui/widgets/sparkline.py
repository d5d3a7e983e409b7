"""Bars of the last intervals in the height of a table row, painted in a delegate or a widget.

A bar stands on the base line; nothing sold is a flat line on it, and what nobody knows is a dot in
the middle of an open gap: the same dot that stands for an unknown figure in a table.
"""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QRect
from PySide6.QtGui import QPainter

from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Theme

BAR = 6  # px at text scale 1
NARROWEST = 2  # px of a bar where there are many
GAP = 2  # px between two bars
LEAST_ABOVE_ZERO = 2  # px by which the smallest sale is higher than none
SPOKEN = 6  # intervals that a screen reader is told


def sparkline_width(theme: Theme, count: int) -> int:
    """px that so many bars like to have."""
    bar = theme.text_px(BAR)
    return max(0, count * (bar + GAP) - GAP)


def paint_sparkline(
    painter: QPainter,
    rect: QRect,
    theme: Theme,
    values: Sequence[int | None],
    *,
    top: int | None = None,
) -> None:
    """One bar for each interval, oldest first, the newest at the right end in the accent colour.

    None is not known, below zero counts as none. `top` is the value of a bar as high as `rect`,
    else the largest one is. Where they do not all fit, the oldest are left out.
    """
    if not values or rect.width() < NARROWEST or rect.height() < 1:
        return
    colors = theme.colors
    room = rect.width() + GAP
    shown = list(values[-max(1, room // (NARROWEST + GAP)) :])
    wide = max(NARROWEST, min(theme.text_px(BAR), room // len(shown) - GAP))
    line = colors.line_width
    foot = rect.top() + rect.height()
    most = max(1, top or 0, *(value or 0 for value in shown))
    left = rect.left() + rect.width() - len(shown) * (wide + GAP) + GAP
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for place, value in enumerate(shown):
        ink = colors.accent.base if place == len(shown) - 1 else colors.text.muted
        x = left + place * (wide + GAP)
        if value is None:
            dot = min(2 * line, wide)
            middle = rect.top() + (rect.height() - dot) // 2
            painter.fillRect(x + (wide - dot) // 2, middle, dot, dot, ink)
        elif value <= 0:
            painter.fillRect(x, foot - line, wide, line, ink)
        else:
            high = max(round(rect.height() * value / most), line + LEAST_ABOVE_ZERO)
            painter.fillRect(x, foot - high, wide, high, ink)
    painter.restore()


def sparkline_words(values: Sequence[int | None]) -> str:
    """What a screen reader says of the bars: the newest few, oldest first."""
    unknown = QCoreApplication.translate("Sparkline", "not known")
    told = [unknown if each is None else formats.number(each) for each in values[-SPOKEN:]]
    if not told:
        return QCoreApplication.translate("Sparkline", "no earlier interval")
    return QCoreApplication.translate("Sparkline", "last intervals: {list}").format(
        list=", ".join(told)
    )
