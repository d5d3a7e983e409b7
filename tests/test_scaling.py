"""docs/scaling.md says what the model of a fleet says."""

import re
from pathlib import Path

from benchmarks.fleet_model import Fleet, Measured, day, in_document

DOCUMENT = Path(__file__).parents[1] / "docs" / "scaling.md"


def test_the_tables_of_the_document_are_those_of_the_program() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert in_document(text, Measured()) == text, "python -m benchmarks.fleet_model --write"


def test_a_day_is_the_same_day_again_and_every_event_is_served() -> None:
    fleet = Fleet(500)
    seconds = list(day(fleet, Measured(), cores=2))
    assert seconds == list(day(fleet, Measured(), cores=2))
    assert abs(sum(each.events for each in seconds) - fleet.events) < 0.02 * fleet.events
    assert max(each.busy for each in seconds) <= 2
    assert seconds[-1].waiting == 0


def test_too_few_cores_make_laptops_wait() -> None:
    fleet = Fleet(20_000)
    few = max(each.waiting for each in day(fleet, Measured(), cores=1))
    many = max(each.waiting for each in day(fleet, Measured(), cores=16))
    assert few > 60 > 1 > many


def test_the_document_names_programs_that_there_are() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    from benchmarks.__main__ import BENCHMARKS

    named = set(re.findall(r"make bench ONLY=(\w+)", text))
    assert named
    assert named <= {benchmark.name for benchmark in BENCHMARKS}
