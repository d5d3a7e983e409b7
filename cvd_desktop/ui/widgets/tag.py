"""Tags and marks, painted: a shape and a word first, a colour last. Delegates use them as well."""

from enum import StrEnum
from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from cvd_desktop.ui.theme import Theme, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import LEFT, paint_box, paint_text, text_width


class TagKind(StrEnum):
    """What a tag says; each kind has its own shape. To add one: a line here, one in `_LOOKS`."""

    ALERT = "alert"  # filled: sold out, failed
    REFUSED = "refused"
    WARNING = "warning"
    CURRENT = "current"  # here, now, must do
    CHANGE = "change"
    INFO = "info"
    NEED = "need"  # asked for, plain ink
    GOOD = "good"
    QUIET = "quiet"  # nothing to do
    TO_DO = "to_do"  # a line of a list that is still to be worked on
    RECORDED_HERE = "recorded_here"
    ON_THE_SERVER = "on_the_server"
    UNKNOWN = "unknown"
    STALE = "stale"


class _TagLook(NamedTuple):
    icon: str
    tone: Tone
    filled: bool = False


_LOOKS = {
    TagKind.ALERT: _TagLook("alert", Tone.CRITICAL, filled=True),
    TagKind.REFUSED: _TagLook("crossed-square", Tone.CRITICAL),
    TagKind.WARNING: _TagLook("warning", Tone.WARNING),
    TagKind.CURRENT: _TagLook("ring-dot", Tone.ACCENT),
    TagKind.CHANGE: _TagLook("diamond", Tone.ACCENT),
    TagKind.INFO: _TagLook("info", Tone.INFO),
    TagKind.NEED: _TagLook("arrow-right", Tone.PLAIN),
    TagKind.GOOD: _TagLook("check-circle", Tone.POSITIVE),
    TagKind.QUIET: _TagLook("check", Tone.MUTED),
    TagKind.TO_DO: _TagLook("ring", Tone.MUTED),
    TagKind.RECORDED_HERE: _TagLook("ring", Tone.PLAIN),
    TagKind.ON_THE_SERVER: _TagLook("check-circle", Tone.POSITIVE),
    TagKind.UNKNOWN: _TagLook("help", Tone.MUTED),
    TagKind.STALE: _TagLook("clock", Tone.MUTED),
}

_PAD = 8  # px at text scale 1, left and right of a tag's content
_GAP = 6  # between shape and word


def kind_icon(kind: TagKind) -> str:
    """The name of the shape of a kind."""
    return _LOOKS[kind].icon


def kind_tone(kind: TagKind) -> Tone:
    """The tone of the word of a kind."""
    return _LOOKS[kind].tone


def tag_size(theme: Theme, kind: TagKind, text: str) -> QSize:
    """What the tag needs: 22 px high at text scale 1."""
    del kind  # every kind has a shape of the same size
    wide = text_width(theme.font("tag"), text) + theme.text_px(theme.icon.inline + _GAP + 2 * _PAD)
    return QSize(wide, theme.text_px(theme.control.tag))


def paint_tag(painter: QPainter, rect: QRect, theme: Theme, kind: TagKind, text: str) -> QRect:
    """A tag at the left of `rect`, centred in its height; the word elides. Returns its box."""
    look = _LOOKS[kind]
    size = tag_size(theme, kind, text)
    box = QRect(
        rect.left(),
        rect.top() + (rect.height() - size.height()) // 2,
        min(size.width(), rect.width()),
        size.height(),
    )
    ink = theme.colors.text.on_fill if look.filled else theme.text_color(look.tone)
    border = _border(theme, look)
    fill = theme.text_color(look.tone) if look.filled else theme.soft_color(look.tone)
    paint_box(
        painter,
        box,
        fill=fill,
        border=border,
        line=theme.colors.line_width,
        radius=theme.radius.tag,
    )
    pad = theme.text_px(_PAD)
    _paint_shape_and_word(
        painter, box.adjusted(pad, 0, -pad + 1, 0), theme, look.icon, ink, text, "tag"
    )
    return box


def _border(theme: Theme, look: _TagLook) -> QColor:
    if look.tone is Tone.MUTED:
        return theme.colors.line.border
    return theme.text_color(look.tone)


def paint_mark(
    painter: QPainter,
    rect: QRect,
    theme: Theme,
    kind: TagKind,
    text: str = "",
    *,
    role: str = "denseStrong",
    icon_px: int = 20,
) -> int:
    """A shape and its word without a box, as in list rows; returns the px taken.

    Without text only the shape is painted: then the words stand elsewhere in the row.
    """
    look = _LOOKS[kind]
    return _paint_shape_and_word(
        painter, rect, theme, look.icon, theme.text_color(look.tone), text, role, icon_px=icon_px
    )


def mark_width(theme: Theme, text: str, role: str = "denseStrong", icon_px: int = 20) -> int:
    """px that `paint_mark` needs for a text that is not elided."""
    return theme.text_px(icon_px + _GAP + 2) + text_width(theme.font(role), text)


def _paint_shape_and_word(
    painter: QPainter,
    rect: QRect,
    theme: Theme,
    icon: str,
    ink: QColor,
    text: str,
    role: str,
    *,
    icon_px: int = 16,
) -> int:
    side = theme.text_px(icon_px)
    shape = QRect(rect.left(), rect.top() + (rect.height() - side) // 2, side, side)
    paint_icon(painter, shape, icon, ink, theme)
    if not text:
        return side
    gap = theme.text_px(_GAP if icon_px <= 16 else _GAP + 2)
    words = rect.adjusted(side + gap, 0, 0, 0)
    painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    return side + gap + paint_text(painter, words, theme, text, role, color=ink, align=LEFT)
