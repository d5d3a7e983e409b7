"""Two lists of the Bench: all turns of two traces side by side, and how reads went by part."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.bench_records import PartLine
from cvd_desktop.link.trace_compare import Measure, TraceComparison, Turn
from cvd_desktop.services.trace_words import (
    conclusion_words,
    difference_words,
    part_words,
    phase_words,
    sender_words,
    turn_words,
)
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.bench_cards import CheckLines
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

LEAST_ROWS = 6


@dataclass(frozen=True, slots=True)
class _Line:
    """A turn or a session: its milliseconds then and now, the middle and the worst."""

    key: str
    name: str
    who: str
    then: str
    then_worst: str
    now: str
    now_worst: str
    limit: str
    slower: bool
    over: bool


class ComparePage(QWidget):
    """What it comes to, what both ends said otherwise, and every turn with its limit."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space.m)
        self.told = Card(look, self.tr("Compared with the last good trace"))
        self.whose = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.conclusion = CheckLines(look)
        self.told.body.addWidget(self.whose)
        self.told.body.addWidget(self.conclusion)
        column.addWidget(self.told)
        self.lines: TableModel[_Line] = TableModel(
            (
                Column("name", self.tr("Turn"), self._name, fit=Fit.REST, least=130),
                Column("who", self.tr("Whose"), lambda line: line.who, rank=2, tone=Tone.MUTED),
                Column("then", self.tr("Then, ms"), lambda line: line.then, right=True),
                Column(
                    "then_worst",
                    self.tr("Worst"),
                    lambda line: line.then_worst,
                    right=True,
                    rank=1,
                    tone=Tone.MUTED,
                ),
                Column("now", self.tr("Now, ms"), self._now, right=True),
                Column("now_worst", self.tr("Worst"), self._now_worst, right=True, rank=1),
                Column(
                    "limit",
                    self.tr("Limit"),
                    lambda line: line.limit,
                    right=True,
                    rank=1,
                    tone=Tone.MUTED,
                ),
            ),
            key=lambda line: line.key,
            parent=self,
        )
        self.table = TableView(look, self.lines, self.tr("Turns"), look.theme.control.dense_row)
        self.table.keep_height(LEAST_ROWS)
        card = Card(look, padding=1)
        card.body.addWidget(self.table, 1)
        column.addWidget(card, 1)

    def show_comparison(self, whose: str, comparison: TraceComparison) -> None:
        self.whose.setText(whose)
        same = comparison.conclusion in ("same", "differs_name")
        checks = [(TagKind.GOOD if same else TagKind.WARNING, conclusion_words(comparison))]
        checks += [(TagKind.CHANGE, difference_words(each)) for each in comparison.differences]
        self.conclusion.show_checks(checks)
        lines = [self._line(turn) for turn in comparison.turns]
        for phase in comparison.phases:
            name = phase_words(phase.session)
            then, now = _plain(phase.then), _plain(phase.now)
            lines.append(
                _Line(f"phase {phase.session}", name, "", then, "", now, "", "", False, False)
            )
        self.lines.set_rows(lines)

    def _line(self, turn: Turn) -> _Line:
        limit = self.tr("none") if turn.limit is None else formats.number(turn.limit)
        return _Line(
            f"{turn.code} {turn.sender}",
            turn_words(turn),
            sender_words(turn.sender),
            _median(turn.then),
            _worst(turn.then),
            _median(turn.now),
            _worst(turn.now),
            limit,
            turn.slower > 0,
            turn.over_limit,
        )

    def _name(self, line: _Line) -> Cell:
        return Cell(line.name, face=Face.PLAIN if line.who else Face.STRONG)

    def _now(self, line: _Line) -> Cell:
        tone = Tone.WARNING if line.slower else Tone.PLAIN
        return Cell(line.now, tone, face=Face.STRONG)

    def _now_worst(self, line: _Line) -> Cell:
        mark = TagKind.WARNING if line.over else None
        return Cell(line.now_worst, Tone.WARNING if line.over else Tone.MUTED, mark=mark)


def _plain(value: float | None) -> str:
    return "·" if value is None else formats.number(round(value))


def _median(measure: Measure | None) -> str:
    return _plain(None if measure is None else measure.median)


def _worst(measure: Measure | None) -> str:
    return _plain(None if measure is None else measure.worst)


class PartsPage(QWidget):
    """Which cable, adapter, port or machine fails where others do well."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        card = Card(look, padding=1)
        space = look.theme.space
        card.head.setContentsMargins(space.l, space.m, space.l, 0)
        card.set_heading(self.tr("Reads by part"))
        self.about = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.about.setContentsMargins(space.l, 0, space.l, space.s)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        card.body.addWidget(self.about)
        self.parts: TableModel[PartLine] = TableModel(
            (
                Column("kind", self.tr("Part"), lambda part: part_words(part).kind),
                Column("name", self.tr("Name"), self._name, fit=Fit.REST, least=110),
                Column(
                    "reads", self.tr("Reads"), lambda part: formats.number(part.reads), right=True
                ),
                Column(
                    "failed",
                    self.tr("Failed"),
                    lambda part: formats.number(part.failed),
                    right=True,
                ),
                Column("verdict", self.tr("Verdict"), self._verdict),
                Column("evidence", self.tr("Why"), self._evidence, fit=Fit.REST, rank=1),
            ),
            key=lambda part: (part.kind, part.name),
            parent=self,
        )
        self.table = TableView(look, self.parts, self.tr("Parts"), look.theme.control.row)
        self.table.keep_height(LEAST_ROWS)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)
        column.addWidget(card)
        self.show_parts(None)

    def show_parts(self, parts: Sequence[PartLine] | None) -> None:
        """None while they are being counted."""
        if parts is None:
            words = self.tr("Counting the reads of this laptop.")
        elif not parts:
            words = self.tr(
                "No machine was read by this laptop yet. After some reads this list tells a bad "
                "cable from a bad machine: a part is suspect when it fails where others do well."
            )
        else:
            words = self.tr(
                "First tries of this laptop. A part is suspect only when it fails where other "
                "parts do well."
            )
        self.about.setText(words)
        self.parts.set_rows(tuple(parts or ()))
        self.table.setVisible(bool(parts))

    def _name(self, part: PartLine) -> Cell:
        return Cell(part.name, face=Face.STRONG)

    def _verdict(self, part: PartLine) -> Cell:
        return Cell(part_words(part).verdict, mark=_MARKS.get(part.verdict, TagKind.UNKNOWN))

    def _evidence(self, part: PartLine) -> Cell:
        return Cell(part_words(part).evidence, wrap=True)


_MARKS = {
    "good": TagKind.GOOD,
    "suspect": TagKind.WARNING,
    "unclear": TagKind.UNKNOWN,
    "too_few": TagKind.UNKNOWN,
}
