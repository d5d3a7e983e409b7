"""The runs of a day: a line for each run, one more for each further currency, and the sums."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.review_records import CashSum, DayReview, RunReview
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_shown import NOTHING, Amounts
from cvd_desktop.ui.review_words import PROOF_MARKS, ReviewWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.table_view import TableView, TotalsRow

LEAST_ROWS, MOST_ROWS = 1, 6
MOST_SUMS = 3  # currencies that have a line of sums


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run with its cash in one currency; `first` of its lines says all that is not cash."""

    run: RunReview
    cash: CashSum | None
    first: bool


class RunsCard(Card):
    """`chosen` tells that a person went to another run."""

    chosen = Signal()

    def __init__(self, look: Look, words: ReviewWords, parent: QWidget | None) -> None:
        super().__init__(look, padding=1, parent=parent)
        self._words = words
        self._mixed = False
        self.body.setSpacing(0)
        self.lines: TableModel[RunLine] = TableModel(
            self._columns(),
            key=lambda line: (line.run.run_id, line.cash.currency if line.cash else ""),
            parent=self,
        )
        name = self.tr("Runs")
        self.table = TableView(look, self.lines, name, look.theme.control.dense_row)
        self.table.keep_height(LEAST_ROWS, MOST_ROWS)
        self.table.current_changed.connect(self._told)
        self.body.addWidget(self.table)
        self.sums = tuple(
            TotalsRow(look, self.table, look.theme.control.dense_row) for _ in range(MOST_SUMS)
        )
        for row in self.sums:
            self.body.addWidget(row)

    def show_day(self, review: DayReview) -> None:
        runs = [*review.runs, *([review.outside] if review.outside else [])]
        monies = {(cash.currency, cash.decimals) for run in runs for cash in run.cash}
        self._mixed = len(monies) > 1
        was = self.current()
        self.table.blockSignals(True)
        self.lines.set_rows(_lines_of(runs))
        self.table.blockSignals(False)
        if self.current() is None and runs:
            self.go_to(was.run_id if was else runs[0].run_id)
        self._show_sums(review, runs, sorted(monies))

    def current(self) -> RunReview | None:
        line = self.table.current()
        return line.run if line is not None else None

    def go_to(self, run_id: str) -> None:
        """Make a run current without telling; the first one when there is no such run."""
        line = self.table.current()
        if line is not None and line.run.run_id == run_id:
            return
        place = next(
            (
                n
                for n in range(self.lines.rowCount())
                if (row := self.lines.row(n)) is not None and row.run.run_id == run_id
            ),
            0,
        )
        self.table.blockSignals(True)
        self.table.go_to(place)
        self.table.blockSignals(False)

    def _told(self, row: int) -> None:
        if row >= 0:
            self.chosen.emit()

    # cells

    def _columns(self) -> tuple[Column[RunLine], ...]:
        return (
            Column("run", self.tr("Run, driver"), self._run, Face.STRONG, fit=Fit.REST, least=136),
            Column("stops", self.tr("Stops"), self._stops, rank=6),
            Column("done", self.tr("Done"), self._done, right=True, rank=3),
            Column("notes", self.tr("Notes"), self._notes, rank=5),
            Column("reads", self.tr("Reads"), self._reads, right=True, rank=4),
            Column("expected", self.tr("Expected"), self._expected, right=True, rank=2),
            Column("counted", self.tr("Counted"), self._counted, right=True),
            Column("over", self.tr("Over/short"), self._over, Face.STRONG, right=True),
            Column("proof", self.tr("Proof"), self._proof),
        )

    def _run(self, line: RunLine) -> Cell:
        if not line.first:
            return Cell("")
        return Cell(self._words.run_name(line.run), detail=line.run.driver)

    def _stops(self, line: RunLine) -> Cell:
        if not line.first or not line.run.stops:
            return Cell("")
        boxes = tuple(self._words.stop_box(stop) for stop in line.run.stops)
        told = self.tr("Stops: {list}").format(list=self._words.boxes_told(line.run))
        return Cell("", boxes=boxes, spoken=told)

    def _done(self, line: RunLine) -> str:
        if not line.first or not line.run.stops:
            return ""
        return self._words.of(line.run.count("done"), len(line.run.stops))

    def _notes(self, line: RunLine) -> str:
        return self._words.notes(line.run) if line.first else ""

    def _reads(self, line: RunLine) -> str:
        return self._words.of(line.run.read, line.run.visited) if line.first else ""

    def _expected(self, line: RunLine) -> Cell:
        cash = line.cash
        if cash is None or cash.expected is None:
            return Cell(NOTHING)
        tone = Tone.PLAIN if cash.whole else Tone.MUTED
        return Cell(self._amount(cash, cash.expected), tone)

    def _counted(self, line: RunLine) -> Cell:
        cash = line.cash
        if cash is None or cash.counted is None:
            return Cell(NOTHING)
        tone = Tone.PLAIN if cash.bags == cash.bags_counted else Tone.MUTED
        return Cell(self._amount(cash, cash.counted), tone)

    def _over(self, line: RunLine) -> str:
        cash = line.cash
        if cash is None:
            return NOTHING
        return Amounts(cash.currency, cash.decimals).signed(cash.over_short)

    def _proof(self, line: RunLine) -> Cell:
        if line.cash is None:
            return Cell("")
        proof = line.cash.proof
        face = Face.STRONG if proof == "not_provable" else Face.PLAIN
        return Cell(self._words.proof(proof), mark=PROOF_MARKS[proof], face=face)

    def _amount(self, cash: CashSum, value: int) -> str:
        money = Amounts(cash.currency, cash.decimals)
        return money.full(value) if self._mixed else money.plain(value)

    # sums

    def _show_sums(
        self, review: DayReview, runs: Sequence[RunReview], monies: Sequence[tuple[str, int]]
    ) -> None:
        """The only currency of a day stands beside the count of its runs."""
        for place, row in enumerate(self.sums):
            row.setVisible(place == 0 or place < len(monies))
            sign = Amounts(*monies[0]).sign if len(monies) == 1 else ""
            cells = self._counts(review, runs, sign) if place == 0 else {}
            if place < len(monies):
                cells |= self._money_sums(runs, monies[place])
            row.set_cells(cells)

    def _counts(self, review: DayReview, runs: Sequence[RunReview], sign: str) -> dict[str, Cell]:
        stops = sum(len(run.stops) for run in runs)
        done = sum(run.count("done") for run in runs)
        read, visited = sum(run.read for run in runs), sum(run.visited for run in runs)
        words = ", ".join(part for part in (self._words.runs(len(review.runs)), sign) if part)
        return {
            "run": Cell(words, face=Face.STRONG),
            "done": Cell(self._words.of(done, stops), face=Face.STRONG),
            "reads": Cell(self._words.of(read, visited), face=Face.STRONG),
        }

    def _sum_words(self, amounts: Amounts, value: int | None) -> str:
        return amounts.full(value) if self._mixed else amounts.plain(value)

    def _money_sums(self, runs: Sequence[RunReview], money: tuple[str, int]) -> dict[str, Cell]:
        sums = [
            cash for run in runs for cash in run.cash if (cash.currency, cash.decimals) == money
        ]
        amounts = Amounts(*money)

        def added(values: Sequence[int | None]) -> int | None:
            known = [value for value in values if value is not None]
            return sum(known) if known else None

        counted = formats.number(sum(cash.bags_counted for cash in sums))
        bags = formats.number(sum(cash.bags for cash in sums))
        expected = added([cash.expected for cash in sums])
        over = added([cash.over_short for cash in sums])
        return {
            "expected": Cell(self._sum_words(amounts, expected), face=Face.STRONG),
            "counted": Cell(
                self._sum_words(amounts, added([cash.counted for cash in sums])),
                face=Face.STRONG,
            ),
            "over": Cell(amounts.signed(over), face=Face.STRONG),
            "proof": Cell(
                self.tr("{n} counted").format(n=counted),
                Tone.MUTED,
                spoken=self.tr("{n} of {all} bags counted").format(n=counted, all=bags),
            ),
        }


def _lines_of(runs: Sequence[RunReview]) -> list[RunLine]:
    lines = []
    for run in runs:
        cash: Sequence[CashSum | None] = run.cash or (None,)
        lines += [RunLine(run, each, n == 0) for n, each in enumerate(cash)]
    return lines
