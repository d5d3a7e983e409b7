"""What the Read screen works out: steps folded, rates, price audit, order, lines that prove."""

from dataclasses import replace

import pytest

from cvd_desktop.domain.records import ReadStep
from cvd_desktop.link.outputs import Phase
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import (
    Priced,
    ReadProgress,
    advance,
    by_sales,
    by_slot,
    element_lines,
    event_lines,
    likely_port,
    price_audit,
    priced,
    question_lines,
    selection_lines,
    sold_totals,
)
from cvd_desktop.ui.read_words import ReadWords, StepState
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
    progress = folded([ReadStep("port", 0, 0, 0, 0.0, None, {"baud": 19200})])
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


def test_price_audit_counts_every_selection_once() -> None:
    lines = facts.selections(48)
    audit = price_audit(lines)
    assert (audit.match, len(audit.differ), audit.missing, audit.new) == (45, 2, 1, 1)
    assert audit.possible
    unmapped = [replace(line, slot=None) for line in lines]
    assert not price_audit(unmapped).possible
    assert priced(replace(lines[0], planned_price=None)) is Priced.UNKNOWN


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


def test_lines_that_prove_a_figure() -> None:
    segments = facts.detail().segments
    text = dict(segments)
    assert [text[n] for n in element_lines(segments, "VA101")] == ["VA1*1296340*9120*29640*193*0*0"]
    assert [text[n][:6] for n in selection_lines(segments, "24")] == ["PA1*24", "PA2*14"]
    assert [text[n] for n in event_lines(segments, "EGS")] == ["EA2*EGS*1*36*1"]
    assert [text[n].split("*")[0] for n in question_lines(segments, "integrity")] == ["G85", "SE"]
    assert question_lines(segments, "link") == ()
    assert selection_lines(segments, "no such") == ()


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
