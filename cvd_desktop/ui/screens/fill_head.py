"""The head of a cabinet: its name, what was in it and will be, and what asks for a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.domain.fill_sheet import SheetTotals
from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import LEFT, paint_box, paint_focus, paint_text, text_width
from cvd_desktop.ui.widgets.planogram_cells import FlagFace
from cvd_desktop.ui.widgets.tag_face import paint_tag_face, tag_face_size

_GAP = 16  # px between name, totals and need
_WORD = 6


@dataclass(frozen=True, slots=True)
class JumpTag:
    """A tag of the head: the flag that it leads to, its look and its words."""

    flag: str
    face: FlagFace


class TagButton(PaintedButton):
    """A tag that is pressed: as high as a finger, painted as high as a tag."""

    def __init__(self, look: Look, tag: JumpTag, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.tag = tag
        self.show_tag(tag)
        self.start()

    def show_tag(self, tag: JumpTag) -> None:
        self.tag = tag
        self.setAccessibleName(tag.face.word)
        self.setToolTip(self.tr("Go to the next one"))
        self.restyle()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        theme = self.look.theme
        size = tag_face_size(theme, self.tag.face)
        return QSize(size.width(), max(theme.control.touch, size.height() + theme.space.s))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        painter = QPainter(self)
        size = tag_face_size(theme, self.tag.face)
        box = QRect(0, (self.height() - size.height()) // 2, self.width(), size.height())
        if self.hasFocus():
            paint_focus(painter, box.adjusted(0, -6, 0, 6), theme, theme.radius.control)
            box.adjust(6, 0, -6, 0)
        paint_tag_face(painter, box, theme, self.tag.face, pressed=self.isDown() or self.hovered)
        painter.end()


class CabinetHead(QWidget):
    """Painted words, and a button for each tag. Tags that find no room go to a second line; where
    text is large they are left out: the cells have them, and N goes through them."""

    jump = Signal(str)
    """A flag whose next cell is wanted."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._name = ""
        self._totals: SheetTotals | None = None
        self._buttons: list[TagButton] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_cabinet(self, name: str, totals: SheetTotals, tags: Sequence[JumpTag]) -> None:
        self._name, self._totals = name, totals
        if [button.tag.flag for button in self._buttons] != [tag.flag for tag in tags]:
            for gone in self._buttons:
                gone.hide()
                gone.deleteLater()
            self._buttons = [TagButton(self._look, tag, self) for tag in tags]
            for button in self._buttons:
                button.clicked.connect(lambda _=False, b=button: self.jump.emit(b.tag.flag))
        for button, tag in zip(self._buttons, tags, strict=True):
            if button.tag != tag:
                button.show_tag(tag)
        self.setAccessibleName(" ".join(text for text, *_ in self._runs()))
        self._arrange()
        self.update()

    def tags(self) -> tuple[TagButton, ...]:
        return tuple(self._buttons)

    def words(self) -> str:
        """What is painted, as a screen reader has it."""
        return self.accessibleName()

    def _runs(self) -> list[tuple[str, str, Tone, int]]:
        """Text, role, tone, and the px before it at text scale 1."""
        totals = self._totals
        if totals is None:
            return [(self._name, "head", Tone.PLAIN, 0)]
        before, after = formats.number(totals.before), formats.number(totals.after)
        of_par = self.tr("of par {n}").format(n=formats.number(totals.par))
        return [
            (self._name, "head", Tone.PLAIN, 0),
            (before, "bodyStrong", Tone.PLAIN, _GAP),
            ("→", "body", Tone.MUTED, _WORD),
            (after, "bodyStrong", Tone.PLAIN, _WORD),
            (of_par, "body", Tone.MUTED, _WORD),
            (self.tr("to put in"), "body", Tone.MUTED, _GAP),
            (formats.number(totals.put_in), "bodyStrong", Tone.PLAIN, _WORD),
        ]

    def _text_wide(self) -> int:
        theme = self._look.theme
        return sum(
            text_width(theme.font(role), text) + theme.text_px(before)
            for text, role, _, before in self._runs()
        )

    def _tags_wide(self) -> int:
        gap = self._look.theme.control.touch_gap
        return sum(one.sizeHint().width() + gap for one in self._buttons)

    def line_height(self) -> int:
        theme = self._look.theme
        return max(theme.control.touch, theme.line_height("head"))

    def height_for(self, width: int) -> int:
        """px that the head needs in so many."""
        return self.line_height() * (2 if self._broken(width) else 1)

    def _broken(self, width: int) -> bool:
        large = self._look.theme.text_scale >= 1.5
        return bool(self._buttons) and not large and self._text_wide() + self._tags_wide() > width

    def _restyle(self) -> None:
        self._arrange()
        self.update()

    def resizeEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        del event
        self._arrange()

    def _arrange(self) -> None:
        gap = self._look.theme.control.touch_gap
        broken = self._broken(self.width())
        room = self.width() - (0 if broken else self._text_wide())
        wide = self._tags_wide()
        shown = wide <= room or broken
        left = 0 if broken else self.width() - wide + gap
        top = self.line_height() if broken else 0
        for button in self._buttons:
            size = button.sizeHint()
            button.setVisible(shown)
            button.setGeometry(left, top, size.width(), self.line_height())
            left += size.width() + gap

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        paint_box(painter, self.rect(), fill=theme.colors.surface.window, border=None)
        head = QFontMetrics(theme.font("head"))
        left, high = 0, self.line_height()
        for text, role, tone, before in self._runs():
            metrics = QFontMetrics(theme.font(role))
            drop = (head.ascent() - head.descent() - metrics.ascent() + metrics.descent()) // 2
            left += theme.text_px(before)
            room = QRect(left, drop, self.width() - left, high)
            name = role == "head"
            left += paint_text(painter, room, theme, text, role, tone=tone, align=LEFT, elide=name)
        painter.end()
