"""What the Read screen works out: steps folded, rates, price audit, order, lines that prove."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cvd_desktop.domain.records import EventLine, ReadStep
from cvd_desktop.link.outputs import Phase
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_events import group_events
from cvd_desktop.ui.read_view import (
    ReadProgress,
    Since,
    advance,
    by_sales,
    by_slot,
    known_value,
    likely_port,
    sold_totals,
    total_name,
)
from cvd_desktop.ui.read_words import ReadWords, StepState
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.read_verdict import Actor, Answer, State
from tests.support import read_facts as facts


@pytest.fixture
def read_words(qapp: object) -> ReadWords:
    messages = Messages(facts.words, facts.answer_words, facts.record_title, facts.record_reason)
    made = ReadWords(messages)
    messages.setParent(made)
    return made


def folded(steps: list[ReadStep]) -> ReadProgress:
    progress = ReadProgress()
    for step in steps:
        progress = advance(progress, step)
    return progress


def test_steps_fold_into_spans_with_their_seconds(read_words: ReadWords) -> None:
    lines = read_words.steps(folded(facts.steps()), 8.3)
    assert [line.phase for line in lines] == list(Phase)
    assert [line.state for line in lines] == [StepState.DONE] * 4 + [StepState.NOW, StepState.NEXT]
    assert [line.seconds and round(line.seconds, 1) for line in lines] == [
        0.1, 1.1, 0.2, 1.6, 5.3, None,
    ]  # fmt: skip
    assert lines[2].detail == "this laptop asks to read, R01L01"
    assert lines[4].detail == "block 18 of about 26"


def test_the_second_handshake_tells_only_what_is_new(read_words: ReadWords) -> None:
    said = {"communication_id": "QRS7654321", "revision": "R01L01"}
    begun = ReadStep("handshake_1", 0, 0, 0, 1.2, None, {"revision": "R01L01"})
    same = ReadStep("handshake_2", 0, 0, 0, 1.4, None, {**said, "code": "00"})
    assert read_words.steps(folded([begun, same]), 2.0)[3].detail == "machine agrees, code 00"
    other = replace(same, detail={**said, "code": "00", "revision": "R02L03"})
    lines = read_words.steps(folded([begun, other]), 2.0)
    assert lines[3].detail == "machine agrees, R02L03, code 00"


@pytest.mark.parametrize(
    ("name", "short", "since"),
    [
        ("Value of All Paid Vends Since Initialisation", "Value of All Paid Vends", Since.START),
        ("Number of Vends Since Last Reset", "Number of Vends", Since.RESET),
        ("Value of Preselection Used Since Reset", "Value of Preselection Used", Since.RESET),
        ("Number of Resets since Initialization", "Number of Resets", Since.START),
        ("Value of Cash in Tubes", "Value of Cash in Tubes", None),
    ],
)
def test_names_of_totals_differ_where_they_begin(
    name: str, short: str, since: Since | None
) -> None:
    assert total_name(name) == (short, since)


def test_events_are_one_line_for_each_code_active_ones_first() -> None:
    groups = group_events((*facts.logged_events(), EventLine("X", "X", 0, 7, True, None)))
    assert [(group.code, group.active, group.logged) for group in groups] == [
        ("X", True, 0),
        ("EDB", False, 1),
        ("EGS", False, 3),
    ]
    assert groups[2].last == "2026-11-19T08:14:00"
    assert groups[2].lines == ()
    assert group_events(()) == ()


def test_an_event_says_how_often_and_when_last(read_words: ReadWords) -> None:
    read_at = datetime(2026, 11, 21, 12, tzinfo=UTC)

    def said(*events: EventLine) -> tuple[str, str]:
        text, detail = read_words.event_lines(group_events(events)[0], read_at)
        return text, detail.replace("\N{NO-BREAK SPACE}", " ")

    log = [
        EventLine("EGS", "Door is open", None, None, None, f"2026-11-{n}T08:14:00")
        for n in (16, 19)
    ]
    assert said(*log) == ("Door is open", "EGS, 2 ×, last Thu 19 Nov 08:14")
    assert said(log[0]) == ("Door is open", "EGS, Mon 16 Nov 08:14")
    counted = EventLine("EGS", "Door is open", 3, 36, False, None)
    assert said(*log, counted)[1] == "EGS, 3 × since the reset, last Thu 19 Nov 08:14"
    assert said(replace(counted, since_reset=0))[1] == "EGS, 36 × since the start"
    assert said(replace(counted, since_reset=0, since_init=0))[1] == "EGS, none counted"
    assert said(EventLine("DO", "DO", 1, None, None, None))[0] == "An event of the maker's own"


def test_a_time_of_a_machine_is_told_as_it_is_and_with_its_year_when_it_is_another() -> None:
    beside = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert formats.machine_time("2026-11-19T08:14:00", beside) == "Thu 19 Nov 08:14"
    assert formats.machine_time("2026-11-19", beside) == "Thu 19 Nov"
    assert formats.machine_time("2000-01-01T00:00:00", beside) == "Sat 1 Jan 2000 00:00"
    assert formats.machine_time("no clock", beside) == "no clock"


@pytest.mark.parametrize(
    ("make", "model", "both"),
    [
        ("Alder", "ALDER SNACK 48", "ALDER SNACK 48"),
        ("Alder", "Alder", "Alder"),
        ("Alder", "Snack 48", "Alder Snack 48"),
        ("Al", "Alder 4", "Al Alder 4"),
        ("Alder", "", "Alder"),
        ("", "Snack 48", "Snack 48"),
    ],
)
def test_the_make_is_not_told_twice(make: str, model: str, both: str) -> None:
    assert formats.make_and_model(make, model) == both


def test_rate_and_time_left_come_from_the_transfer_alone() -> None:
    progress = folded(facts.steps())
    assert progress.line_limit == 960
    assert progress.achieved(8.3) == pytest.approx(4131 / 5.3)
    assert progress.seconds_left(8.3) == pytest.approx(9 * 5.3 / 17)


def test_nothing_is_forecast_where_nothing_is_known() -> None:
    progress = folded([replace(step, blocks_last_time=None) for step in facts.steps()])
    assert progress.seconds_left(8.3) is None
    assert ReadProgress().achieved(1.0) is None


def test_speed_that_the_protocol_agreed_counts() -> None:
    progress = folded([ReadStep("port", 0, 0, 0, 0.0, None, {"baud_rate": 19200})])
    assert progress.line_limit == 1920


def test_a_handshake_that_is_tried_again_is_shown_once(read_words: ReadWords) -> None:
    again = [
        ReadStep("answer", 0, 0, 0, 0.0, None),
        ReadStep("handshake_1", 0, 0, 0, 1.0, None),
        ReadStep("answer", 0, 0, 1, 2.0, None, {"tries": 2}),
    ]
    lines = read_words.steps(folded(again), 2.5)
    assert [line.phase for line in lines] == list(Phase)
    assert lines[1].state is StepState.NOW
    assert lines[1].detail == "asked 2 times"


def test_orders_of_the_table() -> None:
    lines = facts.selections(20)
    assert [line.slot for line in by_slot(reversed(lines))][:3] == ["A1", "A2", "A3"]
    assert by_slot(lines)[-1].slot is None
    sold = [line.sold for line in by_sales(lines)]
    known = [n for n in sold if n is not None]
    assert known == sorted(known, reverse=True)
    assert sold[len(known) :] == [None] * (len(sold) - len(known))
    two = [replace(lines[0], slot="A10"), replace(lines[0], slot="A2")]
    assert [line.slot for line in by_slot(two)] == ["A2", "A10"]


def test_totals_say_how_many_selections_are_not_known() -> None:
    lines = facts.selections(48)
    totals = sold_totals(lines)
    assert totals.units == sum(line.sold or 0 for line in lines)
    assert totals.unknown == 2
    assert totals.value_known


def test_what_began_anew_has_no_value_whatever_its_money_says() -> None:
    line = replace(facts.selections(3)[0], sold=None, value=500, kind=DeltaKind.RESTARTED)
    assert known_value(line) is None
    assert not sold_totals([line]).value_known
    counts_money_only = replace(line, kind=DeltaKind.UNKNOWN)
    assert known_value(counts_money_only) == 500


def test_a_port_is_chosen_by_itself_only_when_it_is_the_only_likely_one() -> None:
    usb, other = facts.port(), facts.port("/dev/ttyS0", likely=False)
    assert likely_port([other, usb]) == usb
    assert likely_port([usb, facts.port("/dev/ttyUSB1")]) is None
    assert likely_port([other]) is None


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"mapping": Answer(State.OK, "mapping.ok")}, "Read is good"),
        ({}, "Read is good, 1 thing for the office"),
        (
            {"plausibility": Answer(State.WARNING, "x", Actor.OFFICE)},
            "Read is good, 2 things for the office",
        ),
        (
            {"plausibility": Answer(State.WARNING, "x", Actor.TECHNICIAN)},
            "Read is good, 2 things to do",
        ),
        (
            {
                "mapping": Answer(State.OK, "x"),
                "integrity": Answer(State.FAILED, "x", Actor.TECHNICIAN),
            },
            "Read is here, but its check is wrong, 1 thing for a technician",
        ),
        (
            {"mapping": Answer(State.OK, "x"), "transfer": Answer(State.FAILED, "x", Actor.DRIVER)},
            "Read is not whole, what arrived is kept, 1 thing for you",
        ),
    ],
)
def test_title_is_the_sentence_for_a_person(
    read_words: ReadWords, changes: dict[str, Answer], title: str
) -> None:
    assert read_words.title(facts.detail(verdict=facts.verdict(**changes))) == title


def test_verdict_has_always_five_rows_in_the_same_order(read_words: ReadWords) -> None:
    rows = read_words.verdict_rows(facts.detail())
    assert [row.word for row in rows] == [
        "Link", "Transfer", "Integrity", "Mapping", "Plausibility",
    ]  # fmt: skip
    assert rows[3].who == "Open, the office acts"
    assert rows[0].who == "Right, nobody acts"
