"""All chance of a history comes from its seed, also what the programs draw themselves."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager


class Chance(random.Random):
    """The dice of a history. Each step has its own, so that one left out changes no other."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.of_history = seed

    def begin_step(self, number: int) -> None:
        self.seed(self.of_history * 1_000_003 + number)

    def happens(self, share: float) -> bool:
        return self.random() < share


@contextmanager
def only_from(chance: random.Random) -> Iterator[None]:
    """Inside the block uuid4, secrets and SystemRandom draw from `chance` as well."""
    system = os.urandom
    os.urandom = random._urandom = chance.randbytes  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.urandom = random._urandom = system  # type: ignore[attr-defined]
