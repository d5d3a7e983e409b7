"""One small box for each thing of a list in the height of a table row: how far it has come.

The shape says the state, the colour only repeats it: full height is done, half height is done late,
hatched is skipped, an outline is still open.
"""

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QBrush, QPainter

from cvd_desktop.ui.theme import Theme, Tone

BOX = 7  # px at text scale 1
NARROWEST = 3  # px of a box where there are many
GAP = 1
WIDEST = 140  # px at text scale 1 that all of them together like to have


class Box(StrEnum):
    DONE = "done"
    LATE = "late"
    SKIPPED = "skipped"
    OPEN = "open"


def boxes_width(theme: Theme, count: int) -> int:
    """px that so many boxes like to have."""
    wide = count * (theme.text_px(BOX) + GAP)
    least = count * (NARROWEST + GAP)
    return max(0, min(wide, max(theme.text_px(WIDEST), least)) - GAP)


def paint_boxes(painter: QPainter, rect: QRect, theme: Theme, boxes: Sequence[Box]) -> None:
    """In their order from the left; those that have no room are left out at the right."""
    if not boxes or rect.height() < 4:
        return
    colors = theme.colors
    wide = max(NARROWEST, min(theme.text_px(BOX), (rect.width() + GAP) // len(boxes) - GAP))
    high = rect.height()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for place, box in enumerate(boxes):
        x = rect.left() + place * (wide + GAP)
        if x + wide > rect.right() + 1:
            break
        whole = QRect(x, rect.top(), wide, high)
        ink = colors.text.primary
        if box is Box.DONE:
            painter.fillRect(whole, ink)
        elif box is Box.LATE:
            low = whole.adjusted(0, high // 2, 0, 0)
            painter.fillRect(low, theme.text_color(Tone.WARNING))
        else:
            if box is Box.SKIPPED:
                painter.fillRect(whole, QBrush(ink, Qt.BrushStyle.BDiagPattern))
            painter.setPen(ink if box is Box.SKIPPED else colors.line.border)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(whole.adjusted(0, 0, -1, -1))
    painter.restore()
