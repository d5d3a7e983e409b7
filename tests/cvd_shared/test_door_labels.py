"""The patterns met in the field are told from the names alone, and each name has its place."""

import string
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.door_labels import LabelPattern, detect_pattern, layout
from cvd_shared.vending_profiles import MODELS
from tests.support.corpus import corpus_files


def grid(rows: int, columns: int, form: str, step: int = 1, first: int = 1) -> list[str]:
    """`form` with {l} the row's letter, {r} its number and {c} the column."""
    return [
        form.format(l=string.ascii_uppercase[row - 1], r=row, c=first + column * step)
        for row in range(1, rows + 1)
        for column in range(columns)
    ]


def count(form: str, first: int, last: int) -> list[str]:
    return [form.format(number) for number in range(first, last + 1)]


SIX_ROWS = LabelPattern.LETTER_DIGIT, 1, 6
ONE_ROW = LabelPattern.COUNTING, 1, 1
FIELD = {
    "letters": (grid(6, 9, "{l}{c}"), *SIX_ROWS),
    "letters, rows of twelve": (grid(6, 12, "{l}{c}"), *SIX_ROWS),
    "letters in lower case": ([name.lower() for name in grid(6, 9, "{l}{c}")], *SIX_ROWS),
    "letters with a dash": (grid(6, 9, "{l}-{c}"), *SIX_ROWS),
    "letters and padded numbers": (grid(6, 12, "{l}{c:02}"), LabelPattern.LETTER_NUMBER, 1, 6),
    "letters and tens": (grid(6, 5, "{l}{c}", 2, 10), LabelPattern.LETTER_NUMBER, 1, 6),
    "row and column": (grid(6, 8, "{r}{c}"), LabelPattern.ROW_COLUMN, 1, 6),
    "row and column apart": (grid(6, 8, "{r}-{c}"), LabelPattern.ROW_COLUMN, 1, 6),
    "tens": (grid(6, 10, "{r}{c}", 1, 0), LabelPattern.TENS, 1, 6),
    "even tens": (grid(6, 5, "{r}{c}", 2, 0), LabelPattern.TENS, 1, 6),
    "even tens above, every number below": (
        grid(2, 5, "{r}{c}", 2, 0) + count("{}", 30, 38) + count("{}", 40, 47),
        LabelPattern.TENS,
        1,
        4,
    ),
    "shelves": (grid(6, 12, "{r}{c:02}"), LabelPattern.HUNDREDS, 1, 6),
    "shelves with every other place": (grid(6, 6, "{r}{c:02}", 2), LabelPattern.HUNDREDS, 1, 6),
    "counting": (count("{}", 1, 48), *ONE_ROW),
    "counting from nought": (count("{}", 0, 23), *ONE_ROW),
    "counting with text": (count("COL {}", 1, 10), *ONE_ROW),
    "counting padded": (count("{:03}", 1, 48), LabelPattern.ZERO_PADDED, 1, 1),
    "padded tens": (grid(6, 5, "0{r}{c}", 2, 0), LabelPattern.ZERO_PADDED, 1, 6),
    "padded tens and drinks from 210": (
        grid(6, 5, "0{r}{c}", 2, 0) + count("{}", 210, 218),
        LabelPattern.ZERO_PADDED,
        2,
        7,
    ),
    "cabinets by hundreds": (
        grid(6, 8, "1{r}{c}") + grid(4, 8, "2{r}{c}"),
        LabelPattern.HUNDREDS,
        2,
        10,
    ),
    "cabinets by hundreds, counted": (
        count("{}", 101, 148) + count("{}", 201, 210),
        LabelPattern.HUNDREDS,
        2,
        2,
    ),
    "cabinets by missing shelves": (
        grid(4, 6, "{r}{c:02}", 2) + count("{}", 701, 708) + count("{}", 801, 808),
        LabelPattern.HUNDREDS,
        2,
        6,
    ),
    "letters, and drinks with numbers": (
        grid(6, 8, "{l}{c}") + count("{}", 1, 10),
        LabelPattern.LETTER_DIGIT,
        2,
        7,
    ),
    "two words": (
        count("SNACK {}", 1, 30) + count("DRINK {}", 1, 8),
        LabelPattern.COUNTING,
        2,
        2,
    ),
}


@pytest.mark.parametrize("names", FIELD)
def test_patterns_of_the_field(names: str) -> None:
    found = detect_pattern(FIELD[names][0])
    assert (found.pattern, found.cabinets, found.rows) == FIELD[names][1:]
    assert found.confidence > 0.8
    assert found.examples == tuple(FIELD[names][0][:3])


@pytest.mark.parametrize("names", FIELD)
def test_places_are_in_the_order_of_the_board(names: str) -> None:
    places = layout(FIELD[names][0]).places
    assert None not in places
    assert len(set(places)) == len(places)
    assert list(places) == sorted(place for place in places if place is not None)


@pytest.mark.parametrize("model", MODELS)
def test_names_of_our_models_tell_their_grid(model: str) -> None:
    plans = MODELS[model].cabinets
    names = [name for plan in plans for _, _, name in plan.places()]
    found = detect_pattern(names)
    rows = sum(plan.rows for plan in plans)
    assert (found.cabinets, found.rows) == (len(plans), rows)
    assert found.confidence > 0.8


def test_what_real_machines_write_is_told() -> None:
    told = {}
    for file in corpus_files():
        for report in read_dex(file.read()).reports[:1]:
            selections = make_reading(report).selections
            found = detect_pattern([each.selection if each.named else "" for each in selections])
            told[file.name.split("__")[-1][:12]] = (found.pattern.value, found.rows)
    assert told["AMS_39_VCF.t"] == ("tens", 6)
    assert told["Crane_Nation"] == ("hundreds", 6)
    assert told["Test-5.dex"] == ("zero_padded", 6)
    assert told["IDS_VCM_AUD."] == ("tens", 7)
    assert told["sample.txt"] == ("tens", 4)
    assert told["Dixie_Narco_"] == told["Royal_660.tx"] == ("counting", 1)
    assert told["_N_W_BlueRed"] == ("unnamed", 1)


class TestConfidence:
    def test_few_names_prove_less(self) -> None:
        confidences = [detect_pattern(grid(6, 8, "{l}{c}")[:n]).confidence for n in (1, 3, 12, 48)]
        assert confidences == sorted(confidences)
        assert confidences[0] < 0.5 < confidences[1] < 0.9 < confidences[2]

    def test_names_left_out_make_it_less_sure(self) -> None:
        whole, gaps = count("{}", 1, 12), ["1", "2", "5", "6", "7", "8", "9", "12"]
        assert detect_pattern(gaps).confidence < detect_pattern(whole).confidence

    def test_every_number_from_ten_on_may_be_tens_or_counted(self) -> None:
        dense, even = count("{}", 10, 45), grid(4, 5, "{r}{c}", 2, 0)
        assert detect_pattern(dense).confidence < detect_pattern(even).confidence

    def test_names_without_any_pattern(self) -> None:
        found = detect_pattern(["COKE", "WATER", "CRISPS"])
        assert (found.pattern, found.confidence) == (LabelPattern.OTHER, 0)
        assert detect_pattern(["3", "77", "1520", "9", "444", "81"]).confidence < 0.5

    def test_no_names(self) -> None:
        assert detect_pattern([]).pattern is LabelPattern.OTHER
        assert detect_pattern(["", " ", ""]).pattern is LabelPattern.UNNAMED


def anything() -> Iterator[st.SearchStrategy[str]]:
    yield st.text(max_size=8)
    yield st.from_regex(r"[A-Z]{0,3}[ .-]?[0-9]{1,6}", fullmatch=True)
    yield st.integers(0, 9999).map(str)


@given(st.lists(st.one_of(*anything()), max_size=40))
def test_any_names_have_an_answer(names: list[str]) -> None:
    found = layout(names)
    assert len(found.places) == len(names)
    assert 0 <= found.detected.confidence <= 1
    assert found.detected.cabinets >= 1
    assert found.detected.rows >= 1
