"""The simulator bites: a few faults of the protocol are noticed. `make mutants` hunts all."""

import pytest

from tests.simulation.hunt import hunt
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.source_mutation import MutantError, places_of

QUICK = {
    "acked before the answer": "5 ack means durable",
    "a tombstone is ignored": "10 no repairs",
    "new numbers in another order": "3 order (as recorded)",
}
FEW = 40  # histories


def test_faults_of_the_protocol_are_noticed() -> None:
    caught = {each.mutant: each for each in hunt(list(QUICK), jobs=2, seeds=FEW)}
    assert caught.keys() == QUICK.keys()
    for name, each in caught.items():
        assert each.seed is not None, f"{name} survived"
        assert not each.by.startswith("does not start"), each


@pytest.mark.parametrize("name", MUTANTS)
def test_what_a_mutant_replaces_is_there_once(name: str) -> None:
    assert all(path.suffix == ".py" for path, _ in places_of(MUTANTS[name]))


def test_a_mutant_whose_text_is_gone_says_so() -> None:
    with pytest.raises(MutantError, match="not once"):
        places_of(Mutant("x", "a text that no source " + "of ours has", ""))
