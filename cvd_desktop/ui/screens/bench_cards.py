"""The cards at the left of the Bench: the port, this read, and the last good trace."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.link.trace_compare import TraceComparison, Turn
from cvd_desktop.link.trace_decoder_facts import TraceFacts
from cvd_desktop.services.trace_words import conclusion_words, turn_words
from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.figure import Figure
from cvd_desktop.ui.widgets.hairline import Hairline
from cvd_desktop.ui.widgets.painting import key_cap_size, key_words, paint_key_cap
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.tag import TagKind, kind_icon, kind_tone
from cvd_desktop.ui.widgets.text_label import TextLabel

TURNS_SHOWN = 3
PADDING = 14  # px inside the cards


class Facts(QWidget):
    """Names at the left, values at the right, without lines between them."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(look.theme.space.s)
        self._grid.setHorizontalSpacing(look.theme.space.s)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[TextLabel, TextLabel]] = []

    def show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        """Name and value of every fact."""
        while len(self._labels) < len(lines):
            name = TextLabel(self._look, "", "dense", Tone.MUTED)
            value = TextLabel(self._look, "", "denseStrong", wrap=True)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row = len(self._labels)
            self._grid.addWidget(name, row, 0)
            self._grid.addWidget(value, row, 1)
            self._labels.append((name, value))
        for n, (name, value) in enumerate(self._labels):
            there = n < len(lines)
            name.setText(lines[n][0] if there else "")
            value.setText(lines[n][1] if there else "")
            name.setVisible(there)
            value.setVisible(there)
        self.setAccessibleName("\n".join(f"{name}: {value}" for name, value in lines))

    def lines(self) -> list[tuple[str, str]]:
        """What is shown."""
        return [(n.text(), v.text()) for n, v in self._labels if n.text()]


class CheckLines(QWidget):
    """Short sentences, each behind the shape of its kind."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._rows: list[tuple[QWidget, Shape, TextLabel]] = []

    def show_checks(self, checks: Sequence[tuple[TagKind, str]]) -> None:
        while len(self._rows) < len(checks):
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(self._look.theme.space.s)
            shape = Shape(self._look, "ring", Tone.PLAIN, 16, "dense")
            words = TextLabel(self._look, "", "dense", wrap=True)
            line.addWidget(shape, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(words, 1)
            self._column.addWidget(row)
            self._rows.append((row, shape, words))
        for n, (row, shape, words) in enumerate(self._rows):
            if n < len(checks):
                kind, text = checks[n]
                shape.show_icon(kind_icon(kind), kind_tone(kind))
                words.setText(text)
                warns = kind in (TagKind.WARNING, TagKind.REFUSED)
                words.set_tone(kind_tone(kind) if warns else Tone.PLAIN)
            row.setVisible(n < len(checks))

    def texts(self) -> list[str]:
        """What is shown."""
        return [words.text() for row, _, words in self._rows if not row.isHidden()]


class KeyCap(QWidget):
    """The key of what a card is about, as it stands on buttons."""

    def __init__(self, look: Look, key: str) -> None:
        super().__init__()
        self._look = look
        self._words = key_words(QKeySequence(key))
        look.follow(self._restyle)

    def _restyle(self) -> None:
        self.setFixedSize(key_cap_size(self._look.theme, self._words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        painter = QPainter(self)
        paint_key_cap(painter, self.rect(), theme, self._words, theme.text_color(Tone.PLAIN))
        painter.end()


class PortCard(Card):
    """Which adapter, whether its cable is proven, and what both ends agreed on."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, self.tr("Port"), padding=PADDING)
        self.checks = CheckLines(look)
        self.facts = Facts(look)
        self.body.setSpacing(look.theme.space.s)
        self.body.addWidget(self.checks)
        self._line = Hairline(look)
        self.body.addWidget(self._line)
        self.body.addWidget(self.facts)

    def show_port(
        self, checks: Sequence[tuple[TagKind, str]], facts: Sequence[tuple[str, str]]
    ) -> None:
        self.checks.show_checks(checks)
        self.facts.show_lines(facts)
        self._line.setVisible(bool(facts))
        self.facts.setVisible(bool(facts))


class ReadCard(Card):
    """The figures of the trace that is shown."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, self.tr("This read"), padding=PADDING)
        figures = QHBoxLayout()
        figures.setSpacing(look.theme.space.l)
        self.seconds = Figure(look, self.tr("Seconds"), "value")
        self.blocks = Figure(look, self.tr("Blocks"), "value")
        self.bytes = Figure(look, self.tr("Bytes"), "value")
        for figure in (self.seconds, self.blocks, self.bytes):
            figures.addWidget(figure)
        figures.addStretch(1)
        self.body.addLayout(figures)
        self.facts = Facts(look)
        self.body.addWidget(self.facts)

    def show_facts(self, facts: TraceFacts) -> None:
        self.seconds.show_figure(formats.decimal(facts.seconds))
        self.blocks.show_figure(formats.number(facts.blocks))
        self.bytes.show_figure(formats.number(facts.characters))
        lines = [
            (
                self.tr("NAK, resent"),
                f"{formats.number(facts.naks)}, {formats.number(facts.resent)}",
            ),
            (
                self.tr("CRC right"),
                self.tr("{n} of {all}").format(
                    n=formats.number(facts.crc_right), all=formats.number(facts.crc_all)
                ),
            ),
        ]
        if facts.noise:
            lines.append((self.tr("Noise"), formats.size(facts.noise)))
        if facts.echoed:
            lines.append((self.tr("Echo"), formats.size(facts.echoed)))
        if facts.out_of_time:
            lines.append((self.tr("Out of time"), formats.number(facts.out_of_time)))
        self.facts.show_lines(lines)


class GoodCard(Card):
    """The turns of the last good trace beside those of now, and what it comes to."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, self.tr("Last good trace"), padding=PADDING)
        self.head.addWidget(KeyCap(look, "F7"))
        self.whose = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.table = TurnLines(look)
        self.note = CheckLines(look)
        self.body.setSpacing(look.theme.space.xs)
        self.body.addWidget(self.whose)
        self.body.addSpacing(look.theme.space.s)
        self.body.addWidget(self.table)
        self.body.addSpacing(look.theme.space.s)
        self.body.addWidget(self.note)

    def show_nothing(self, sentence: str) -> None:
        """Why there is nothing to compare with."""
        self.whose.setText(sentence)
        self.table.hide()
        self.note.show_checks(())

    def show_comparison(self, whose: str, comparison: TraceComparison) -> None:
        self.whose.setText(whose)
        turns = telling_turns(comparison.turns)
        self.table.show_turns(turns)
        self.table.setVisible(bool(turns))
        same = comparison.conclusion in ("same", "differs_name")
        kind = TagKind.GOOD if same else TagKind.WARNING
        self.note.show_checks([(kind, conclusion_words(comparison))])


def telling_turns(turns: Sequence[Turn]) -> list[Turn]:
    """Those that both traces have and that say most, in the order of a read."""
    both = [turn for turn in turns if turn.then is not None and turn.now is not None]
    machines = [t for t in both if t.sender == "M" or t.code in ("block_ack",) or t.slower]
    first = sorted(machines, key=lambda turn: (-turn.slower, turn.code not in _FIRST))
    chosen = first[:TURNS_SHOWN]
    return [turn for turn in both if turn in chosen]


_FIRST = ("enq_ack", "before_2", "block_ack", "start_stack", "command_answer", "ack_block")


class TurnLines(QWidget):
    """Turn, then and now in milliseconds."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(look.theme.space.s - 2)
        self._grid.setHorizontalSpacing(look.theme.space.s)
        self._grid.setColumnStretch(0, 1)
        titles = (self.tr("Turn, ms"), self.tr("Then"), self.tr("Now"))
        for column, title in enumerate(titles):
            label = TextLabel(look, title, "label", Tone.MUTED)
            self._grid.addWidget(label, 0, column, _right(column))
        self._grid.addWidget(_StrongLine(look), 1, 0, 1, 3)
        self._rows: list[tuple[QWidget, list[TextLabel]]] = []
        self._shown: list[Turn] = []

    def show_turns(self, turns: Sequence[Turn]) -> None:
        self._shown = list(turns)
        while len(self._rows) < len(turns):
            self._add_row()
        for n, (line, labels) in enumerate(self._rows):
            there = n < len(turns)
            for widget in (line, *labels):
                widget.setVisible(there)
            line.setVisible(there and n > 0)
            if there:
                self._fill(labels, turns[n])
        self.setAccessibleName("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """What is shown, a line for each turn."""
        return [
            self.tr("{turn}: then {then}, now {now} ms").format(
                turn=turn_words(turn), then=_ms(turn, then=True), now=_ms(turn, then=False)
            )
            for turn in self._shown
        ]

    def _add_row(self) -> None:
        place = 2 + 2 * len(self._rows)
        line = Hairline(self._look)
        self._grid.addWidget(line, place, 0, 1, 3)
        labels = [
            TextLabel(self._look, "", "dense", wrap=True),
            TextLabel(self._look, "", "dense", Tone.MUTED),
            TextLabel(self._look, "", "denseStrong"),
        ]
        for column, label in enumerate(labels):
            self._grid.addWidget(label, place + 1, column, _right(column))
        self._rows.append((line, labels))

    def _fill(self, labels: Sequence[TextLabel], turn: Turn) -> None:
        labels[0].setText(turn_words(turn))
        labels[1].setText(_ms(turn, then=True))
        labels[2].setText(_ms(turn, then=False))
        labels[2].set_tone(Tone.WARNING if turn.slower else Tone.PLAIN)


def _right(column: int) -> Qt.AlignmentFlag:
    return Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag(0)


def _ms(turn: Turn, *, then: bool) -> str:
    measure = turn.then if then else turn.now
    return "·" if measure is None else formats.number(round(measure.median))


class _StrongLine(QWidget):
    """Below the titles of a small table."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        look.follow(self._restyle)

    def _restyle(self) -> None:
        self.setFixedHeight(self._look.theme.colors.line_width_strong)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._look.theme.colors.line.border)
        painter.end()
