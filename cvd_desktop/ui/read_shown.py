"""A read as the pages of the Read screen share it: facts, amounts, the lines of its file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from PySide6.QtCore import QCoreApplication

from cvd_desktop.domain.records import ReadDetail, SelectionLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.read_proof import FileLines, Proof

NOTHING = "·"  # where a figure is not known: never a zero
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


@dataclass(frozen=True)
class Amounts:
    """Money of one machine in words; an amount that is not known is a dot."""

    currency: str
    decimals: int

    def plain(self, value: int | None) -> str:
        """413.70"""
        return NOTHING if value is None else formats.money(value, self.decimals)

    def full(self, value: int | None) -> str:
        """With the currency where it is known: "€ 413.70"."""
        sign = self.sign
        return f"{sign} {self.plain(value)}" if sign and value is not None else self.plain(value)

    def signed(self, value: int | None) -> str:
        """A difference: +1.20 or −1.20."""
        return f"+{self.plain(value)}" if value is not None and value > 0 else self.plain(value)

    @property
    def sign(self) -> str:
        return _SIGNS.get(self.currency, self.currency)


def count(value: int | None) -> str:
    """A number of things, or the dot."""
    return NOTHING if value is None else formats.number(value)


class ReadShown:
    """One read, with what is worked out of it once and only when a page asks."""

    def __init__(self, detail: ReadDetail, now: datetime) -> None:
        self.detail = detail
        self.now = now
        self.amounts = Amounts(detail.currency, detail.decimals)

    @cached_property
    def lines(self) -> FileLines:
        return FileLines(self.detail.segments)

    @cached_property
    def by_selection(self) -> dict[str, SelectionLine]:
        """The first line of each selection."""
        found: dict[str, SelectionLine] = {}
        for line in self.detail.selections:
            found.setdefault(line.selection, line)
        return found

    def age(self) -> str:
        """How old the figures are, for source marks: "read 07:44, 3 h ago"."""
        at = self.detail.summary.at
        words = QCoreApplication.translate("ReadShown", "read {when}, {age} ago")
        when = formats.moment_beside(at, self.now)
        return words.format(when=when, age=age_words(self.now - at))

    def since(self, moment: datetime | None) -> str:
        """A moment before this read: "Mon 16 Nov 07:12", the time alone on the same day."""
        return "" if moment is None else formats.moment_beside(moment, self.detail.summary.at)

    def proof_of(self, heading: str, words: str, elements: Iterable[str]) -> Proof:
        """The proof of a figure that stands in these elements."""
        codes = tuple(elements)
        return Proof(heading, words, self.lines.of_elements(codes), codes)

    def proof_of_selection(self, line: SelectionLine) -> Proof:
        """All that the file says of a selection."""
        lines = self.lines.of_selection(line.selection, line.line)
        return Proof(selection_name(line.selection, line.slot, line.product), "", lines)


def selection_name(selection: str, slot: str | None, product: str | None) -> str:
    """A selection by what is known of it: "Slot B4, selection 24, Caramel bar"."""
    translate = QCoreApplication.translate
    parts = [translate("ReadShown", "Slot {slot}").format(slot=slot)] if slot else []
    if selection != slot:
        word = translate("ReadShown", "selection {n}") if parts else ""
        word = word or translate("ReadShown", "Selection {n}")
        parts.append(word.format(n=selection))
    return ", ".join([*parts, product] if product else parts)
