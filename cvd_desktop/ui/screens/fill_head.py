"""The head of a cabinet: its name, what was in it and will be, and what asks for a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QSize, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cvd_desktop.domain.fill_sheet import FillSheet, SheetTotals
from cvd_desktop.ui import formats
from cvd_desktop.ui.fill_words import UNKNOWN
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import LEFT, paint_box, paint_focus, paint_text, text_width
from cvd_desktop.ui.widgets.planogram_cells import CabinetFace, FlagFace
from cvd_desktop.ui.widgets.tag_face import paint_tag_face, tag_face_size

_GAP = 16  # px between name, totals and need
_WORD = 6


@dataclass(frozen=True, slots=True)
class JumpTag:
    """A tag of the head: the flag that it leads to, its look and its words."""

    flag: str
    face: FlagFace


@dataclass(frozen=True, slots=True)
class Run:
    """A few words of the head in one role, and the px before them at text scale 1."""

    text: str
    role: str
    tone: Tone
    before: int
    optional: int = 0  # 1 is left out first, then 2


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
        self.setAccessibleName(" ".join(run.text for run in self._all_runs()))
        self._arrange()
        self.update()

    def tags(self) -> tuple[TagButton, ...]:
        return tuple(self._buttons)

    def words(self) -> str:
        """What is painted, as a screen reader has it."""
        return self.accessibleName()

    def _all_runs(self) -> list[Run]:
        totals = self._totals
        if totals is None:
            return [Run(self._name, "head", Tone.PLAIN, 0)]
        before, after = formats.number(totals.before), formats.number(totals.after)
        before += UNKNOWN if totals.not_known else ""
        after += UNKNOWN if totals.not_known_after else ""
        of_par = self.tr("of par {n}").format(n=formats.number(totals.par))
        return [
            Run(self._name, "head", Tone.PLAIN, 0),
            Run(before, "bodyStrong", Tone.PLAIN, _GAP),
            Run("→", "body", Tone.MUTED, _WORD),
            Run(after, "bodyStrong", Tone.PLAIN, _WORD),
            Run(of_par, "body", Tone.MUTED, _WORD, optional=1),
            Run(self.tr("to put in"), "body", Tone.MUTED, _GAP, optional=2),
            Run(formats.number(totals.put_in), "bodyStrong", Tone.PLAIN, _WORD, optional=2),
        ]

    def _runs(self, width: int) -> list[Run]:
        """What fits: above a narrow cabinet less is said, no figure is cut."""
        runs = self._all_runs()
        for left_out in (1, 2, 3):
            if self._wide(runs) <= width:
                break
            keep_figures = left_out < 3
            runs = [
                run
                for run in runs
                if (keep_figures and run.optional != left_out) or run.role == "head"
            ]
        return runs

    def _wide(self, runs: Sequence[Run]) -> int:
        theme = self._look.theme
        return sum(
            text_width(theme.font(run.role), run.text) + theme.text_px(run.before) for run in runs
        )

    def _text_wide(self) -> int:
        return self._wide(self._all_runs())

    def _tags_wide(self) -> int:
        gap = self._look.theme.control.touch_gap
        return sum(one.sizeHint().width() + gap for one in self._buttons)

    def text_width(self) -> int:
        """px that the words need on one line."""
        return self._text_wide()

    def line_height(self) -> int:
        theme = self._look.theme
        return max(theme.control.touch, theme.line_height("head"))

    def height_for(self, width: int) -> int:
        """px that the head needs in so many."""
        return self.line_height() * (2 if self._broken(width) else 1)

    def _broken(self, width: int) -> bool:
        large = self._look.theme.text_scale >= 1.5
        wide = self._wide(self._runs(width)) + self._tags_wide()
        return bool(self._buttons) and not large and wide > width

    def _restyle(self) -> None:
        self._arrange()
        self.update()

    def resizeEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        del event
        self._arrange()

    def _arrange(self) -> None:
        gap = self._look.theme.control.touch_gap
        broken = self._broken(self.width())
        room = self.width() - (0 if broken else self._wide(self._runs(self.width())))
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
        for run in self._runs(self.width()):
            metrics = QFontMetrics(theme.font(run.role))
            drop = (head.ascent() - head.descent() - metrics.ascent() + metrics.descent()) // 2
            left += theme.text_px(run.before)
            room = QRect(left, drop, self.width() - left, high)
            name = run.role == "head"
            left += paint_text(
                painter, room, theme, run.text, run.role, tone=run.tone, align=LEFT, elide=name
            )
        painter.end()


class CabinetHeads(QObject):
    """The heads of the cabinets that are shown, each above its cabinet."""

    jump = Signal(str)
    """A flag whose next cell is wanted."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._parent = parent
        self.heads: list[CabinetHead] = []
        self._shown = 0
        self._now: tuple[object, FillSheet] | None = None  # what the heads say already

    def show(self, cabinets: Sequence[CabinetFace], sheet: FillSheet) -> None:
        """Names, totals and tags of these cabinets."""
        now = (tuple((one.number, one.name) for one in cabinets), sheet)
        if self._now is not None and self._now[0] == now[0] and self._now[1] is sheet:
            return
        self._now = now
        while len(self.heads) < len(cabinets):
            head = CabinetHead(self._look, self._parent)
            head.jump.connect(self.jump)
            self.heads.append(head)
        self._shown = len(cabinets)
        for head, cabinet in zip(self.heads, cabinets, strict=False):
            totals = sheet.totals(cabinet.number)
            head.show_cabinet(cabinet.name, totals, self._tags(totals))
            head.show()
        for head in self.heads[self._shown :]:
            head.hide()

    def set_visible(self, *, visible: bool) -> None:
        for head in self.heads[: self._shown]:
            head.setVisible(visible)

    def height_for(self, width: int) -> int:
        """px that the heads need above a grid of so many."""
        shown = self.heads[: self._shown]
        each = width // max(len(shown), 1)
        least = self._look.theme.control.touch
        return max((head.height_for(each) for head in shown), default=least)

    def place(self, frames: Sequence[QRect], grid: QRect) -> None:
        """Above the frames of a grid; the only one takes what it needs of the grid's width."""
        for n, (head, frame) in enumerate(zip(self.heads, frames, strict=False)):
            left, right = grid.left() + frame.left(), grid.left() + frame.right() + 1
            if n + 1 < len(frames):
                right = grid.left() + frames[n + 1].left()
            elif len(frames) > 1 or frame.width() < head.text_width():
                right = grid.right() + 1
            if len(frames) == 1 and right - left < head.text_width():
                left = grid.left()
            high = head.height_for(right - left)
            head.setGeometry(left, max(2, grid.top() - high - 2), right - left, high)

    def _tags(self, totals: SheetTotals) -> list[JumpTag]:
        kinds = (
            ("sold_out", "alert", Tone.CRITICAL, totals.sold_out),
            ("price", "warning", Tone.WARNING, totals.prices),
            ("change", "diamond", Tone.ACCENT, totals.changes),
            ("count", "ring-dot", Tone.INFO, totals.to_count),
        )
        return [
            JumpTag(flag, FlagFace(icon, tone, self._words(flag, n), filled=flag == "sold_out"))
            for flag, icon, tone, n in kinds
            if n
        ]

    def _words(self, flag: str, n: int) -> str:
        one, many = {
            "sold_out": (self.tr("1 sold out"), self.tr("{n} sold out")),
            "price": (self.tr("1 price"), self.tr("{n} prices")),
            "change": (self.tr("1 change"), self.tr("{n} changes")),
            "count": (self.tr("1 to count"), self.tr("{n} to count")),
        }[flag]
        return one if n == 1 else many.format(n=formats.number(n))
