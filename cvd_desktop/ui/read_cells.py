"""Cells of the lists of a read that several of its pages show."""

from cvd_desktop.domain.records import SelectionLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_events import EventGroup
from cvd_desktop.ui.read_fact_words import MARK_OF_KIND, FactWords
from cvd_desktop.ui.read_prices import PriceRow
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import NOTHING, ReadShown
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.table_model import Cell, Face
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.sparkline import sparkline_words
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.price_audit import PriceState


def slot_cell(line: SelectionLine, unplanned: str) -> Cell:
    """The label on the door; `unplanned` is spoken where no slot has the selection."""
    if line.slot is not None:
        return Cell(line.slot, face=Face.LABEL)
    return Cell(NOTHING, Tone.MUTED, face=Face.PLAIN, spoken=unplanned)


def sold_cell(line: SelectionLine, unknown: str) -> Cell:
    if line.sold is None:
        return Cell(NOTHING, Tone.MUTED, spoken=unknown)
    return Cell(formats.number(line.sold), face=Face.STRONG)


def lately_cell(line: SelectionLine) -> Cell:
    """Units of the last intervals as bars."""
    if not line.history:
        return Cell("", spoken=sparkline_words(()))
    return Cell("", bars=line.history, spoken=sparkline_words(line.history))


def kind_cell(line: SelectionLine, words: FactWords, shown: ReadShown | None) -> Cell:
    """The class of the sales of a selection as shape and word; nothing where it is normal."""
    first = shown is None or shown.detail.previous_at is None
    word = words.selection_kind(line, first_read=first)
    return Cell(word, mark=MARK_OF_KIND.get(line.kind, TagKind.UNKNOWN) if word else None)


def price_cell(row: PriceRow, price: str) -> Cell:
    """The price of the machine, strong where it is not the planned one."""
    if row.line.state is not PriceState.DIFFERS:
        return Cell(price)
    return Cell(price, Tone.WARNING, face=Face.STRONG)


def event_cell(
    words: ReadWords, group: EventGroup, shown: ReadShown | None, *, short: bool = False
) -> Cell:
    """What happened, below it code, count and time."""
    if shown is None:
        return Cell(group.text)
    text, detail = words.event_lines(group, shown.detail.summary.at, short=short)
    face = Face.STRONG if group.active else Face.PLAIN
    return Cell(text, detail=detail, face=face, wrap=True)


def now_cell(group: EventGroup, word: str) -> Cell:
    """The mark of an event that has not ended."""
    return Cell(word, mark=TagKind.WARNING, face=Face.STRONG) if group.active else Cell("")


def event_proof(group: EventGroup, shown: ReadShown) -> Proof:
    lines = group.lines or shown.lines.of_event(group.code)
    return Proof(group.code, group.text, lines, who=group.advice)
