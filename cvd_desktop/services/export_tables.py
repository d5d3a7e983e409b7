"""What of a read goes into a spreadsheet, table by table; pure, nothing is written here.

To add a table: 1. its function, which gives the rows of one read; 2. its line in `TABLES`.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.services.word_table_interval import CASH_TERM_WORDS, KINDS
from cvd_desktop.services.words import QUESTIONS, answer_words
from cvd_shared.cash_facts import CashTerm
from cvd_shared.dex.machine_reading import Meters


class Money(NamedTuple):
    """Minor units; the read says how many of them make one."""

    minor: int


Cell = str | int | bool | datetime | Money | None
"""A datetime with a zone is a moment, one without is what a machine's own clock says."""


class Column(NamedTuple):
    key: str  # in CSV, where an amount has one more column, `<key>_minor`
    title: str
    width: int  # characters
    money: bool = False  # every cell is an amount or empty


class Table(NamedTuple):
    name: str
    columns: tuple[Column, ...]
    rows: Callable[[ReadDetail], Iterable[tuple[Cell, ...]]]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        return (*_READ_COLUMNS, *self.columns)

    def all_rows(self, detail: ReadDetail) -> Iterator[tuple[Cell, ...]]:
        """The rows of a read, each beginning with which read it is."""
        summary = detail.summary
        which = (summary.id, summary.at, summary.machine_asset)
        return ((*which, *row) for row in self.rows(detail))


_READ_COLUMNS = (
    Column("read_id", "Read", 38),
    Column("at", "Read at", 17),
    Column("machine", "Machine", 14),
)


def _machine(detail: ReadDetail) -> Iterator[tuple[Cell, ...]]:
    summary, reading = detail.summary, detail.reading
    facts: list[tuple[str, Cell]] = [
        ("File", detail.source or None),
        ("Link", summary.link),
        ("Purpose", summary.purpose),
        ("Bytes", summary.size),
        ("Read before", detail.previous_at),
    ]
    if reading is not None:
        identity = reading.identity
        facts += [
            ("Asset number", identity.asset_number),
            ("Serial number", identity.serial_number),
            ("Model", identity.model),
            ("Build", identity.build),
            ("Location", identity.location),
            ("Control board", identity.control_board),
            ("Software", identity.software),
            ("Communication id", reading.communication_id),
            ("EVA-DTS version", reading.version),
            ("Machine's clock", _clock(reading.machine_clock)),
        ]
    facts += [("Currency", detail.currency or None), ("Decimals", detail.decimals)]
    facts += [
        (title, answer_words(name, getattr(detail.verdict, name)))
        for name, title in QUESTIONS.items()
    ]
    yield from facts


def _selections(detail: ReadDetail) -> Iterator[tuple[Cell, ...]]:
    reading = detail.reading
    meters = {each.line: each.meters for each in reading.selections} if reading else {}
    for line in detail.selections:
        said = meters.get(line.line or 0, Meters())
        yield (
            line.selection,
            line.slot,
            line.product,
            detail.currency or None,
            _money(line.price),
            _money(line.planned_price),
            said.sold_since_init,
            _money(said.value_since_init),
            said.sold_since_reset,
            _money(said.value_since_reset),
            line.sold,
            _money(line.value),
            KINDS[line.kind].word,
            detail.previous_at,
        )


def _totals(detail: ReadDetail) -> Iterator[tuple[Cell, ...]]:
    for total in detail.totals:
        yield total.code, total.name, _money(total.value) if total.money else total.value


def _payments(detail: ReadDetail) -> Iterator[tuple[Cell, ...]]:
    for payment in detail.reading.payments if detail.reading else ():
        yield (
            payment.selection,
            payment.device,
            payment.price_list,
            _money(payment.price),
            payment.sold_since_init,
            _money(payment.value_since_init),
            payment.sold_since_reset,
            _money(payment.value_since_reset),
        )


def _cash(detail: ReadDetail) -> Iterator[tuple[Cell, ...]]:
    if detail.cash is not None:
        account = "Cash since the read before"
        yield account, *_term(detail.cash.cash_in)
        for term in detail.cash.went:
            yield account, *_term(term)
        yield account, "Remainder", _money(detail.cash.remainder), None
    if detail.cash_expected is not None:
        account = "In the bag since the last collection"
        for term in detail.cash_expected.terms:
            yield account, *_term(term)
        yield account, "Expected", _money(detail.cash_expected.amount), None


def _term(term: CashTerm) -> tuple[Cell, ...]:
    name = CASH_TERM_WORDS.get(term.code, term.code)
    return name, _money(term.amount), ", ".join(term.elements) or None


def _events(detail: ReadDetail) -> Iterator[tuple[Cell, ...]]:
    for event in detail.events:
        yield (
            event.code,
            event.text,
            event.since_reset,
            event.since_init,
            event.active,
            _clock(event.at),
            event.advice or None,
        )


def _findings(detail: ReadDetail) -> Iterator[tuple[Cell, ...]]:
    for each in detail.findings:
        yield each.severity, each.line, each.code, each.message, each.rule, each.chapter


def _money(amount: int | None) -> Money | None:
    return None if amount is None else Money(amount)


def _clock(said: str | None) -> Cell:
    """The time of a machine's own clock where it is one, else what it says."""
    try:
        return datetime.fromisoformat(said) if said else None
    except ValueError:
        return said


SELECTIONS = Table(
    "Selections",
    (
        Column("selection", "Selection", 10),
        Column("slot", "Slot", 10),
        Column("product", "Product", 26),
        Column("currency", "Currency", 9),
        Column("price", "Price", 10, money=True),
        Column("planned_price", "Planned price", 14, money=True),
        Column("sold_since_init", "Sold since init", 15),
        Column("value_since_init", "Value since init", 16, money=True),
        Column("sold_since_reset", "Sold since reset", 16),
        Column("value_since_reset", "Value since reset", 17, money=True),
        Column("sold_since_last_read", "Sold since last read", 20),
        Column("value_since_last_read", "Value since last read", 21, money=True),
        Column("since_last_read", "Since last read", 16),
        Column("last_read_at", "Last read at", 17),
    ),
    _selections,
)

TABLES = (
    Table("Machine", (Column("fact", "Fact", 20), Column("value", "Value", 50)), _machine),
    SELECTIONS,
    Table(
        "Totals",
        (Column("code", "Element", 10), Column("name", "Name", 50), Column("value", "Value", 14)),
        _totals,
    ),
    Table(
        "Payments",
        (
            Column("selection", "Selection", 10),
            Column("device", "Paid by", 9),
            Column("price_list", "Price list", 10),
            Column("price", "Price", 10, money=True),
            Column("sold_since_init", "Sold since init", 15),
            Column("value_since_init", "Value since init", 16, money=True),
            Column("sold_since_reset", "Sold since reset", 16),
            Column("value_since_reset", "Value since reset", 17, money=True),
        ),
        _payments,
    ),
    Table(
        "Cash",
        (
            Column("account", "Account", 34),
            Column("term", "Term", 40),
            Column("amount", "Amount", 12, money=True),
            Column("elements", "Elements", 20),
        ),
        _cash,
    ),
    Table(
        "Events",
        (
            Column("code", "Code", 8),
            Column("text", "Meaning", 40),
            Column("since_reset", "Since reset", 12),
            Column("since_init", "Since init", 12),
            Column("active", "Active", 8),
            Column("clock", "Machine's clock", 17),
            Column("advice", "What to do", 60),
        ),
        _events,
    ),
    Table(
        "Findings",
        (
            Column("severity", "Severity", 10),
            Column("line", "Line", 6),
            Column("code", "Code", 24),
            Column("message", "Finding", 70),
            Column("rule", "Rule", 50),
            Column("chapter", "Chapter", 12),
        ),
        _findings,
    ),
)
