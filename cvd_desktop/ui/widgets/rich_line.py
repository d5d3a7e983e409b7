"""A line with an icon and words of more than one weight that wraps and is never cut; painted."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QPainter, QTextCharFormat, QTextLayout, QTextOption

from cvd_desktop.ui.theme import Theme, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon

ICON_GAP = 8  # px at text scale 1, icon to words


class Run(NamedTuple):
    """Words of one type role."""

    text: str
    role: str = "body"


class RichLine(NamedTuple):
    """`icon` is a name of resources/icons or ""."""

    runs: tuple[Run, ...]
    icon: str = ""
    tone: Tone = Tone.PLAIN

    @property
    def text(self) -> str:
        return " ".join(run.text for run in self.runs)


def _icon_room(theme: Theme, line: RichLine) -> int:
    return theme.text_px(theme.icon.inline + ICON_GAP) if line.icon else 0


@lru_cache(maxsize=512)
def _layout(theme: Theme, line: RichLine, width: int) -> tuple[QTextLayout, int]:
    """The words set into lines so wide, and the height they take in px."""
    layout = QTextLayout(line.text, theme.font(line.runs[0].role if line.runs else "body"))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    formats, start = [], 0
    for run in line.runs:
        part = QTextLayout.FormatRange()
        part.start, part.length = start, len(run.text)
        face = QTextCharFormat()
        face.setFont(theme.font(run.role))
        part.format = face
        formats.append(part)
        start += len(run.text) + 1
    layout.setFormats(formats)
    least = max((theme.line_height(run.role) for run in line.runs), default=0)
    layout.beginLayout()
    top = 0.0
    while (one := layout.createLine()).isValid():
        one.setLineWidth(max(width, 1))
        one.setPosition(QPointF(0, top + max(0.0, (least - one.height()) / 2)))
        top += max(float(least), one.height())
    layout.endLayout()
    return layout, round(top)


def rich_height(theme: Theme, line: RichLine, width: int) -> int:
    """px that the line takes when it is so wide."""
    return _layout(theme, line, width - _icon_room(theme, line))[1]


def rich_width(theme: Theme, line: RichLine) -> int:
    """px that the line takes when it does not wrap."""
    layout, _ = _layout(theme, line, 100_000)
    return _icon_room(theme, line) + round(layout.maximumWidth()) + 2


def paint_rich(painter: QPainter, rect: QRect, theme: Theme, line: RichLine) -> int:
    """Paint at the top left of `rect`, as wide as it; returns the height taken."""
    room = _icon_room(theme, line)
    color = theme.text_color(line.tone)
    layout, high = _layout(theme, line, rect.width() - room)
    if line.icon:
        side = theme.text_px(theme.icon.inline)
        first = max(theme.line_height(run.role) for run in line.runs)
        icon = QRect(rect.left(), rect.top() + (first - side) // 2, side, side)
        paint_icon(painter, icon, line.icon, color, theme)
    painter.setPen(color)
    layout.draw(painter, QPointF(rect.left() + room, rect.top()))
    return high


def rich_words(lines: Sequence[RichLine]) -> str:
    """For screen readers."""
    return ". ".join(line.text.rstrip(".") for line in lines)
