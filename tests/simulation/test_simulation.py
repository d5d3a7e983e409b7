"""A few histories on both databases; `make simulate` plays them in their ten thousands."""

import os
from collections.abc import Iterator

import pytest

from tests.simulation.history import open_stage, play, steps_of
from tests.simulation.steps import STEPS
from tests.simulation.world import Stage
from tests.support.postgres import postgres_cluster

HISTORIES = int(os.environ.get("CVD_SIM_HISTORIES", "2"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def on(request: pytest.FixtureRequest) -> Iterator[Stage]:
    if request.param == "sqlite":
        with open_stage() as stage:
            yield stage
    else:
        with postgres_cluster() as cluster, open_stage(cluster) as stage:
            yield stage


def test_whatever_dies_in_between_nothing_is_lost_or_doubled(on: Stage) -> None:
    first = 0 if on.server.kind == "sqlite" else 1000
    for seed in range(first, first + HISTORIES):
        assert play(on, seed).failure is None


def test_the_same_seed_is_the_same_history(on: Stage) -> None:
    one, two = play(on, 5, steps_of(5, 20)), play(on, 5, steps_of(5, 20))
    assert one.failure is None
    assert one.trace == two.trace
    assert one.happened == two.happened
    assert one.trace != play(on, 6, steps_of(6, 20)).trace


def test_every_step_is_taken() -> None:
    taken = {name for seed in range(20) for _, name in steps_of(seed)}
    assert taken == set(STEPS)
