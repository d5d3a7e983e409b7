"""The words for the facts of a read: what a driver can act on, never a code or a bare colour."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QApplication

from cvd_desktop.ui.read_fact_words import MARK_OF_KIND, FactWords
from cvd_desktop.ui.read_shown import Amounts, ReadShown, selection_name
from cvd_desktop.ui.read_words import short_event
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.dex.interval_facts import Foreign
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.price_audit import PriceState, SaidPrice
from tests.support import fact_parts as parts
from tests.support import read_facts as facts

SAFE = "Sales here span it; nothing is lost."
TWICE = "The interval counters were reset 2 times."
AT = datetime(2026, 11, 19, 7, 44, tzinfo=UTC)


@pytest.fixture
def words(qapp: QApplication) -> FactWords:
    return FactWords(qapp)


def shown(**changes: object) -> ReadShown:
    return ReadShown(facts.detail(3, **changes), facts.NOW)


@pytest.mark.parametrize(
    ("foreign", "kind", "said"),
    [
        (None, TagKind.INFO, ""),
        (Foreign(None, None), TagKind.INFO, ""),
        (Foreign(0, 0), TagKind.INFO, ""),
        (
            Foreign(1, 0, "2026-11-18T14:05:00"),
            TagKind.INFO,
            f"Another reader took an audit on Wed 18 Nov 14:05. {SAFE}",
        ),
        (
            Foreign(1, 1, "2026-11-18T14:05:00"),
            TagKind.WARNING,
            f"Another reader took an audit and reset the counters on Wed 18 Nov 14:05. {SAFE}",
        ),
        (
            Foreign(3, 2, "2026-11-18T14:05:00"),
            TagKind.WARNING,
            f"Other readers took 3 audits, the last on Wed 18 Nov 14:05. {TWICE} {SAFE}",
        ),
        (
            Foreign(None, 1),
            TagKind.WARNING,
            f"Somebody reset the interval counters. {SAFE}",
        ),
        (
            Foreign(1, None),
            TagKind.INFO,
            f"Another reader took an audit. {SAFE}",
        ),
    ],
)
def test_what_another_reader_did(
    words: FactWords, foreign: Foreign | None, kind: TagKind, said: str
) -> None:
    assert words.foreign(foreign, AT) == (kind, said)


@pytest.mark.parametrize("kind", list(DeltaKind))
def test_every_class_of_a_delta_has_a_word_or_is_as_it_should_be(
    words: FactWords, kind: DeltaKind
) -> None:
    ordinary = kind in (DeltaKind.NORMAL, DeltaKind.NO_CHANGE)
    assert bool(words.kind(kind)) is not ordinary
    assert (kind in MARK_OF_KIND) is not ordinary


@pytest.mark.parametrize("kind", list(DeltaKind))
def test_every_class_of_an_interval_has_a_sentence(words: FactWords, kind: DeltaKind) -> None:
    mark, said = words.moves(shown(interval=parts.interval(kind=kind)))
    assert said.endswith(".")
    assert "Mon 16 Nov" in said
    trusted = parts.interval(kind=kind).trusted
    assert (mark in (TagKind.GOOD, TagKind.INFO)) is trusted


def test_meters_of_which_some_go_on_are_told_as_such(words: FactWords) -> None:
    mark, said = words.moves(shown(interval=parts.interval(units=None)))
    assert mark is TagKind.WARNING
    assert said.startswith("Some meters go on from the read of Mon 16 Nov")


def test_a_meter_that_only_one_of_the_reads_has_is_new_or_gone(words: FactWords) -> None:
    line = replace(facts.selections(3)[0], kind=DeltaKind.UNKNOWN, sold=None)
    new = replace(line, sold_before=None)
    gone = replace(line, sold_now=None)
    assert words.selection_kind(new, first_read=False) == "New"
    assert words.selection_kind(gone, first_read=False) == "Gone"
    missing = replace(gone, sold_before=None)
    assert words.selection_kind(missing, first_read=False) == "Missing"
    assert words.selection_kind(new, first_read=True) == ""


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (DeltaKind.NORMAL, "Sold since Mon 16 Nov"),
        (DeltaKind.OTHER_MACHINE, "Another machine's file"),
        (DeltaKind.RESTARTED, "The meters began anew"),
        (DeltaKind.PARTIAL_FILE, "File not whole"),
    ],
)
def test_the_sum_says_what_it_spans_or_why_it_is_not_known(
    words: FactWords, kind: DeltaKind, said: str
) -> None:
    lines = facts.selections(3)
    if kind is not DeltaKind.NORMAL:
        lines = tuple(replace(line, sold=None) for line in lines)
    read = shown(interval=parts.interval(kind=kind), selections=lines)
    assert words.span(read).startswith(said)


def test_prices_say_where_the_machine_has_them(words: FactWords) -> None:
    assert words.said_price(SaidPrice("PA102", 1, None, None, 1, differs=False)) == (
        "Price of the selection"
    )
    assert words.said_price(SaidPrice("LA103", 1, 2, None, 1, differs=False)) == "Price list 2"
    assert words.said_price(SaidPrice("PA704", 1, 1, "DA", 1, differs=False)) == (
        "Card reader 1, list 1"
    )
    assert all(words.price_state(state) for state in PriceState)


def test_confidence_is_a_word_before_it_is_a_number(words: FactWords) -> None:
    assert words.confidence(1.0) == (TagKind.GOOD, "sure, 100 %")
    assert words.confidence(0.7) == (TagKind.UNKNOWN, "likely, 70 %")
    assert words.confidence(0.2) == (TagKind.WARNING, "a guess, 20 %")


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Cabinet / door: door is open", "Door is open"),
        ("Cashless 1: card expired", "Card reader 1: card expired"),
        ("Coin mechanism: general, not specific", "Coin mechanism: general, not specific"),
        ("Something of a maker", "Something of a maker"),
        ("Unit of nobody: stuck", "Unit of nobody: stuck"),
        ("event without a code", "Event without a code"),
        (
            "Cabinet / door: waste container full (number after _ = container) (2)",
            "Waste container full (2)",
        ),
        (
            "Coin mechanism: MDB error; hex code follows as EAU_xxyy (xx 00 = poll, else) (0007)",
            "Coins: MDB error (0007)",
        ),
    ],
)
def test_events_are_told_without_the_long_name_of_their_unit(text: str, short: str) -> None:
    assert short_event(text) == short


def test_amounts_keep_every_digit_and_never_turn_unknown_into_zero(qapp: QApplication) -> None:
    euro, yen, unknown = Amounts("EUR", 2), Amounts("JPY", 0), Amounts("", 2)
    assert euro.full(41_370) == "€ 413.70"
    assert yen.full(1_500) == "¥ 1,500"
    assert Amounts("CHF", 2).full(5) == "CHF 0.05"
    assert unknown.full(5) == "0.05"
    assert euro.full(None) == euro.plain(None) == euro.signed(None) == "·"
    assert euro.signed(120) == "+1.20"
    assert euro.signed(-120) == "−1.20"


def test_a_selection_is_named_by_what_is_known_of_it(qapp: QApplication) -> None:
    assert selection_name("24", "B4", "Cola") == "Slot B4, selection 24, Cola"
    assert selection_name("B4", "B4", "Cola") == "Slot B4, Cola"
    assert selection_name("24", None, None) == "Selection 24"
