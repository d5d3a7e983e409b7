"""One seed is one history: its steps, what happened, and the shortest one that fails alike."""

import gc
import logging
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.chance import Chance
from tests.simulation.cheap_server import cheap_server
from tests.simulation.crashes import Crash
from tests.simulation.hunt import TooLong
from tests.simulation.invariants import Violation
from tests.simulation.office_steps import know_events
from tests.simulation.quick_sql import quick_sql
from tests.simulation.steps import STEPS
from tests.simulation.world import Stage, World, stage

STEPS_EACH = 60
_SHRINK_SECONDS = 60.0
_GARBAGE_EVERY = 32  # histories


@dataclass(frozen=True)
class Failure:
    """`name` is the invariant, or the exception and its place; `steps` fail alike when repeated."""

    seed: int
    name: str
    told: str
    steps: list[tuple[int, str]]
    trace: list[str]

    def __str__(self) -> str:
        steps = " > ".join(name for _, name in self.steps)
        return f"seed {self.seed}: {self.name}\n  {self.told}\n  after: {steps}"


@dataclass(frozen=True)
class Played:
    seed: int
    happened: Counter[str]
    trace: list[str]
    failure: Failure | None


@contextmanager
def open_stage(cluster: str | None = None) -> Iterator[Stage]:
    """On memory where the system has a folder for that. `cluster` is a PostgreSQL, else SQLite."""
    memory = Path("/dev/shm")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(
            TemporaryDirectory(prefix="cvd-sim-", dir=memory if memory.is_dir() else None)
        ))  # fmt: skip
        server = stack.enter_context(cheap_server(folder, cluster))
        # Copied files use secrets twice and repairs are told: the checks say what is wrong.
        before = logging.root.manager.disable
        stack.callback(logging.disable, before)
        logging.disable(logging.CRITICAL)
        made = stack.enter_context(stage(server, folder))
        stack.enter_context(quick_sql())
        gc.collect()
        gc.freeze()  # what is there now stays: looking for garbage in it takes a fifth of the time
        gc.disable()  # `play` looks for it, between two histories
        stack.callback(gc.unfreeze)
        stack.callback(gc.enable)
        yield made


def steps_of(seed: int, count: int = STEPS_EACH) -> list[tuple[int, str]]:
    """The numbered steps of a history."""
    names, weights = list(STEPS), [weight for weight, _ in STEPS.values()]
    return list(enumerate(Chance(~seed).choices(names, weights, k=count)))


def play(on: Stage, seed: int, steps: Sequence[tuple[int, str]] | None = None) -> Played:
    """A history from its beginning until both sides are even, or until an invariant breaks."""
    chosen = list(steps_of(seed) if steps is None else steps)
    with on.world(seed) as world:
        try:
            _play(world, chosen)
        except (Exception, Crash, TooLong) as error:  # noqa: BLE001 - any of them is what is looked for
            failure = Failure(seed, _name_of(error), _told(error), chosen, world.trace)
            return Played(seed, world.happened, world.trace, failure)
        finally:
            know_events(newest=True)
            if seed % _GARBAGE_EVERY == 0:
                gc.collect()
        return Played(seed, world.happened, world.trace, None)


def _play(world: World, steps: Sequence[tuple[int, str]]) -> None:
    assert isinstance(world.chance, Chance)
    for number, name in steps:
        world.chance.begin_step(number)
        world.say(f"{number}. {name}")
        world.happened[f"step: {name}"] += 1
        STEPS[name][1](world)
        world.check()
    world.chance.begin_step(-1)
    know_events(newest=True)
    world.settle()


def shrunk(on: Stage, failure: Failure) -> Failure:
    """Fewer steps that fail in the same way: pieces are left out as long as it still fails."""
    best, size = failure, max(1, len(failure.steps) // 2)
    end = time.monotonic() + _SHRINK_SECONDS
    while size and time.monotonic() < end:
        start = 0
        while start < len(best.steps) and time.monotonic() < end:
            fewer = best.steps[:start] + best.steps[start + size :]
            found = play(on, failure.seed, fewer).failure
            if found is not None and found.name == failure.name:
                best = found
            else:
                start += size
        size //= 2
    return best


def _name_of(error: BaseException) -> str:
    if isinstance(error, Violation):
        return error.name
    if isinstance(error, TooLong):
        return "24 bounded (no end)"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"


def _told(error: BaseException) -> str:
    if isinstance(error, Violation):
        return str(error)[:2000]
    return "".join(traceback.format_exception(error))[-3000:]
