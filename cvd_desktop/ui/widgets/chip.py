"""The chips of the top bar: a shape, a word, a border; 40 px high in a 56 px high target."""

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from cvd_desktop.ui.theme import Look, Theme, Tone
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    key_cap_size,
    paint_box,
    paint_focus,
    paint_key_cap,
    paint_text,
    text_width,
)

if TYPE_CHECKING:
    from datetime import datetime

    from cvd_desktop.domain.records import SyncStatus

OLD_WORK = 8 * 3600
"""Waiting work older than so many seconds turns the sync chip to warning colours."""

_PAD = 13  # px at text scale 1: edge to shape
_GAP = 9  # shape to word


class ChipFace(NamedTuple):
    """What a chip shows. `strong` gives it the ink border, a tone its colours and soft fill."""

    icon: str
    text: str
    short: str = ""  # used where room is short; the whole text then is the tooltip
    tone: Tone = Tone.PLAIN
    strong: bool = False
    soft: bool = False
    flat: bool = False  # words alone, without fill and border
    key: str = ""
    description: str = ""


class Chip(PaintedButton):
    """A chip; the face says what it shows. `level` 0 is whole, 1 short, 2 only the shape."""

    def __init__(self, look: Look, face: ChipFace) -> None:
        super().__init__(look)
        self._face = face
        self._level = 0
        self.setProperty("role", "chip")
        self.show_face(face)
        self.start()

    def face(self) -> ChipFace:
        return self._face

    def show_face(self, face: ChipFace) -> None:
        """Show something else."""
        self._face = face
        self.setAccessibleName(face.text)
        self.setAccessibleDescription(face.description)
        self._set_tip()
        self.restyle()

    def set_level(self, level: int) -> None:
        """How much is shown: 0 all, 1 the short text without key cap, 2 the shape alone."""
        if level != self._level:
            self._level = level
            self._set_tip()
            self.restyle()

    def _set_tip(self) -> None:
        hidden = self._face.text if self.shown_text() != self._face.text else ""
        self.setToolTip("\n".join(part for part in (hidden, self._face.description) if part))

    def shown_text(self) -> str:
        """The words now painted."""
        if self._level >= 2:
            return ""
        return self._face.short or self._face.text if self._level else self._face.text

    def width_at(self, level: int) -> int:
        """px the chip needs at a level."""
        theme = self.look.theme
        if level >= 2:
            return theme.chrome_px(theme.control.touch)
        face = self._face
        words = (face.short or face.text) if level else face.text
        wide = 2 * theme.pad_px(_PAD) + text_width(theme.font("denseStrong"), words)
        if face.icon:
            wide += theme.text_px(theme.icon.inline) + theme.pad_px(_GAP)
        if face.key and not level:
            wide += theme.pad_px(8) + key_cap_size(theme, face.key).width()
        return max(wide, theme.chrome_px(theme.control.touch))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        return QSize(self.width_at(self._level), theme.chrome_px(theme.frame.top_bar) - 1)

    def _box(self) -> QRect:
        """The painted part of the higher target."""
        high = self.look.theme.chrome_px(self.look.theme.control.chip)
        return QRect(0, (self.height() - high + 1) // 2, self.width(), high)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        painter = QPainter(self)
        box = self._box()
        if self.hasFocus():
            box = paint_focus(painter, box, theme, theme.radius.control)
        ink = self._paint_ground(painter, box, theme)
        self._paint_content(painter, theme, ink)
        painter.end()

    def _paint_ground(self, painter: QPainter, box: QRect, theme: Theme) -> QColor:
        colors, face = theme.colors, self._face
        toned = face.tone not in (Tone.PLAIN, Tone.MUTED)
        ink = theme.text_color(face.tone)
        fill = theme.soft_color(face.tone) if face.soft else colors.surface.raised
        if self.isDown():
            fill = colors.surface.pressed
        elif self.hovered:
            fill = colors.surface.hover
        border = colors.line.strong if face.strong else colors.line.border
        if toned and face.soft:
            border = ink
        if face.flat and not (self.hovered or self.isDown()):
            return ink
        paint_box(
            painter,
            box,
            fill=fill,
            border=border,
            line=colors.line_width,
            radius=theme.radius.control,
        )
        return ink

    def _paint_content(self, painter: QPainter, theme: Theme, ink: QColor) -> None:
        box, face = self._box(), self._face
        words = self.shown_text()
        side = theme.text_px(theme.icon.inline if words else theme.icon.control)
        if face.icon:
            left = theme.pad_px(_PAD) if words else (box.width() - side) // 2
            shape = QRect(left, box.top() + (box.height() - side) // 2, side, side)
            paint_icon(painter, shape, face.icon, ink, theme)
            left += side + theme.pad_px(_GAP)
        else:
            left = theme.pad_px(_PAD)
        if not words:
            return
        area = QRect(left, box.top(), box.width() - left, box.height())
        strong = face.tone is not Tone.MUTED
        paint_text(
            painter,
            area,
            theme,
            words,
            "denseStrong" if strong else "dense",
            color=ink,
            elide=False,
        )
        if face.key and not self._level:
            size = key_cap_size(theme, face.key)
            cap = QRect(
                box.right() - theme.pad_px(_PAD - 4) - size.width() + 1,
                box.top() + (box.height() - size.height()) // 2,
                size.width(),
                size.height(),
            )
            paint_key_cap(painter, cap, theme, face.key, ink)


class MachineChipState(StrEnum):
    """What the machine chip tells."""

    NO_ADAPTER = "no_adapter"
    CHOOSE_PORT = "choose_port"
    ADAPTER_READY = "adapter_ready"
    READING = "reading"
    PULL_THE_PLUG = "pull_the_plug"


class MachineChip(Chip):
    """The plug, and where the cable stands."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, ChipFace("plug", ""))
        self.state = MachineChipState.NO_ADAPTER
        self.show_state(self.state)

    def show_state(
        self, state: MachineChipState, percent: int | None = None, detail: str = ""
    ) -> None:
        """`percent` 0 to 100 of a running read, None when it cannot be known."""
        self.state = state
        words = {
            MachineChipState.NO_ADAPTER: self.tr("No adapter"),
            MachineChipState.CHOOSE_PORT: self.tr("Choose a port"),
            MachineChipState.ADAPTER_READY: self.tr("Adapter ready"),
            MachineChipState.READING: self.tr("Reading"),
            MachineChipState.PULL_THE_PLUG: self.tr("Pull the plug"),
        }[state]
        if state is MachineChipState.READING and percent is not None:
            words = self.tr("Reading %1 %").replace("%1", str(percent))
        busy = state in (MachineChipState.READING, MachineChipState.PULL_THE_PLUG)
        self.show_face(ChipFace("plug", words, strong=busy, description=detail))


class SyncChip(Chip):
    """Where this laptop's work is. The worst wins: refused, waiting, all on the server."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, ChipFace("ring", ""))

    def show_status(self, status: "SyncStatus", now: "datetime") -> None:
        """Take the state of the outbox; `now` gives the age of the oldest waiting record."""
        from cvd_desktop.ui.widgets.sync_face import sync_face  # not before the first paint

        self.show_face(sync_face(status, now))
