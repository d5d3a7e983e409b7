"""What should be in the bag, line by line, and whether the counted cash matches it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from cvd_desktop.domain.visit_records import VisitView
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.read_shown import NOTHING, Amounts
from cvd_desktop.ui.screens.stop_cash_proof import CashProof, Proven, elements_of, proof_of
from cvd_desktop.ui.screens.stop_lines import StopLine, StopLines
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.icon_engine import paint_icon
from cvd_desktop.ui.widgets.painting import RIGHT, paint_box, paint_text, text_width
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.cash_facts import CashTerm

BOX = 76  # px at text scale 1
PAD = 16
MOST_OTHERS = 4  # reasons that are named; more help nobody

_TONES = {
    Proven.MATCHES: (Tone.POSITIVE, "check-circle"),
    Proven.SHORT: (Tone.CRITICAL, "alert"),
    Proven.OVER: (Tone.WARNING, "warning"),
    Proven.NOT_PROVABLE: (Tone.PLAIN, "help"),
    Proven.NOT_COUNTED: (Tone.PLAIN, "ring"),
}


class DifferenceBox(QWidget):
    """Shape, word and figure; the figure goes below the word where they do not fit."""

    def __init__(self, look: Look, role: str = "figure", high: int = BOX) -> None:
        """`role` is that of the figure, `high` the px of one row at text scale 1."""
        super().__init__()
        self._look = look
        self._role, self._high = role, high
        self._state = Proven.NOT_COUNTED
        self._word = self._figure = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look.follow(self._fit)

    def show_state(self, state: Proven, figure: str) -> None:
        """`figure` is the difference, "" where nothing is known of it."""
        self._state, self._word, self._figure = state, self._word_of(state), figure
        self.setAccessibleName(f"{self._word} {figure}".strip())
        self._fit()

    def _word_of(self, state: Proven) -> str:
        return {
            Proven.MATCHES: self.tr("Matches, proven"),
            Proven.SHORT: self.tr("Short, proven"),
            Proven.OVER: self.tr("Over, proven"),
            Proven.NOT_PROVABLE: self.tr("Not provable"),
            Proven.NOT_COUNTED: self.tr("Not counted"),
        }[state]

    def _word_left(self) -> int:
        theme = self._look.theme
        return theme.pad_px(PAD) + theme.text_px(theme.icon.rail) + theme.space.m

    def _two_rows(self) -> bool:
        theme = self._look.theme
        needed = self._word_left() + text_width(theme.font("head"), self._word) + 2 * PAD
        return needed + text_width(theme.font(self._role), self._figure) > self.width()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(280, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        theme = self._look.theme
        high = theme.text_px(self._high)
        if self._figure and self._two_rows():
            high += theme.line_height("head")
        if self.minimumHeight() != high or self.maximumHeight() != high:
            self.setFixedHeight(high)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        del event
        theme = self._look.theme
        tone, icon = _TONES[self._state]
        ink = theme.text_color(tone)
        painter = QPainter(self)
        paint_box(
            painter,
            self.rect(),
            fill=theme.colors.surface.raised if tone is Tone.PLAIN else theme.soft_color(tone),
            border=ink,
            line=theme.colors.line_width_strong,
            radius=theme.radius.card,
        )
        pad, side = theme.pad_px(PAD), theme.text_px(theme.icon.rail)
        two = bool(self._figure) and self._two_rows()
        high = theme.line_height("head")
        middle = pad + high // 2 if two else self.height() // 2
        paint_icon(painter, QRect(pad, middle - side // 2, side, side), icon, ink, theme)
        left = self._word_left()
        word = QRect(left, middle - high // 2, self.width() - left, high)
        paint_text(painter, word, theme, self._word, "head", color=ink, elide=False)
        figure = self.rect().adjusted(pad, high + pad // 2 if two else 0, -pad, 0)
        paint_text(painter, figure, theme, self._figure, self._role, align=RIGHT, elide=False)
        painter.end()


class ProofRow(QWidget):
    """One of the four proofs: check or cross, what it is, when or by whom."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.theme.space.m)
        self._shape = Shape(look, "check", Tone.POSITIVE, 16, "dense")
        self._words = TextLabel(look, "", "dense", wrap=True)
        self._detail = TextLabel(look, "", "dense", Tone.MUTED)
        row.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        row.addWidget(self._detail, 0, Qt.AlignmentFlag.AlignTop)

    def show_proof(self, words: str, detail: str, *, there: bool) -> None:
        self._shape.show_icon(
            "check" if there else "close", Tone.POSITIVE if there else Tone.CRITICAL
        )
        self._words.setText(words)
        self._detail.setText(detail)
        self.setAccessibleName(", ".join(part for part in (words, detail) if part))
        self.updateGeometry()  # it may be higher now


class ExpectedCard(Card):
    """Lines with their sources, the difference, the four proofs."""

    proof_wanted = Signal(object)
    """The CashTerm whose lines in the file a person wants to see."""

    def __init__(self, tools: StopTools, parent: QWidget | None) -> None:
        super().__init__(tools.look, parent=parent)
        self._tools = tools
        look = tools.look
        heading = self.tr("Expected in the bag")
        self.setAccessibleName(heading)
        self.head.addWidget(TextLabel(look, heading, "head"), 1)
        self.body.setSpacing(look.theme.space.xs)
        self._terms: tuple[CashTerm, ...] = ()
        self.since = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.head.addWidget(self.since)
        self.none = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.lines = StopLines(look, self.tr("Expected in the bag"))
        self.lines.opened.connect(self._open)
        self.box = DifferenceBox(look)
        self.rows = [ProofRow(look) for _ in range(4)]
        self.others = TextLabel(look, "", "dense", wrap=True)
        self.about = TextLabel(
            look,
            self.tr(
                'Without one of these four the figure says "not provable" and names what is '
                "missing."
            ),
            "dense",
            Tone.MUTED,
            wrap=True,
        )
        for widget in (self.none, self.lines, self.box, *self.rows, self.others, self.about):
            self.body.addWidget(widget)

    def show_cash(self, view: VisitView, counted: int | None, by: str) -> None:
        """`counted` is what is typed just now; `by` is who counted."""
        now, cash = self._tools.clock(), view.cash
        money = Amounts(cash.currency, cash.decimals)
        proof = proof_of(view, counted)
        self.since.setText(self._since(view, to_now=proof.read_now))
        expected = cash.expected
        self._terms = expected.terms if expected is not None else ()
        self.none.setText(
            ""
            if expected is not None
            else self.tr("There is no read to go by. Read the machine: it says what came in.")
        )
        self.none.setVisible(expected is None)
        read_age = ""
        if cash.read_at is not None:
            read_age = self.tr("read {when}, {age} ago").format(
                when=formats.moment_beside(cash.read_at, now), age=age_words(now - cash.read_at)
            )
        lines = [self._term_line(view, term, money, read_age) for term in self._terms]
        amount = expected.amount if expected is not None else None
        if expected is not None:
            lines.append(
                StopLine(
                    self.tr("Expected"),
                    money.full(amount) if amount is not None else self.tr("not known"),
                    Source.CALCULATED,
                    read_age,
                    strong=True,
                    ruled=True,
                )
            )
        lines.append(
            StopLine(
                self.tr("Counted"),
                money.full(counted) if counted is not None else self.tr("not yet"),
                Source.MANUAL if counted is not None else None,
                by if counted is not None else "",
                strong=True,
                ruled=expected is None,
            )
        )
        self.lines.show_lines(lines)
        self._show_proofs(view, proof, money, by)

    def current_term(self) -> CashTerm | None:
        """The term that the keys are on, where the file can show it."""
        number = self.lines.current()
        if number < len(self._terms) and self._terms[number].elements:
            return self._terms[number]
        return None

    def _open(self, number: int) -> None:
        if number < len(self._terms):
            self.proof_wanted.emit(self._terms[number])

    def _term_line(
        self, view: VisitView, term: CashTerm, money: Amounts, read_age: str
    ) -> StopLine:
        words = self._tools.messages.fact("cash_term", term.code)
        return StopLine(
            words[:1].upper() + words[1:],
            money.plain(term.amount) if term.amount is not None else NOTHING,
            Source.MANUAL if term.by_hand else Source.DEVICE,
            "" if term.by_hand else read_age,
            elements_of(term),
            opens=bool(term.elements) and view.read is not None,
        )

    def _since(self, view: VisitView, *, to_now: bool) -> str:
        """The time that the figures are of: up to the read that they rest on."""
        since, now = view.cash.collected_at, self._tools.clock()
        if since is None:
            return self.tr("no collect is known here")
        read_at = view.cash.read_at
        end = now if to_now or read_at is None else max(since, read_at)
        days = max(0, (end.astimezone().date() - since.astimezone().date()).days)
        words = (
            self.tr("{day} to {end}, 1 day") if days == 1 else self.tr("{day} to {end}, {n} days")
        )
        return words.format(
            day=self._tools.words.when(since, now),
            end=self.tr("now") if end is now else self._tools.words.when(end, now),
            n=formats.number(days),
        )

    def _show_proofs(self, view: VisitView, proof: CashProof, money: Amounts, by: str) -> None:
        cash, now = view.cash, self._tools.clock()
        figure = "" if proof.amount is None else money.signed(proof.amount)
        self.box.show_state(proof.state, figure)
        then = formats.moment_beside(cash.collected_at, now) if cash.collected_at else ""
        newest = formats.moment_beside(cash.read_at, now) if cash.read_at else ""
        reads = max(0, cash.reads_between - 1)  # without the newest
        between = self.tr("{n} reads between").format(n=formats.number(reads))
        if reads < 2:
            between = self.tr("1 read between") if reads else self.tr("no read between")
        last = self.tr("last one {when}").format(when=newest) if newest else self.tr("none at all")
        first, second, third, fourth = self.rows
        first.show_proof(
            self.tr("A read at the last collect"),
            then if proof.read_then else "",
            there=proof.read_then,
        )
        second.show_proof(
            self.tr("A read now"), newest if proof.read_now else last, there=proof.read_now
        )
        third.show_proof(
            self.tr("No meter restarted, board the same"),
            between if proof.meters_go_on else "",
            there=proof.meters_go_on,
        )
        fourth.show_proof(self.tr("Bag counted"), by if proof.counted else "", there=proof.counted)
        reasons = [
            self._tools.messages.fact("cash_reason", each.code, _spoken(money, each.values))
            for each in proof.others[:MOST_OTHERS]
        ]
        self.others.setText("\n".join(reasons))
        self.others.setVisible(bool(reasons))


def _spoken(money: Amounts, values: Mapping[str, str | int]) -> dict[str, object]:
    """Values of a reason as people read them."""
    said: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, int):
            said[name] = money.full(value) if name.endswith("amount") else formats.number(value)
        else:
            said[name] = value
    return said
