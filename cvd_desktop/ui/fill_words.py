"""Puts the cells of a fill into what is painted and said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from PySide6.QtCore import QDate, QObject

from cvd_desktop.domain.fill_cell import Cell, SlotFacts, is_sure, spoiled_units
from cvd_desktop.domain.fill_sheet import SheetError
from cvd_desktop.ui import formats
from cvd_desktop.ui.fill_hand import Mode, Typing
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.ledger_lines import LedgerLine
from cvd_desktop.ui.widgets.planogram_cells import CellFace, FlagFace, Gauge
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_shared.route_shapes import StockKind, StockRow
from cvd_shared.wire_events import SpoilReason

DAYS_OF_VELOCITY = 28
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Hint:
    """What there is to know of the slot now; the first thing only."""

    words: str
    tone: Tone = Tone.INFO
    icon: str = "info"


class FillWords(QObject):
    """`decimals` is that of the machine's money."""

    def __init__(self, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._messages = messages
        self.decimals = 2

    # cells

    def face(self, cell: Cell) -> CellFace:
        """A cell as it is painted."""
        facts, edit = cell.facts, cell.edit
        swapped = edit.swapped_to is not None
        used = swapped or facts.product_id is not None
        shown = {
            "key": facts.key,
            "row": facts.row,
            "column": facts.column,
            "label": facts.key.label,
        }
        if not used:
            return CellFace(
                **shown,  # type: ignore[arg-type]
                product=self.tr("empty"),
                quiet=True,
                flag=self.flag(cell),
                spoken=self.tr("{slot}, empty").format(slot=facts.key.label),
            )
        before, after, beside = self._figures(cell)
        held = cell.before or 0
        return CellFace(
            **shown,  # type: ignore[arg-type]
            product=self.product(cell),
            price=self.price(edit.price if edit.price is not None else facts.price),
            before=before,
            after=after,
            beside=beside,
            critical=cell.before == 0,
            gauge=Gauge(
                facts.capacity,
                0 if swapped else max(0, held - cell.taken),
                cell.put_in,
                facts.par,
            ),
            flag=self.flag(cell),
            spoken=self.spoken(cell),
        )

    def _figures(self, cell: Cell) -> tuple[str, str, str]:
        """Before, after, and the letters behind them."""
        facts, edit = cell.facts, cell.edit
        sure = is_sure(cell)
        held = UNKNOWN if cell.before is None else formats.number(cell.before)
        if cell.before is not None and not sure and edit.counted is None:
            held += UNKNOWN
        after = cell.after
        below = after is not None and after < facts.par
        beside = self.tr("of {par}").format(par=formats.number(facts.par)) if below else ""
        acted = cell.put_in or cell.taken or edit.swapped_to is not None
        if not acted:
            if not below and sure and after:
                beside = self.tr("full")
            return "", held, beside
        if after is None:
            put = f"+{formats.number(cell.put_in)}" if cell.put_in else ""
            return held, put or f"{formats.MINUS}{formats.number(cell.taken)}", ""
        return held, formats.number(after), beside

    def product(self, cell: Cell) -> str:
        """What is in the slot now."""
        if cell.edit.swapped_to is not None:
            return cell.edit.swapped_name
        return cell.facts.product_name or self.tr("not known here")

    def price(self, amount: int) -> str:
        return formats.money(amount, self.decimals)

    def flag(self, cell: Cell) -> FlagFace | None:
        """The one of the highest rank."""
        facts = cell.facts
        if cell.flag == "count":
            return FlagFace("ring-dot", Tone.INFO, self.tr("Count"))
        if cell.flag == "sold_out":
            return FlagFace("alert", Tone.CRITICAL, self.tr("Sold out"), filled=True)
        if cell.flag == "change":
            return FlagFace("diamond", Tone.ACCENT, self.tr("Change"))
        if cell.flag == "price":
            return FlagFace("warning", Tone.WARNING, self.tr("Price"))
        if cell.flag == "by_date":
            word = self.tr("By {day}").format(day=day_words(facts.expiry))
            return FlagFace("clock", Tone.WARNING, word)
        if cell.flag == "short":
            below = max(0, facts.par - (cell.after or 0))
            word = self.tr("Short {n}").format(n=formats.number(below))
            return FlagFace("minus", Tone.INFO, word)
        if cell.flag == "spoiled":
            word = self.tr("Spoiled {n}").format(n=formats.number(spoiled_units(cell.edit)))
            return FlagFace("close", Tone.INFO, word)
        return None

    def spoken(self, cell: Cell) -> str:
        """The whole cell in words, for a screen reader."""
        facts, edit = cell.facts, cell.edit
        parts = [
            facts.key.label,
            self.product(cell),
            self.tr("price {price}").format(
                price=self.price(edit.price if edit.price is not None else facts.price)
            ),
            self.tr("stock not known")
            if cell.before is None
            else self.tr("{n} in it").format(n=formats.number(cell.before)),
        ]
        if cell.taken:
            parts.append(self.tr("{n} taken out").format(n=formats.number(cell.taken)))
        if edit.filled is not None:
            parts.append(self.tr("{n} put in").format(n=formats.number(cell.put_in)))
        if cell.after is not None:
            parts.append(
                self.tr("makes {n} of {par}").format(
                    n=formats.number(cell.after), par=formats.number(facts.par)
                )
            )
        flag = self.flag(cell)
        if flag is not None:
            parts.append(flag.word)
        return ", ".join(parts)

    # the panel

    def par_and_fits(self, facts: SlotFacts) -> str:
        return self.tr("par {par}  ·  fits {fits}").format(
            par=formats.number(facts.par), fits=formats.number(facts.capacity)
        )

    def price_state(self, cell: Cell) -> str:
        """The planned price beside that of the machine."""
        facts = cell.facts
        planned = self.price(cell.edit.price if cell.edit.price is not None else facts.price)
        if cell.edit.price is not None:
            return self.tr("price {price}, confirmed").format(price=planned)
        if facts.machine_price is None:
            return self.tr("price {price}").format(price=planned)
        if facts.price_differs:
            return self.tr("price {price}, machine {machine}").format(
                price=planned, machine=self.price(facts.machine_price)
            )
        return self.tr("price {price}, matches").format(price=planned)

    def ledger(self, facts: SlotFacts, now: datetime) -> tuple[LedgerLine, ...]:
        """How the stock of a slot is known: what a person left there, what was sold since."""
        if facts.known_units is None and facts.stock is not None:  # of a visit that is recorded
            found = formats.number(facts.stock)
            name, source = self.tr("Before the visit"), Source(facts.source)
            return (LedgerLine(name, found, source, "", strong=True),)
        lines: list[LedgerLine] = []
        when = day_and_month(facts.known_at) if facts.known_at is not None else ""
        age = formats.moment_beside(facts.known_at, now) if facts.known_at is not None else ""
        if facts.known_units is None:
            lines.append(LedgerLine(self.tr("Counted or filled"), self.tr("never")))
        else:
            words = self._known_by(facts.rows)
            name = f"{words}, {when}" if when else words
            lines.append(LedgerLine(name, formats.number(facts.known_units), Source.MANUAL, age))
            lines.append(self._sold_since(facts, now))
        stock = self._unknown() if facts.stock is None else formats.number(facts.stock)
        if facts.stock is not None and not facts.sure:
            stock += UNKNOWN
        lines.append(LedgerLine(self.tr("Stock now"), stock, Source(facts.source), "", strong=True))
        per_day = self._unknown()
        if facts.per_day is not None:
            per_day = formats.decimal(facts.per_day)
        lines.append(
            LedgerLine(
                self.tr("Sells a day, {n} days").format(n=DAYS_OF_VELOCITY),
                per_day,
                Source.CALCULATED,
            )
        )
        return tuple(lines)

    def _sold_since(self, facts: SlotFacts, now: datetime) -> LedgerLine:
        """None sold is a figure only where a read says so."""
        name = self.tr("Sold since")
        sales = [row for row in facts.rows if row.kind is StockKind.SALE]
        if not facts.sold_since:
            told = (
                (formats.number(0), Source.DEVICE) if facts.sold_told else (self._unknown(), None)
            )
            return LedgerLine(name, *told)
        sold = f"{formats.MINUS} {formats.number(facts.sold_since)}"
        if not facts.sold_told:
            sold += UNKNOWN
        shared = any(row.source == "C" for row in sales)  # its part of what several slots sold
        source = Source.CALCULATED if shared else Source.DEVICE
        at = formats.moment_beside(sales[-1].at, now)
        return LedgerLine(name, sold, source, at, sales[-1].ref)

    def _unknown(self) -> str:
        return self.tr("not known")

    def _known_by(self, rows: tuple[StockRow, ...]) -> str:
        kinds = {row.kind for row in rows}
        if StockKind.FILL in kinds or StockKind.SWAP in kinds:
            return self.tr("After the fill")
        if StockKind.COUNT in kinds:
            return self.tr("Counted")
        return self.tr("As told")

    def typed_name(self, typing: Typing | None) -> str:
        """What the number in the big field means."""
        if typing is None or typing.mode is Mode.FILL:
            return self.tr("Put in")
        if typing.mode is Mode.REMOVED:
            return self.tr("Removed")
        if typing.mode is Mode.COUNT:
            return self.tr("Counted")
        return self.tr("Spoiled: {why}").format(why=dict(self.reasons())[typing.reason])

    def typed_figure(self, cell: Cell, typing: Typing | None) -> str:
        """The number in the big field: what was typed and refused, else what holds."""
        if typing is not None and typing.refused:
            return typing.digits
        edit = cell.edit
        if typing is None or typing.mode is Mode.FILL:
            return formats.number(cell.put_in)
        if typing.mode is Mode.REMOVED:
            return formats.number(edit.removed)
        if typing.mode is Mode.COUNT:
            return "–" if edit.counted is None else formats.number(edit.counted)
        found = next((units for units, why in edit.spoiled if why == typing.reason), 0)
        return formats.number(found)

    def hint(self, cell: Cell) -> Hint | None:
        """The first thing to know of the slot: why it is to be counted, what is short."""
        facts = cell.facts
        if "count" in cell.flags:
            if cell.before is None:
                why = self.tr("Nobody knows how many are in it: count it.")
            else:
                why = self._doubt(facts)
            return Hint(why, Tone.INFO, "ring-dot")
        if cell.edit.swapped_to is not None and facts.product_id is not None:
            return Hint(self._comes_out(cell), Tone.ACCENT, "diamond")
        if "short" in cell.flags and cell.after is not None:
            words = self.tr("{n} below par: the load was short").format(
                n=formats.number(max(0, facts.par - cell.after))
            )
            return Hint(words, Tone.INFO, "minus")
        if "by_date" in cell.flags:
            words = self.tr("Take out what is dated up to {day}").format(
                day=day_words(facts.expiry)
            )
            return Hint(words, Tone.WARNING, "clock")
        if facts.meter_restarted:
            return Hint(
                self.tr("Its meter began again: sales since the last visit are not known."),
                Tone.INFO,
                "info",
            )
        if facts.doubt:
            return Hint(self._doubt(facts), Tone.INFO, "info")
        return None

    def _comes_out(self, cell: Cell) -> str:
        old = cell.facts.product_name or self.tr("what was in it")
        if cell.before is None:
            return self.tr("Take out all of {product}").format(product=old)
        good = max(0, cell.before - spoiled_units(cell.edit))
        return self.tr("Take out {n} {product}").format(n=formats.number(good), product=old)

    def _doubt(self, facts: SlotFacts) -> str:
        said = {
            "above_capacity": self.tr("More was put in than fits: count it."),
            "visit_without_read": self.tr("It was filled without a read: the figure may be high."),
            "shared_selection": self.tr("It shares its sales with another slot, in proportion."),
            "clock_ahead": self.tr("It rests on a time that is still to come: check the clock."),
        }.get(facts.doubt)
        return said or self._messages.fact("visit_flag", facts.doubt or "count")

    def error(self, error: SheetError, label: str) -> str:
        """Why a number was not taken: "C1: At most 7 fit here. Nothing was changed."."""
        words = self._messages.fact("sheet_error", error.code, {"slot": label, **error.values})
        return self.tr("{slot}: {words} Nothing was changed.").format(slot=label, words=words)

    def reasons(self) -> tuple[tuple[SpoilReason, str], ...]:
        """Why units are spoiled, in the order of their digits."""
        return (
            ("expired", self.tr("Past its date")),
            ("damaged", self.tr("Damaged")),
            ("melted", self.tr("Melted")),
            ("leaking", self.tr("Leaking")),
            ("recalled", self.tr("Called back")),
            ("other", self.tr("Something else")),
        )


def day_words(iso: str | None) -> str:
    """An ISO day as "24 Nov"; what is no day as it is."""
    try:
        day = date.fromisoformat(iso or "")
    except ValueError:
        return iso or ""
    return _short(day)


def day_and_month(moment: datetime) -> str:
    """Local day in short: 16 Nov."""
    return _short(moment.astimezone().date())


def _short(day: date) -> str:
    return formats.locale().toString(QDate(day.year, day.month, day.day), "d MMM")
