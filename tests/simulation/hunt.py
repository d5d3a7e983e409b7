"""`make mutants`: every mutant is hunted until an invariant notices it, at most 1,000 histories."""

import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import FrameType

from tests.simulation.mutants import MUTANTS
from tests.simulation.source_mutation import MutantError, mutate_sources, places_of

MOST_SEEDS = 1000
LONGEST = 20  # seconds of a processor for one history: more is a loop without progress


@dataclass(frozen=True)
class Caught:
    """`seed` None: it survived. `by` is the invariant that noticed it."""

    mutant: str
    seed: int | None
    by: str

    def __str__(self) -> str:
        where = "SURVIVED" if self.seed is None else f"seed {self.seed}"
        return f"{self.mutant:<55} {where:>9}  {self.by}"


def hunt(names: Sequence[str], *, jobs: int, seeds: int = MOST_SEEDS) -> Iterator[Caught]:
    """As they are caught. Raises MutantError at once when a text is not found any more."""
    for name in names:
        places_of(MUTANTS[name])
    work = [(name, seeds) for name in names]
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs, maxtasksperchild=1) as pool:  # a mutant needs a program of its own
        yield from pool.imap_unordered(_hunt_one, work)


def _hunt_one(work: tuple[str, int]) -> Caught:
    name, seeds = work
    mutate_sources(name)
    from tests.simulation.history import open_stage, play  # the mutant has to be there first

    try:
        with open_stage() as stage:
            for seed in range(seeds):
                with limited():
                    failure = play(stage, seed).failure
                if failure is not None:
                    return Caught(name, seed, failure.name)
    except MutantError:
        raise
    except Exception as error:  # noqa: BLE001 - a program that does not even start was noticed
        return Caught(name, 0, f"does not start: {type(error).__name__}: {error}"[:100])
    return Caught(name, None, "")


class TooLong(BaseException):
    """24: a history without an end. No handler of the programs may take it for theirs."""


class limited:  # noqa: N801 - reads as a word
    """A history that takes too long fails; the time of others on this computer does not count."""

    def __enter__(self) -> None:
        if hasattr(signal, "setitimer"):  # not on Windows
            signal.signal(signal.SIGPROF, _too_long)
            signal.setitimer(signal.ITIMER_PROF, LONGEST)

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong(f"24 bounded: one history takes longer than {LONGEST} s")
