"""Rows of facts for the pages of a read, each with the lines of the file that say it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_fact_words import MARK_OF_KIND, FactWords
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import NOTHING, ReadShown, count
from cvd_desktop.ui.read_view import total_name
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.fact_table import FactRow
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.cash_facts import CashTerm, Reason
from cvd_shared.dex.dex_segments import element
from cvd_shared.dex.interval_facts import MONEY_VALUES, Evidence, PaymentDelta


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One way of paying: units and value since the read before, or since the start."""

    device: str
    name: str
    units: int | None
    value: int | None
    mixed: int | None
    word: str  # of a delta that is not as it should be
    mark: TagKind | None
    elements: tuple[str, ...]


class ReadRows(QObject):
    """Makes the rows; an empty tuple where the read tells nothing of it."""

    def __init__(self, messages: Messages, facts: FactWords, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._facts = facts

    # sales

    def evidence_rows(self, shown: ReadShown) -> tuple[FactRow, ...]:
        """What speaks for the class of the interval or against a figure."""
        interval = shown.detail.interval
        return tuple(
            self._evidence_row(shown, n, each)
            for n, each in enumerate(interval.evidence if interval is not None else ())
        )

    def _evidence_row(self, shown: ReadShown, n: int, evidence: Evidence) -> FactRow:
        words = self._messages.fact(
            "evidence", evidence.code, spoken_values(shown, evidence.values)
        )
        return FactRow(
            f"{n} {evidence.code}",
            _sentence(words),
            detail=", ".join(evidence.elements),
            proof=shown.proof_of(
                self.tr("How the meters moved"), _sentence(words), evidence.elements
            ),
        )

    def rebuilt_rows(self, shown: ReadShown) -> tuple[FactRow, ...]:
        """Interval figures that do not tell the time since the read before, with the true ones."""
        interval = shown.detail.interval
        rows = []
        for each in interval.rebuilt if interval is not None else ():
            known = element(each.code)
            money = known is not None and known.is_money
            said, true = (
                shown.amounts.plain(value) if money else count(value)
                for value in (each.said, each.rebuilt)
            )
            words = self.tr("{code}, the machine says {said}").format(code=each.code, said=said)
            name = known.name if known is not None else each.code
            proof = shown.proof_of(each.code, f"{name}: {words}", (each.code,))
            heading = self.tr("{name}, rebuilt").format(name=total_name(name)[0])
            rows.append(FactRow(each.code, heading, true, words, proof=proof))
        return tuple(rows)

    # cash

    def term_rows(self, shown: ReadShown, terms: Sequence[CashTerm]) -> list[FactRow]:
        """Lines of an account; one that the machine does not say is a dot, never a zero."""
        return [self._term_row(shown, n, term) for n, term in enumerate(terms)]

    def _term_row(self, shown: ReadShown, n: int, term: CashTerm) -> FactRow:
        words = _sentence(self._messages.fact("cash_term", term.code))
        value = shown.amounts.plain(term.amount)
        source = ", ".join(term.elements)
        if term.by_hand:
            source = self.tr("M, recorded by a person")
        elif term.amount is None:
            unsaid = self.tr("the machine does not say it")
            source = f"{source}, {unsaid}" if source else unsaid
        proof = None
        if term.elements:
            proof = shown.proof_of(words, f"{words}: {value}", term.elements)
        return FactRow(f"{n} {term.code}", words, value, source, proof=proof)

    def account_rows(self, shown: ReadShown) -> tuple[FactRow, ...]:
        """The law of cash: what came in, where it went, what is not explained."""
        account = shown.detail.cash
        if account is None:
            return ()
        return self._account(shown, account.cash_in, account.went, account.remainder)

    def earned_rows(self, shown: ReadShown) -> tuple[FactRow, ...]:
        """What the same cash was for, and what that does not explain."""
        account = shown.detail.cash
        if account is None or not account.earned:
            return ()
        return self._account(shown, account.cash_in, account.earned, account.earned_remainder)

    def _account(
        self, shown: ReadShown, whole: CashTerm, parts: Sequence[CashTerm], rest: int | None
    ) -> tuple[FactRow, ...]:
        [cash_in] = self.term_rows(shown, (whole,))
        balanced = rest == 0
        if rest is None:
            words, mark = self.tr("not known"), TagKind.UNKNOWN
        else:
            words = shown.amounts.signed(rest)
            mark = TagKind.GOOD if balanced else TagKind.WARNING
        remainder = FactRow(
            "remainder",
            self.tr("Nothing is left to explain") if balanced else self.tr("Not explained"),
            words,
            mark=mark,
            strong=True,
            tone=Tone.PLAIN,
        )
        strong_in = FactRow(
            "in", cash_in.name, cash_in.value, cash_in.detail, strong=True, proof=cash_in.proof
        )
        return (strong_in, *self.term_rows(shown, parts), remainder)

    def reason_words(self, shown: ReadShown, reasons: Sequence[Reason]) -> tuple[str, ...]:
        """Each likely reason, or what a proof needs, in a sentence."""
        return tuple(
            _sentence(
                self._messages.fact("cash_reason", each.code, spoken_values(shown, each.values))
            )
            for each in reasons
        )

    def payment_rows(self, shown: ReadShown) -> tuple[PaymentRow, ...]:
        """Ways of paying that the machine counts, with what moved since the read before.

        Where no read before can be compared, with what they counted since the start.
        """
        interval, reading = shown.detail.interval, shown.detail.reading
        if interval is not None:
            return tuple(self._moved(each) for each in interval.payments)
        if reading is None:
            return ()
        first, second = reading.cashless
        tokens = reading.tokens
        token_units = _sum(tokens.vend_tokens.number.init, tokens.value_tokens.number.init)
        token_value = _sum(tokens.vend_tokens.value.init, tokens.value_tokens.value.init)
        counted = (
            ("CA", reading.cash.sales.number.init, reading.cash.sales.value.init),
            ("DA", first.sales.number.init, first.sales.value.init),
            ("DB", second.sales.number.init, second.sales.value.init),
            ("TA", token_units, token_value),
        )
        return tuple(
            PaymentRow(
                device, self._facts.payment(device), units, value, None, "", None, _elements(device)
            )
            for device, units, value in counted
            if units is not None or value is not None
        )

    def _moved(self, each: PaymentDelta) -> PaymentRow:
        kind = each.units.kind if each.units.amount is None else each.value.kind
        odd = self._facts.kind(kind)
        return PaymentRow(
            each.device,
            self._facts.payment(each.device),
            each.units.amount,
            each.value.amount,
            each.mixed_units.amount,
            odd,
            MARK_OF_KIND.get(kind) if odd else None,
            _elements(each.device),
        )

    def tube_rows(self, shown: ReadShown) -> tuple[FactRow, ...]:
        """What is in the coin tubes and bill stores now."""
        reading = shown.detail.reading
        if reading is None:
            return ()
        rows = []
        for code, name in (("CA1501", self.tr("Coin tubes")), ("CA2201", self.tr("Bill recycler"))):
            if code in reading.counters:
                value = shown.amounts.plain(reading.counters[code])
                proof = shown.proof_of(name, f"{name}: {value}", (code,))
                rows.append(FactRow(code, name, value, code, strong=True, proof=proof))
        for n, store in enumerate(reading.stores):
            bills = store.segment == "CA23"
            name = (self.tr("Bills of {value}") if bills else self.tr("Coins of {value}")).format(
                value=shown.amounts.plain(store.value)
            )
            full = self.tr("full") if store.full else ""
            value = self.tr("{n} pieces").format(n=count(store.pieces))
            proof = Proof(name, value, (store.line,))
            rows.append(FactRow(f"{store.segment} {n}", name, value, full, proof=proof))
        return tuple(rows)

    # the machine itself

    def record_rows(self, shown: ReadShown) -> tuple[FactRow, ...]:
        """Reads, resets, clock, and what else the machine keeps a record of."""
        reading = shown.detail.reading
        if reading is None:
            return ()
        at = shown.detail.summary.at

        def row(
            key: str, name: str, value: str | None, elements: Sequence[str], detail: str = ""
        ) -> Iterator[FactRow]:
            if value:
                proof = shown.proof_of(name, f"{name}: {value}", elements)
                yield FactRow(key, name, value, detail, proof=proof)

        def moment(text: str | None) -> str | None:
            return formats.machine_time(text, at) if text else None

        outs = reading.read_outs
        rows = [
            *row("reads", self.tr("Reads since the start"), _number(outs.reads), ("EA309",)),
            *row(
                "resets",
                self.tr("Resets since the start"),
                _number(outs.resets if outs.resets is not None else outs.with_reset),
                ("EA310",) if outs.resets is not None else ("EA301",),
            ),
            *row(
                "before",
                self.tr("Read before, as the machine says"),
                moment(outs.last_at),
                ("EA305", "EA306", "EA307"),
                self.tr("by {reader}").format(reader=outs.last_reader) if outs.last_reader else "",
            ),
            *row(
                "clock",
                self.tr("Clock of the machine"),
                moment(reading.machine_clock),
                ("ID501", "ID502"),
            ),
        ]
        words = {
            "EA4": self.tr("Counters initialised"),
            "EA5": self.tr("Prices set"),
            "EA6": self.tr("Serviced"),
        }
        for each in reading.logged:
            name = words.get(each.segment, each.segment)
            if each.at:
                said = formats.machine_time(each.at, at)
                by = self.tr("by {reader}").format(reader=each.terminal) if each.terminal else ""
                proof = Proof(name, said, (each.line,))
                rows.append(FactRow(f"{each.segment} {each.line}", name, said, by, proof=proof))
        if reading.settings.interval_reset:
            said = reading.settings.interval_reset.strip()
            automatic = said.upper() == "AUTO"
            value = self.tr("every good read") if automatic else said
            rows += row("SD105", self.tr("Interval counters are reset by"), value, ("SD105",))
        return tuple(rows)

    def power_rows(self, shown: ReadShown) -> tuple[FactRow, ...]:
        """Power outages (EA7) and temperatures (MA5)."""
        reading, interval = shown.detail.reading, shown.detail.interval
        if reading is None:
            return ()
        rows = []
        total = reading.counters.get("EA702")
        lately = interval.amount("EA702") if interval is not None else None
        if total is not None or "EA701" in reading.counters:
            since_start = self.tr("{n} since the start").format(n=count(total))
            if lately is not None:
                value, detail = count(lately), since_start
            else:
                value, detail = count(total), self.tr("since the start")
            proof = shown.proof_of(
                self.tr("Power outages"), f"{value} ({detail})", ("EA701", "EA702")
            )
            mark = TagKind.WARNING if lately else None
            rows.append(
                FactRow("EA7", self.tr("Power outages"), value, detail, mark=mark, proof=proof)
            )
        for n, each in enumerate(reading.temperatures):
            value = self.tr("no probe")
            if each.degrees is not None:
                unit = f"\N{NO-BREAK SPACE}°{each.unit}" if each.unit else "°"
                value = f"{formats.number(each.degrees)}{unit}"
            name = self.tr("Temperature")
            place = each.place or ""
            proof = Proof(name, f"{place} {value}".strip(), (each.line,))
            rows.append(
                FactRow(f"MA5 {n}", place or name, value, name if place else "", proof=proof)
            )
        return tuple(rows)

    def device_rows(self, shown: ReadShown) -> tuple[FactRow, ...]:
        """Parts that name themselves: board, coin mechanism, validator, readers."""
        reading = shown.detail.reading
        if reading is None:
            return ()
        names = {
            "ID1": self.tr("Machine"),
            "CB1": self.tr("Control board"),
            "AM1": self.tr("Audit unit"),
            "CA1": self.tr("Coin mechanism"),
            "BA1": self.tr("Bill validator"),
            "DA1": self.tr("Card reader 1"),
            "DB1": self.tr("Card reader 2"),
            "TA1": self.tr("Token reader"),
        }
        rows = []
        for n, each in enumerate(reading.devices):
            name = names.get(each.segment, each.segment)
            facts = [
                part
                for part in (
                    each.model,
                    self.tr("serial {number}").format(number=each.serial_number)
                    if each.serial_number
                    else "",
                    self.tr("software {number}").format(number=each.software)
                    if each.software
                    else "",
                )
                if part
            ]
            detail = ", ".join(facts) or self.tr("tells nothing of itself")
            proof = Proof(name, detail, (each.line,))
            rows.append(FactRow(f"{each.segment} {n}", name, "", detail, proof=proof))
        return tuple(rows)


def spoken_values(shown: ReadShown, values: Mapping[str, object]) -> dict[str, object]:
    """Values of a fact as people read them: money, numbers, the machine's times."""
    at = shown.detail.summary.at
    said: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, int) and (name in MONEY_VALUES or name.endswith(("value", "amount"))):
            said[name] = shown.amounts.full(value)
        elif isinstance(value, int):
            said[name] = formats.number(value)
        elif name in _MOMENTS:
            said[name] = formats.machine_time(str(value), at)
        else:
            said[name] = value
    return said


_MOMENTS = frozenset(("at", "clock_before", "clock_now"))  # values that are the machine's times
_PAID = {"CA": ("CA202", "CA201"), "DA": ("DA202", "DA201"), "DB": ("DB202", "DB201")}
_TOKENS = ("TA202", "TA206", "TA201", "TA205")


def _elements(device: str) -> tuple[str, ...]:
    return _PAID.get(device, _TOKENS)


def _sum(*values: int | None) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _number(value: int | None) -> str | None:
    return None if value is None else formats.number(value)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] or NOTHING
