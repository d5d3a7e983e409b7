"""The head of the Load screen: how far the work is, as figures and as a bar, and the two views."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from cvd_desktop.domain.route_records import LoadView
from cvd_desktop.ui.load_words import LoadWords, is_open, number
from cvd_desktop.ui.screens.load_ticks import PRODUCT, TOTE
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.painting import paint_box, text_width
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip

BAR_WIDE, BAR_HIGH = 150, 14  # px at text scale 1
GAP = 16


class LoadProgress(QWidget):
    """ "3 of 34 products", a bar, "216 of 906 units" on one base line; the bar goes below where
    they have no room side by side."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._texts = ("", "", "", "")
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._restyle)

    def show_progress(
        self, done: str, of_all: str, figure: str, of_units: str, share: float
    ) -> None:
        """`share` is 0.0 to 1.0."""
        self._texts = (done, of_all, figure, of_units)
        self._share = min(1.0, max(0.0, share))
        self.setAccessibleName(f"{done} {of_all}, {figure} {of_units}")
        self._restyle()

    def words(self) -> str:
        """What is shown, for people and tests."""
        return self.accessibleName()

    def _restyle(self) -> None:
        self.setFixedHeight(self._high())
        self.updateGeometry()
        self.update()

    def _widths(self) -> tuple[int, int]:
        """px of the first and of the second pair of texts."""
        theme = self._look.theme
        done, of_all, figure, of_units = self._texts
        gap = theme.space.xs + 2
        first = text_width(theme.font("title"), done) + gap
        first += text_width(theme.font("body"), of_all)
        second = text_width(theme.font("bodyStrong"), figure) + gap
        return first, second + text_width(theme.font("body"), of_units)

    def _lines(self) -> int:
        first, second = self._widths()
        theme = self._look.theme
        one = first + second + theme.text_px(BAR_WIDE) + 2 * GAP
        if one <= self.width():
            return 1
        return 2 if first + second + GAP <= self.width() else 3

    def _high(self) -> int:
        theme = self._look.theme
        lines = self._lines()
        high = theme.line_height("title")
        if lines > 1:
            high += theme.text_px(BAR_HIGH) + theme.space.s
        if lines > 2:
            high += theme.line_height("body")
        return high

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if self.height() != self._high():
            self._restyle()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        first, second = self._widths()
        wide = first + second + self._look.theme.text_px(BAR_WIDE) + 2 * GAP
        return QSize(wide, self._high())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(max(self._widths()), self._high())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        done, of_all, figure, of_units = self._texts
        first, second = self._widths()
        lines = self._lines()
        title = QFontMetrics(theme.font("title"))
        foot = (theme.line_height("title") + title.capHeight()) // 2
        _pair(painter, self._look, 0, foot, (done, "title"), of_all)
        high = theme.text_px(BAR_HIGH)
        if lines == 1:
            bar = QRect(first + GAP, 0, theme.text_px(BAR_WIDE), high)
            bar.moveTop((self.height() - high) // 2)
            _pair(painter, self._look, bar.right() + GAP, foot, (figure, "bodyStrong"), of_units)
        else:
            top = theme.line_height("title")
            if lines == 2:
                left = self.width() - second
                _pair(painter, self._look, left, foot, (figure, "bodyStrong"), of_units)
            else:
                below = top + QFontMetrics(theme.font("body")).ascent()
                _pair(painter, self._look, 0, below, (figure, "bodyStrong"), of_units)
                top += theme.line_height("body")
            bar = QRect(0, top + theme.space.xs, self.width(), high)
        colors = theme.colors
        line = colors.line_width
        fill = colors.surface.raised
        paint_box(painter, bar, fill=fill, border=colors.line.border, line=line)
        inner = bar.adjusted(line, line, -line, -line)
        inner.setWidth(round(inner.width() * self._share))
        if inner.width() > 0:
            painter.fillRect(inner, colors.text.primary)
        painter.end()


def _pair(
    painter: QPainter, look: Look, left: int, foot: int, figure: tuple[str, str], words: str
) -> None:
    """A figure in its role and muted words behind it, on one base line."""
    theme = look.theme
    text, role = figure
    painter.setFont(theme.font(role))
    painter.setPen(theme.text_color(Tone.PLAIN))
    painter.drawText(left, foot, text)
    left += text_width(theme.font(role), text) + theme.space.xs + 2
    painter.setFont(theme.font("body"))
    painter.setPen(theme.text_color(Tone.MUTED))
    painter.drawText(left, foot, words)


class LoadHead(Card):
    """Progress at the left, the strip of views at the right, below it where room is short."""

    def __init__(self, look: Look, name: str, parent: QWidget) -> None:
        super().__init__(look, padding=look.theme.space.s, parent=parent)
        margins = look.theme.space
        self.body.setContentsMargins(margins.l, margins.s, margins.s, margins.s)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(margins.m)
        self.progress = LoadProgress(look)
        self.strip = ViewStrip(look, name)
        self._row.addWidget(self.progress, 1)
        self._row.addWidget(self.strip)
        self.body.addLayout(self._row)
        look.follow(self._arrange)

    def show_view(self, view: LoadView, words: LoadWords, *, by_tote: bool) -> None:
        """How far this list is, in products or in totes."""
        if by_tote:
            packed = [tote for tote in view.totes if tote.machine_id in view.totes_ticked]
            done, all_ = len(packed), len(view.totes)
            units = sum(tote.units for tote in packed)
            total = sum(tote.units for tote in view.totes)
        else:
            all_ = len(view.lines)
            done = all_ - sum(map(is_open, view.lines))
            units, total = view.picked_units, view.units
        of = self.tr("of {all}")
        self.progress.show_progress(
            number(done),
            of.format(all=words.totes(all_) if by_tote else words.products(all_)),
            number(units),
            of.format(all=words.units(total)),
            units / total if total else 1.0,
        )
        self.strip.set_views(
            (
                View(PRODUCT, self.tr("By product"), "P"),
                View(TOTE, self.tr("By tote, {n}").format(n=number(len(view.totes))), "T"),
            )
        )
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        theme = self.look.theme
        strip = self.strip.sizeHint().width()
        room = self.width() - theme.space.l - theme.space.s
        beside = strip + self.progress.sizeHint().width() + theme.space.m <= room
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._row.direction() is not wanted:
            self._row.setDirection(wanted)
        policy = QSizePolicy.Policy.Fixed if beside else QSizePolicy.Policy.Expanding
        self.strip.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
