"""Any bytes at all: never an exception, always five answers in words, in time with their size."""

import json

import pytest

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.reading_writer import write_reading
from cvd_shared.dex.report_json import document
from tests.support.corpus import corpus_files
from tests.support.counted_steps import counted_steps
from tests.support.dex_reports import example
from tests.support.monster_files import MONSTERS
from tests.support.told_bytes import QUESTIONS, tell

SMALL = 4_000
"""Bytes of a monster of which every report is told."""
LARGE = 1_000_000
"""Bytes of a monster of which the first reports are told: 70 times the longest real file."""
CUTS = 12
"""Places at which a real file is cut here; `make fuzz` cuts everywhere."""

LARGE_MONSTERS = (
    *("binary", "empty lines", "CR only", "UTF-16 BE with mark", "asterisks in a report"),
    *("one line in a report", "no line ends at all", "glued headers in a report", "headers"),
    *("segments", "unknown segments", "one selection for ever", "payments and mixed"),
)


def assert_told(data: bytes, most: int | None = None) -> None:
    told = tell(data, most)
    assert told
    for sentences in told:
        assert len(sentences) == len(QUESTIONS)
        assert all(len(sentence.split()) > 1 for sentence in sentences)


@pytest.mark.parametrize("name", MONSTERS)
class TestMonsters:
    def test_five_answers_in_words(self, name: str) -> None:
        assert_told(MONSTERS[name](SMALL))

    def test_its_facts_are_json_and_are_written_again(self, name: str) -> None:
        data = MONSTERS[name](SMALL)
        json.dumps(document(data))
        for report in read_dex(data).reports[:50]:
            again = read_dex(write_reading(make_reading(report), report)).reports
            assert len(again) == 1

    def test_twice_the_bytes_take_twice_the_steps(self, name: str) -> None:
        half, whole = MONSTERS[name](SMALL // 2), MONSTERS[name](SMALL)
        tell(half)  # tables are read once
        steps = counted_steps(lambda: tell(half))
        assert counted_steps(lambda: tell(whole)) <= 2.2 * steps + 2000


@pytest.mark.parametrize("name", LARGE_MONSTERS)
def test_in_a_size_that_no_machine_sends(name: str) -> None:
    """What is quadratic outside of Python's own steps takes longer here than a test may."""
    assert_told(MONSTERS[name](LARGE), most=3)


class TestCuts:
    """A report that is cut at every single byte, as a pulled plug or a full card leaves it."""

    def test_of_a_virtual_machine(self) -> None:
        data = example()
        for size in range(len(data) + 1):
            assert_told(data[:size])

    def test_of_real_machines(self) -> None:
        for file in corpus_files():
            data = file.read()
            for size in range(0, len(data) + 1, max(1, len(data) // CUTS)):
                assert_told(data[:size])
