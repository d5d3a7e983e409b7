"""Plays many histories in processes of their own, and sums up what happened in them."""

import multiprocessing
import multiprocessing.util
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.hunt import limited
from tests.simulation.source_mutation import mutate_sources

_CHUNK = 20  # histories that a process takes at once
_LINE_EVERY = 1000
_MOST_FAILURES = 5
VERDICTS = {
    "lost": "1 ", "doubled": "2 ", "missed": "7 ", "diverged": "10 conv", "repairs": "10 no rep",
    "files": "18 ",
}  # fmt: skip


@dataclass
class Sum:
    histories: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    failures: list[Any] = field(default_factory=list)  # of history.Failure


class _Worker:
    """What one process keeps between its histories."""

    stage: Any = None

    @classmethod
    def begin(cls, cluster: str | None, mutant: str | None) -> None:
        if mutant is not None:
            mutate_sources(mutant)
        from tests.simulation.history import open_stage  # the mutant has to be there first

        opened = open_stage(cluster)
        cls.stage = opened.__enter__()  # until the process ends
        multiprocessing.util.Finalize(None, opened.__exit__, (None, None, None), exitpriority=10)

    @classmethod
    def play(cls, seeds: range) -> tuple[int, Counter[str], list[Any]]:
        from tests.simulation.history import play, shrunk

        happened: Counter[str] = Counter()
        for number, seed in enumerate(seeds, start=1):
            with limited():
                played = play(cls.stage, seed)
            happened += played.happened
            if played.failure is not None:
                return number, happened, [shrunk(cls.stage, played.failure)]
        return len(seeds), happened, []


def simulate(
    seeds: range, *, cluster: str | None = None, jobs: int = 1, mutant: str | None = None,
    quiet: bool = False,
) -> Sum:  # fmt: skip
    """Plays the histories; stops after a few failures."""
    total, began = Sum(), time.monotonic()
    chunks = [seeds[at : at + _CHUNK] for at in range(0, len(seeds), _CHUNK)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(jobs, _Worker.begin, (cluster, mutant)) as pool:
        for count, happened, failures in pool.imap_unordered(_Worker.play, chunks):
            before = total.histories
            total.histories += count
            total.happened += happened
            total.failures += failures
            for failure in failures if not quiet else ():
                print(f"{failure}\n  again: python -m tests.simulation --seed {failure.seed} -v")
            last = total.histories == len(seeds)
            if not quiet and (last or before // _LINE_EVERY != total.histories // _LINE_EVERY):
                rate = total.histories / (time.monotonic() - began)
                print(f"{total.histories:,} of {len(seeds):,} histories, {rate:.1f}/s", flush=True)
            if len(total.failures) >= _MOST_FAILURES:
                break
    return total


def tell(total: Sum, seconds: float) -> None:
    """The summary. What is not zero among the last five is a failure, and was told above."""
    happened = total.happened
    steps = sum(count for name, count in happened.items() if name.startswith("step: "))
    print(
        f"{total.histories:,} histories, {steps:,} steps, {happened['events']:,} events in "
        f"{seconds:,.0f} s ({total.histories / max(seconds, 0.001):.2f} histories/s)"
    )
    for name, count in sorted(happened.items()):
        if name != "events" and not name.startswith("step: "):
            print(f"  {name}: {count:,}")
    names = [failure.name for failure in total.failures]
    for word, start in VERDICTS.items():
        print(f"{word} {sum(name.startswith(start) for name in names)}", end=", ")
    print(f"failures in all {len(total.failures)}")


@contextmanager
def database(kind: str) -> Iterator[str | None]:
    """The URL of a PostgreSQL cluster, None for SQLite."""
    if kind == "sqlite":
        yield None
        return
    from tests.support.postgres import postgres_cluster

    with postgres_cluster() as url:
        yield url
