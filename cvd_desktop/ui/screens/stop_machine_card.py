"""A machine of a stop as a big card: which it is, what is asked for, how it stands."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import StopMachine
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.painted_button import PaintedButton
from cvd_desktop.ui.widgets.painting import (
    ACCENT_BAR,
    paint_box,
    paint_focus,
    paint_text,
    text_width,
)
from cvd_desktop.ui.widgets.sizing import grow_down
from cvd_desktop.ui.widgets.source_mark import (
    Source,
    paint_source_mark,
    source_mark_side,
    source_words,
)
from cvd_desktop.ui.widgets.tag import TagKind, mark_width, paint_mark, paint_tag, tag_size
from cvd_shared.route_shapes import Band

PAD = 16
GAP = 8
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class MachineCard(PaintedButton):
    """Painted; arrow keys walk between the cards of a stop."""

    def __init__(self, tools: StopTools, machine: StopMachine, parent: QWidget) -> None:
        super().__init__(tools.look, parent)
        self._tools = tools
        self.machine = machine
        self.setCheckable(True)
        self.setAutoExclusive(True)
        grow_down(self)
        self.show_machine(machine)
        self.toggled.connect(self.update)
        self.start()

    def show_machine(self, machine: StopMachine) -> None:
        self.machine = machine
        record = machine.record
        self.setAccessibleName(f"{record.asset_number}, {self._tools.words.title(machine)}")
        told = [self._identity(), self._last(), *(word for _, word in self.tags()), self._need()]
        told.append(self._source())
        self.setToolTip(self._source())
        self.setAccessibleDescription(". ".join(part for part in told if part))
        self.restyle()

    def tags(self) -> list[tuple[TagKind, str]]:
        """What is asked for, and what cannot wait."""
        words, machine = self._tools.words, self.machine
        found = [(TagKind.NEED, words.task(task)) for task in machine.tasks]
        low = words.band(machine)
        if low:
            alarm = machine.band is Band.SOLD_OUT
            found.append((TagKind.ALERT if alarm else TagKind.WARNING, low))
        if machine.tickets:
            found.append((TagKind.WARNING, words.tickets(machine.tickets)))
        return found

    def state(self) -> tuple[TagKind, str]:
        """Where the visit of today stands."""
        machine = self.machine
        if machine.visited:
            kind = TagKind((machine.visit_state or RecordState.RECORDED_HERE).value)
            state = self._tools.messages.state(machine.visit_state or RecordState.RECORDED_HERE)
            return kind, self.tr("Visited. {state}").format(state=state)
        if machine.open_visit:
            return TagKind.CURRENT, self.tr("Visit under way")
        return TagKind.QUIET, ""

    def _identity(self) -> str:
        record = self.machine.record
        model = formats.make_and_model(record.make, record.model)
        serial = record.serial_number
        parts = [model, self.tr("serial {n}").format(n=serial) if serial else ""]
        return ", ".join(part for part in parts if part)

    def _last(self) -> str:
        return self._tools.words.last_visit(self.machine, self._tools.clock())

    def _need(self) -> str:
        machine = self.machine
        if machine.stock is None or not machine.par:
            return self.tr("Nobody knows what is in it yet")
        words = self.tr("{stock} of par {par} in it, about {n} to put in")
        return words.format(
            stock=formats.number(machine.stock),
            par=formats.number(machine.par),
            n=formats.number(machine.to_put_in),
        )

    def _source(self) -> str:
        """Where the figures of the need come from, and how old they are."""
        read_at = self.machine.last_read_at
        if self.machine.stock is None:
            return ""
        words = source_words(Source.CALCULATED)
        if read_at is None:
            return self.tr("{source}, no read").format(source=words)
        ago = self._tools.words.ago(read_at, self._tools.clock())
        return self.tr("{source}, read {ago}").format(source=words, ago=ago)

    # size and paint

    def _lines(self) -> list[str]:
        note = self.machine.record.note
        return [line for line in (self._identity(), self._last(), self._need(), note) if line]

    def _line_high(self, text: str, width: int) -> int:
        font = self.look.theme.font("body")
        box = QRect(0, 0, max(80, width - 2 * PAD), 10_000)
        return QFontMetrics(font).boundingRect(box, int(_WRAP), text).height()

    def _tag_rows(self, width: int) -> int:
        return max((row for row, _, _, _ in self._tag_places(width)), default=-1) + 1

    def _tag_places(self, width: int) -> list[tuple[int, int, TagKind, str]]:
        """(row, left, kind, word) of every tag."""
        theme = self.look.theme
        places: list[tuple[int, int, TagKind, str]] = []
        row, left = 0, PAD
        for kind, word in self.tags():
            wide = tag_size(theme, kind, word).width()
            if left > PAD and left + wide > width - PAD:
                row, left = row + 1, PAD
            places.append((row, left, kind, word))
            left += wide + GAP
        return places

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        theme = self.look.theme
        high = theme.line_height("title") + 2 * PAD
        high += sum(self._line_high(line, width) for line in self._lines())
        high += self._tag_rows(width) * (theme.text_px(theme.control.tag) + GAP)
        return high + (theme.line_height("head") if self._state_below(width) else 0)

    def _state_below(self, width: int) -> bool:
        """No room for the state beside the asset number."""
        theme = self.look.theme
        kind, word = self.state()
        del kind
        title = QFontMetrics(theme.font("title")).horizontalAdvance(
            self.machine.record.asset_number
        )
        return bool(word) and title + mark_width(theme, word) + 3 * PAD > width

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(360, self.heightForWidth(max(360, self.width())))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(240, self.look.theme.control.touch)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self.look.theme
        colors = theme.colors
        painter = QPainter(self)
        area = self.rect()
        if self.hasFocus():
            area = paint_focus(painter, area, theme, theme.radius.card)
        chosen = self.isChecked()
        fill = colors.selection.row if chosen else colors.surface.raised
        if self.isDown():
            fill = colors.surface.pressed
        paint_box(
            painter,
            area,
            fill=fill,
            border=colors.line.strong if chosen else colors.line.border,
            line=colors.line_width_strong if chosen else colors.line_width,
            radius=theme.radius.card,
        )
        if chosen:
            bar = QRect(area.left() + 2, area.top() + 2, ACCENT_BAR, area.height() - 4)
            painter.fillRect(bar, colors.accent.base)
        self._paint_words(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        theme, width = self.look.theme, self.width()
        top = PAD
        high = theme.line_height("title")
        title = QRect(PAD, top, width - 2 * PAD, high)
        paint_text(painter, title, theme, self.machine.record.asset_number, "title")
        kind, word = self.state()
        if word and not self._state_below(width):
            wide = mark_width(theme, word)
            paint_mark(painter, QRect(width - PAD - wide, top, wide, high), theme, kind, word)
        top += high
        if self._state_below(width):
            line = theme.line_height("head")
            paint_mark(painter, QRect(PAD, top, width - 2 * PAD, line), theme, kind, word)
            top += line
        painter.setFont(theme.font("body"))
        for n, text in enumerate(self._lines()):
            painter.setPen(theme.text_color(Tone.MUTED if n == 0 else Tone.PLAIN))
            needed = self._line_high(text, width)
            painter.drawText(QRect(PAD, top, width - 2 * PAD, needed), int(_WRAP), text)
            if text == self._need() and self.machine.stock is not None:
                left = PAD + text_width(theme.font("body"), text) + GAP
                if left + source_mark_side(theme) < width - PAD:
                    mark = QRect(left, top, width, needed)
                    paint_source_mark(painter, mark, theme, Source.CALCULATED)
                painter.setFont(theme.font("body"))
            top += needed
        tag_high = theme.text_px(theme.control.tag)
        for row, left, tag, tag_word in self._tag_places(width):
            place = QRect(left, top + GAP + row * (tag_high + GAP), width - left - PAD, tag_high)
            paint_tag(painter, place, theme, tag, tag_word)
