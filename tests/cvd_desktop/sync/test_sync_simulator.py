"""Weighted histories of everything that can go wrong: nothing lost, nothing twice, both even."""

import os
import random
from pathlib import Path

import pytest

from tests.support.sync_simulator import NARROW, History
from tests.support.sync_world import sync_world

SEEDS = range(int(os.environ.get("CVD_SIM_FROM", "0")), int(os.environ.get("CVD_SIM_TO", "6")))
STEPS = int(os.environ.get("CVD_SIM_STEPS", "120"))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_dies_in_between_nothing_is_lost_or_doubled(
    tmp_path: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    with sync_world(tmp_path, seed, narrow=NARROW if seed % 2 else None) as world:
        history = History(world, random.Random(seed))
        try:
            history.run(STEPS)
        except BaseException:
            print(f"seed {seed}: {' > '.join(history.trace)}")
            raise
        finally:
            print(dict(history.happened))
    caplog.clear()  # the server warns of secrets that a restored laptop uses again
