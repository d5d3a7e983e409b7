"""The card beside the lists: what was chosen, its cash, what proves it, what the driver wrote."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QWidget

from cvd_desktop.domain.clock import from_wire
from cvd_desktop.domain.review_records import DayException, StopReview, VisitReview
from cvd_desktop.ui import formats
from cvd_desktop.ui.review_words import ReviewWords, amounts_of, proven_of
from cvd_desktop.ui.screens.stop_expected_card import DifferenceBox, ProofRow
from cvd_desktop.ui.screens.stop_lines import StopLines
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

PROOFS = 4
BAND = 52  # px at text scale 1


class ChoiceCard(Card):
    """Shows a visit, else a stop without one, else what is to be chosen."""

    def __init__(
        self,
        look: Look,
        words: ReviewWords,
        open_visit: QAction,
        parent: QWidget | None,
    ) -> None:
        super().__init__(look, parent=parent)
        self._words = words
        space = look.theme.space
        self.body.setSpacing(space.xs + 2)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.driver = TextLabel(look, "", "dense", Tone.MUTED)
        head = QHBoxLayout()
        head.setSpacing(space.m)
        head.addWidget(self.title, 1)
        head.addWidget(self.driver, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.detail = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.why = NoteLine(look)
        self.box = DifferenceBox(look, "title", BAND)
        self.figures = StopLines(look, self.tr("Expected and counted"))
        self.proof_head = TextLabel(look, "", "bodyStrong", wrap=True)
        self.rows = tuple(ProofRow(look) for _ in range(PROOFS))
        self.reasons = TextLabel(look, "", "dense", wrap=True)
        self.note_head = TextLabel(look, "", "bodyStrong")
        self.note = TextLabel(look, "", "body", wrap=True)
        self.tickets = TextLabel(look, "", "body", wrap=True)
        self.button = ActionButton(look, open_visit)
        for widget in (
            self.detail,
            self.why,
            self.box,
            self.figures,
            self.proof_head,
            *self.rows,
            self.reasons,
            self.note_head,
            self.note,
            self.tickets,
        ):
            self.body.addWidget(widget)
        self.body.addStretch(1)
        self.body.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_nothing("")

    def show_nothing(self, words: str) -> None:
        """Nothing is chosen: say why."""
        self._show_head("", "", words)
        self.why.show_note(TagKind.INFO, "")
        self._show_cash(None)
        self._show_note("", "", "")
        self.button.hide()

    def show_stop(self, stop: StopReview | None, one: DayException | None) -> None:
        """A stop without a visit, or something that happened at none."""
        if stop is not None:
            when = formats.clock_time(stop.at) if stop.at else ""
            told = " ".join(part for part in (self._words.stop_state(stop), when) if part)
            self._show_head(stop.name, "", told)
            reason = ""
            if stop.state == "skipped":
                reason = self._words.today.skip_reason(stop.reason, stop.note)
            self.why.show_note(TagKind.NEED, reason)
        elif one is not None:
            by = str(one.values.get("by", ""))
            title = self._words.title(one.machine, one.place) or self._words.what(one.kind)
            self._show_head(title, by, self._words.where(one))
            self._show_why(one)
        self._show_cash(None)
        self._show_note("", "", "")
        self.button.hide()

    def show_visit(self, review: VisitReview, one: DayException | None) -> None:
        """`one` is the exception that was chosen, where it was one."""
        visit = review.visit
        place = review.location.name if review.location else review.machine.location_name
        title = self._words.title(review.machine, place)
        self._show_head(title, visit.actor_name, self._words.visit_line(review))
        if one is not None:
            self._show_why(one)
        else:
            self.why.show_note(TagKind.INFO, "")
        self._show_cash(review)
        note = f"\N{LEFT DOUBLE QUOTATION MARK}{visit.note}\N{RIGHT DOUBLE QUOTATION MARK}"
        self._show_note(
            self._words.wrote(visit.actor_name) if visit.note else "",
            note if visit.note else "",
            self._words.tickets(review.tickets),
        )
        self.button.show()

    def _show_head(self, title: str, driver: str, detail: str) -> None:
        for label, text in ((self.title, title), (self.driver, driver), (self.detail, detail)):
            label.setText(text)
            label.setVisible(bool(text))
        self.setAccessibleName(", ".join(part for part in (title, driver, detail) if part))

    def _show_why(self, one: DayException) -> None:
        told = f"{self._words.what(one.kind)}: {self._words.why(one)}"
        self.why.show_note(self._words.mark(one.kind), told)

    def _show_note(self, head: str, note: str, tickets: str) -> None:
        for label, text in ((self.note_head, head), (self.note, note), (self.tickets, tickets)):
            label.setText(text)
            label.setVisible(bool(text))

    def _show_cash(self, review: VisitReview | None) -> None:
        cash = review.cash if review is not None else None
        parts = review.parts if review is not None else ()
        for widget in (self.box, self.figures, self.proof_head):
            widget.setVisible(cash is not None)
        for number, row in enumerate(self.rows):
            row.setVisible(number < len(parts))
        self.reasons.setVisible(False)
        if review is None or cash is None:
            return
        day = from_wire(review.visit.finished_at).astimezone().date()
        money = amounts_of(review.machine)
        state = proven_of(review)
        amount = review.over_short.amount if review.over_short else None
        self.box.show_state(state, "" if amount is None else money.signed(amount))
        self.figures.show_lines(self._words.figures(review))
        missing = not all(part.holds for part in parts)
        self.proof_head.setText(
            self.tr("What is missing for a proof") if missing else self.tr("What proves it")
        )
        for row, part in zip(self.rows, parts, strict=False):
            words, when = self._words.part(part, day)
            row.show_proof(words, when, there=part.holds)
        self._show_reasons(self._words.reasons(review))

    def _show_reasons(self, told: Sequence[str]) -> None:
        self.reasons.setText("\n".join(told))
        self.reasons.setVisible(bool(told))
