"""The words for the facts of a read: classes of deltas, payments, prices, patterns, severities."""

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cvd_desktop.domain.records import ReadDetail, SelectionLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.read_shown import NOTHING, ReadShown
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.price_audit import PriceState, SaidPrice

if TYPE_CHECKING:
    from cvd_shared.dex.dex_report import Severity
    from cvd_shared.dex.interval_facts import Foreign
    from cvd_shared.selection_mapping import DetectedPattern

MARK_OF_KIND = {
    DeltaKind.ROLLED_OVER: TagKind.INFO,
    DeltaKind.RESTARTED: TagKind.WARNING,
    DeltaKind.BOARD_CHANGED: TagKind.WARNING,
    DeltaKind.OTHER_MACHINE: TagKind.ALERT,
    DeltaKind.PARTIAL_FILE: TagKind.WARNING,
    DeltaKind.CLOCK_ONLY: TagKind.INFO,
    DeltaKind.UNKNOWN: TagKind.UNKNOWN,
}
MARK_OF_PRICE = {
    PriceState.MATCH: TagKind.QUIET,
    PriceState.DIFFERS: TagKind.WARNING,
    PriceState.SELECTION_MISSING: TagKind.WARNING,
    PriceState.UNMAPPED: TagKind.CHANGE,
    PriceState.UNKNOWN: TagKind.UNKNOWN,
}
MARK_OF_SEVERITY: "dict[Severity, TagKind]" = {
    "error": TagKind.ALERT,
    "warning": TagKind.WARNING,
    "info": TagKind.INFO,
}
CERTAIN = 0.95  # confidence from which on nobody has to look
LIKELY = 0.6


class FactWords(QObject):
    """Puts single facts of a read into words."""

    # sales

    def kind(self, kind: DeltaKind) -> str:
        """The class of a delta in a word or two; empty where the figure is as it should be."""
        return {
            DeltaKind.NORMAL: "",
            DeltaKind.NO_CHANGE: "",
            DeltaKind.ROLLED_OVER: self.tr("Rolled over"),
            DeltaKind.RESTARTED: self.tr("Restarted"),
            DeltaKind.BOARD_CHANGED: self.tr("Board changed"),
            DeltaKind.OTHER_MACHINE: self.tr("Other machine"),
            DeltaKind.PARTIAL_FILE: self.tr("File not whole"),
            DeltaKind.CLOCK_ONLY: self.tr("Clock only"),
            DeltaKind.UNKNOWN: self.tr("Not known"),
        }[kind]

    def selection_kind(self, line: SelectionLine, *, first_read: bool) -> str:
        """The class of a selection's sales, with the reason where one meter is missing."""
        if line.kind is not DeltaKind.UNKNOWN:
            return self.kind(line.kind)
        if line.sold is not None or first_read:
            return ""
        if line.sold_now is None:
            return self.tr("Missing") if line.sold_before is None else self.tr("Gone")
        return self.tr("New") if line.sold_before is None else self.kind(line.kind)

    def span(self, shown: ReadShown) -> str:
        """What the sales span: "Sold since Mon 16 Nov 07:12", or why they are not known."""
        detail = shown.detail
        if detail.previous_at is None:
            return self.tr("First read here: sales are known from the next one on")
        reason = self._no_sales(detail)
        if reason:
            return reason
        words = self.tr("Sold since {moment}")
        return words.format(moment=formats.day_and_time(detail.previous_at))

    def _no_sales(self, detail: ReadDetail) -> str:
        kind = detail.interval.kind if detail.interval is not None else None
        known = any(line.sold is not None for line in detail.selections)
        if kind is DeltaKind.OTHER_MACHINE:
            return self.tr("Another machine's file: its sales are kept apart")
        if known:
            return ""
        return (
            {
                DeltaKind.BOARD_CHANGED: self.tr("The board was changed: sales are not known"),
                DeltaKind.RESTARTED: self.tr("The meters began anew: sales are not known"),
                DeltaKind.PARTIAL_FILE: self.tr("File not whole: the next good read spans both"),
            }.get(kind, "")
            if kind is not None
            else ""
        )

    def moves(self, shown: ReadShown) -> tuple[TagKind, str]:
        """The interval as a whole in a sentence, with its mark."""
        detail = shown.detail
        if detail.previous_at is None:
            return TagKind.INFO, self.tr(
                "This is the first read of this machine here. What it sold is known from the next "
                "read on."
            )
        if detail.interval is None:
            return TagKind.UNKNOWN, self.tr("The read before cannot be compared with this one.")
        before = formats.day_and_time(detail.previous_at)
        kind = detail.interval.kind
        if detail.interval.trusted and detail.interval.units is None:
            words = self.tr(
                "Some meters go on from the read of {before}, others do not: what was sold in all "
                "is not known."
            )
            return TagKind.WARNING, words.format(before=before)
        said = {
            DeltaKind.NORMAL: self.tr("The meters go on from the read of {before}."),
            DeltaKind.NO_CHANGE: self.tr("Nothing was sold since the read of {before}."),
            DeltaKind.CLOCK_ONLY: self.tr(
                "Nothing was sold since the read of {before}; only the clock went on."
            ),
            DeltaKind.ROLLED_OVER: self.tr(
                "The meters go on from the read of {before}. Some went through their largest "
                "value; their sales are right."
            ),
            DeltaKind.RESTARTED: self.tr(
                "The meters began anew after the read of {before}. Nobody knows what was sold in "
                "between; stock is not moved."
            ),
            DeltaKind.BOARD_CHANGED: self.tr(
                "Another control board counts since the read of {before}. What the old one sold "
                "after that is not known; stock is not moved."
            ),
            DeltaKind.OTHER_MACHINE: self.tr(
                "This file is of another machine than the read of {before}. Their figures are "
                "kept apart; stock is not moved."
            ),
            DeltaKind.PARTIAL_FILE: self.tr(
                "This file is not whole. The next good read spans the time since {before}; "
                "nothing is lost."
            ),
            DeltaKind.UNKNOWN: self.tr("The read of {before} cannot be compared with this one."),
        }[kind]
        return MARK_OF_KIND.get(kind, TagKind.GOOD), said.format(before=before)

    def foreign(self, foreign: "Foreign | None", read_at: datetime) -> tuple[TagKind, str]:
        """What another reader did since the read before; empty when nothing is known of it."""
        if foreign is None or not (foreign.reads or foreign.resets):
            return TagKind.INFO, ""
        when = formats.machine_time(foreign.last_at, read_at) if foreign.last_at else ""
        if foreign.reads == 1 and foreign.resets and when:
            words = self.tr("Another reader took an audit and reset the counters on {when}.")
            parts = [words.format(when=when)]
        else:
            parts = [self._foreign_reads(foreign.reads or 0, when)]
            parts.append(self._foreign_resets(foreign.resets or 0))
        parts.append(self.tr("Sales here span it; nothing is lost."))
        kind = TagKind.WARNING if foreign.resets else TagKind.INFO
        return kind, " ".join(part for part in parts if part)

    def _foreign_reads(self, reads: int, when: str) -> str:
        if not reads:
            return ""
        if reads == 1:
            words = self.tr("Another reader took an audit on {when}.")
            return words.format(when=when) if when else self.tr("Another reader took an audit.")
        words = self.tr("Other readers took {n} audits.")
        if when:
            words = self.tr("Other readers took {n} audits, the last on {when}.")
        return words.format(n=formats.number(reads), when=when)

    def _foreign_resets(self, resets: int) -> str:
        if not resets:
            return ""
        if resets == 1:
            return self.tr("Somebody reset the interval counters.")
        words = self.tr("The interval counters were reset {n} times.")
        return words.format(n=formats.number(resets))

    # money

    def expected(self, shown: ReadShown) -> str:
        """The cash that should be in the bag, or that it cannot be proved."""
        expected = shown.detail.cash_expected
        if expected is None or expected.amount is None:
            return self.tr("Not provable")
        return shown.amounts.full(expected.amount)

    def collected(self, shown: ReadShown) -> str:
        """Since when the cash is counted: "since the collect of Thu 12 Nov, 7 days"."""
        at = shown.detail.collected_at
        if at is None:
            return self.tr("No collect of this machine was read on this laptop yet.")
        words = self.tr("since the collect of {day}, {age}")
        age = age_words(shown.detail.summary.at - at)
        return words.format(day=formats.day_and_time(at), age=age)

    def payment(self, device: str) -> str:
        """A way of paying by the segment that counts it."""
        return {
            "CA": self.tr("Cash"),
            "DA": self.tr("Card reader 1"),
            "DB": self.tr("Card reader 2"),
            "TA": self.tr("Tokens"),
        }.get(device, device)

    def price_state(self, state: PriceState) -> str:
        return {
            PriceState.MATCH: self.tr("Match"),
            PriceState.DIFFERS: self.tr("Differs"),
            PriceState.SELECTION_MISSING: self.tr("Missing"),
            PriceState.UNMAPPED: self.tr("New"),
            PriceState.UNKNOWN: self.tr("No price"),
        }[state]

    def price_state_means(self, state: PriceState) -> str:
        return {
            PriceState.MATCH: self.tr("Every price that the machine says is the planned one."),
            PriceState.DIFFERS: self.tr("The machine sells at another price than planned."),
            PriceState.SELECTION_MISSING: self.tr(
                "It is planned, but the machine does not report it."
            ),
            PriceState.UNMAPPED: self.tr("The machine reports it, but no slot is planned for it."),
            PriceState.UNKNOWN: self.tr("The machine says no price for it."),
        }[state]

    def said_price(self, said: SaidPrice) -> str:
        """Where the machine says a price: "Price list 1", "Card reader 1, list 2"."""
        parts = [self.payment(said.device)] if said.device else []
        if said.price_list is not None:
            word = self.tr("list {n}") if parts else self.tr("Price list {n}")
            parts.append(word.format(n=said.price_list))
        return ", ".join(parts) or self.tr("Price of the selection")

    # slots and selections

    def confidence(self, confidence: float) -> tuple[TagKind, str]:
        """How sure a mapping is, in a word and a percentage."""
        percent = self.tr("{n} %").format(n=round(100 * confidence))
        if confidence >= CERTAIN:
            return TagKind.GOOD, self.tr("sure, {percent}").format(percent=percent)
        if confidence >= LIKELY:
            return TagKind.UNKNOWN, self.tr("likely, {percent}").format(percent=percent)
        return TagKind.WARNING, self.tr("a guess, {percent}").format(percent=percent)

    def pattern(self, pattern: "DetectedPattern") -> str:
        """How names are made, by the first of them: "A1, A2, A3 …"."""
        if not pattern.examples:
            return NOTHING
        return f"{', '.join(pattern.examples)} …"

    # the file

    def severity(self, severity: "Severity", count: int) -> str:
        """The word beside a count of findings."""
        one, many = {
            "error": (self.tr("error"), self.tr("errors")),
            "warning": (self.tr("warning"), self.tr("warnings")),
            "info": (self.tr("note"), self.tr("notes")),
        }[severity]
        return one if count == 1 else many
