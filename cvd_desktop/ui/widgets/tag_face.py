"""A tag of a planogram that stands outside of its cells: the look of its flag, 22 px high."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter

from cvd_desktop.ui.theme import Theme
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import LEFT, paint_box, paint_text, text_width
from cvd_desktop.ui.widgets.planogram_cells import FlagFace

_PAD = 8  # px at text scale 1
_GAP = 6


def tag_face_size(theme: Theme, face: FlagFace) -> QSize:
    """px that the tag needs."""
    wide = text_width(theme.font("tag"), face.word) + theme.text_px(
        theme.icon.inline + _GAP + 2 * _PAD
    )
    return QSize(wide, theme.text_px(theme.control.tag))


def paint_tag_face(
    painter: QPainter, box: QRect, theme: Theme, face: FlagFace, *, pressed: bool = False
) -> None:
    """The tag, filling `box`."""
    colors = theme.colors
    ink = theme.text_color(face.tone)
    line = colors.line_width_strong if pressed else colors.line_width
    paint_box(
        painter,
        box,
        fill=ink if face.filled else theme.soft_color(face.tone),
        border=ink,
        line=line,
        radius=theme.radius.tag,
    )
    if face.filled:
        ink = colors.text.on_fill
    side, pad = theme.text_px(theme.icon.inline), theme.text_px(_PAD)
    shape = QRect(box.left() + pad, box.top() + (box.height() - side) // 2, side, side)
    paint_icon(painter, shape, face.icon, ink, theme)
    words = box.adjusted(pad + side + theme.text_px(_GAP), 0, -pad + 2, 0)
    paint_text(painter, words, theme, face.word, "tag", color=ink, align=LEFT)
