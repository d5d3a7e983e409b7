"""Which lines of a raw file prove a figure: the file is the authority, a proof never guesses."""

from cvd_desktop.ui.read_proof import FileLines
from tests.support import read_facts as facts

SEGMENTS = facts.detail().segments
TEXT = dict(SEGMENTS)


def told(lines: tuple[int, ...]) -> list[str]:
    return [TEXT[line] for line in lines]


def test_a_total_is_in_the_first_segment_that_has_its_element() -> None:
    assert told(FileLines(SEGMENTS).of_elements(["VA101"])) == ["VA1*1296340*9120*29640*193*0*0"]
    assert FileLines(SEGMENTS).of_elements(["XX901"]) == ()


def test_an_element_that_repeats_is_in_all_of_its_segments() -> None:
    lines = FileLines(SEGMENTS).of_elements(["PA201"])
    assert len(lines) == sum(text.startswith("PA2*") for text in TEXT.values())


def test_several_elements_are_in_the_order_of_the_file_and_each_line_once() -> None:
    lines = FileLines(SEGMENTS).of_elements(["CA306", "VA101", "VA102"])
    assert [text[:3] for text in told(lines)] == ["VA1", "CA3"]


def test_a_selection_has_its_own_lines_its_price_lists_and_its_payments() -> None:
    segments = (
        (1, "PA1*A1*100"),
        (2, "PA2*1*2*3*4"),
        (3, "PA7*A1*CA*0*100*1*100"),
        (4, "PA7*A2*CA*0*100*1*100"),
        (5, "PA1*A2*100"),
        (6, "PA2*1*2*3*4"),
        (7, "VA1*1*2"),
        (8, "PA2*9*9*9*9"),
        (9, "LA1*0*A1*100"),
    )
    assert FileLines(segments).of_selection("A1") == (1, 2, 3, 9)
    assert FileLines(segments).of_selection(" A2 ") == (4, 5, 6)
    assert FileLines(segments).of_selection("none") == ()


def test_a_name_that_comes_twice_is_told_apart_by_its_line() -> None:
    segments = ((1, "PA1*A1*100"), (2, "PA2*1"), (8, "PA1*A1*100"), (9, "PA2*5"))
    assert FileLines(segments).of_selection("A1") == (1, 2, 8, 9)
    assert FileLines(segments).of_selection("A1", 8) == (8, 9)


def test_an_event_is_named_by_its_lines_whatever_blanks_stand_around_it() -> None:
    lines = FileLines((*SEGMENTS, (999, "EA2* EGS *2*3")))
    assert lines.of_event("EGS")[-1] == 999
    assert told(lines.of_event("EGS")[:1]) == ["EA2*EGS*1*36*1"]


def test_each_question_but_the_link_has_its_segments() -> None:
    lines = FileLines(SEGMENTS)
    assert [text.split("*")[0] for text in told(lines.of_question("integrity"))] == ["G85", "SE"]
    assert lines.of_question("link") == ()


def test_a_file_of_rubbish_proves_nothing() -> None:
    lines = FileLines(((1, ""), (2, "***"), (3, "PA1"), (4, "EA"), (5, "\x00*\x00")))
    assert lines.of_selection("") == ()
    assert lines.of_event("EGS") == ()
    assert lines.of_elements(["", "1", "VA1xx"]) == ()
