"""The card with the history of a machine: its chart, the line that reads it, what its bars mean."""

from datetime import datetime

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout

from cvd_desktop.domain.records import HistoryPoint, MachineHistory
from cvd_desktop.ui.history_words import HistoryWords, Metric, parts_of
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.chart_legend import ChartLegend
from cvd_desktop.ui.widgets.history_bars import Pattern
from cvd_desktop.ui.widgets.history_chart import HistoryChart
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.view_strip import View, ViewStrip

_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


class HistoryCard(Card):
    """From the second read on there is something to show; before that a sentence says so."""

    read_opened = Signal(str)
    """Id of the read that a person wants to see."""
    read_chosen = Signal(str)
    """Id of the read that the cursor was moved to."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        space = look.theme.space
        self.body.setContentsMargins(space.l, space.m, space.l, space.m)
        self._look = look
        self._words = HistoryWords(self)
        self._history: MachineHistory | None = None
        self._now: datetime | None = None
        self.set_heading(self.tr("Sold between the reads"))
        self.metrics = ViewStrip(look, self.tr("What the bars show"))
        self.metrics.set_views(
            (
                View(Metric.VALUE, self.tr("Value"), "V"),
                View(Metric.UNITS, self.tr("Vends"), "U"),
            )
        )
        self.metrics.chosen.connect(self._show)
        self.metrics.setSizePolicy(
            self.metrics.sizePolicy().Policy.Fixed, self.metrics.sizePolicy().Policy.Fixed
        )
        self.readout = TextLabel(look, "", "dense", wrap=True)
        self.head.removeWidget(self.heading)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.heading)
        words.addWidget(self.readout)
        words.addStretch(1)
        self.head.setSpacing(space.m)
        self.head.addLayout(words, 1)
        self.head.addWidget(self.metrics, 0, Qt.AlignmentFlag.AlignTop)
        self.body.setSpacing(space.xs)
        self.sentence = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.chart = HistoryChart(look, self._words)
        self.legend = ChartLegend(look)
        self.body.addWidget(self.sentence)
        self.body.addWidget(self.chart, 1)
        self.body.addWidget(self.legend)
        self.body.addStretch(0)
        self.chart.looked_at.connect(self._tell)
        self.chart.opened.connect(self.read_opened)
        self.chart.current_changed.connect(self._chosen)
        look.follow(self._keep_line)
        self.say(self.tr("Fetching the reads of this machine."))

    def say(self, sentence: str) -> None:
        """A sentence in the place of the chart; an empty one shows the chart."""
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        for widget in (self.metrics, self.readout, self.chart):
            widget.setVisible(not sentence)
        if sentence:
            self.legend.show_entries(())

    def show_history(self, history: MachineHistory, now: datetime) -> None:
        self._history, self._now = history, now
        reads = len(history.points)
        if reads < 2:
            self.say(
                self.tr("One read is known. From the next one on this shows what was sold between.")
                if reads
                else self.tr("No read of this machine is known yet. Read it to begin.")
            )
            return
        self.say("")
        self._show()

    def go_to(self, read_id: str | None) -> None:
        """Put the cursor on the read that is current elsewhere."""
        self.chart.go_to(read_id)

    def _show(self) -> None:
        history, now = self._history, self._now
        if history is None or now is None:
            return
        metric = Metric(self.metrics.current())
        self.chart.show_history(history, metric, now)
        self.legend.show_entries(self._legend(history, metric))
        heading = self.tr("Sold between the reads")
        if history.currency:
            heading = f"{heading}, {history.currency}"
        self.set_heading(heading)
        self._keep_line()

    def _legend(
        self, history: MachineHistory, metric: Metric
    ) -> list[tuple[Pattern | TagKind, str]]:
        points = history.points[1:]
        entries: list[tuple[Pattern | TagKind, str]] = []
        if metric is Metric.VALUE:
            cash, cashless, rest = _sums(points)
            if cash or cashless:
                entries.append((Pattern.SOLID, self.tr("cash")))
                entries.append((Pattern.STRIPED, self.tr("cashless")))
            if rest:
                entries.append((Pattern.HOLLOW, self.tr("not told how")))
        if any(metric.of(point) is None for point in points):
            entries.append((Pattern.GAP, self.tr("not known")))
        entries.extend(self.chart.remarks())
        return entries

    def _tell(self, number: int) -> None:
        self.readout.setText(self.chart.readouts()[number])

    def _chosen(self, number: int) -> None:
        if self._history is not None:
            self.read_chosen.emit(self._history.points[number].read_id)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._keep_line()

    def _keep_line(self) -> None:
        """As many lines as the longest words need, so that the chart stands still."""
        theme = self._look.theme
        lines = theme.line_height("dense")
        longest = max(self.chart.readouts(), key=len, default="")
        if longest:
            metrics = QFontMetrics(theme.font("dense"))
            wide = self.width() - 2 * theme.space.l - theme.space.m - self.metrics.width() - 2
            room = QRect(0, 0, max(120, wide), 10_000)
            lines = max(lines, metrics.boundingRect(room, int(_WRAP), longest).height())
        self.readout.setMinimumHeight(lines)


def _sums(points: tuple[HistoryPoint, ...]) -> tuple[int, int, int]:
    """Cash, cashless and what is not told, over all intervals."""
    cash = cashless = rest = 0
    for point in points:
        parts = parts_of(point)
        cash, cashless, rest = cash + parts[0], cashless + parts[1], rest + parts[2]
    return cash, cashless, rest
