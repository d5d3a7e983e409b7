"""A short run of `make fuzz` with a fixed seed, and that it would notice what it looks for."""

import pytest

from cvd_shared.dex.dex_text import read_dex
from tests.fuzz.__main__ import run_one
from tests.fuzz.fuzz_target import assert_every_line_is_told
from tests.fuzz.report_mutations import mutated, seeds
from tests.support.dex_reports import example

SEED, RUNS = 20_261_121, 2_000


def test_damaged_reports() -> None:
    failures = [run_one(*mutated(SEED, index)) for index in range(RUNS)]
    assert [failure.told for failure in failures if failure is not None] == []


def test_an_input_depends_on_its_number_alone() -> None:
    assert mutated(SEED, 7) == mutated(SEED, 7)
    assert mutated(SEED, 7) != mutated(SEED, 8)


def test_undamaged_reports() -> None:
    for data in seeds():
        assert run_one(data, data) is None


def test_a_lost_line_is_noticed() -> None:
    file = read_dex(example())
    with pytest.raises(AssertionError):
        assert_every_line_is_told(example() + b"lost", file)
