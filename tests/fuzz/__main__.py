"""`make fuzz`: damaged reports in their hundreds of thousands, on all cores.

python -m tests.fuzz --runs 1000000 --seed 1     the same inputs for the same seed
python -m tests.fuzz build/fuzz/NAME             one input again, as it failed
"""

import argparse
import hashlib
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from tests.fuzz.fuzz_target import check
from tests.fuzz.report_mutations import mutated

FOLDER = Path("build/fuzz")
_CHUNK = 500  # inputs that a core takes at once
_LONGEST = 20  # seconds for one input: more is a hang
_MOST_FAILURES = 10


class Failure(NamedTuple):
    place: str  # the exception and the line that raised it: one bug, one place
    told: str
    data: bytes
    origin: bytes


def run_one(data: bytes, origin: bytes) -> Failure | None:
    """None when all is well."""
    try:
        check(data, origin)
    except Exception as error:  # noqa: BLE001 - any of them is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
        return Failure(place, traceback.format_exc(), data, origin)
    return None


def _chunk(work: tuple[int, int, int]) -> tuple[int, list[Failure]]:
    seed, start, end = work
    failures = []
    for index in range(start, end):
        _alarm(_LONGEST)
        failure = run_one(*mutated(seed, index))
        if failure is not None:
            failures.append(failure)
    _alarm(0)
    return end - start, failures


def _alarm(seconds: int) -> None:
    if hasattr(signal, "alarm"):  # not on Windows
        signal.signal(signal.SIGALRM, _too_long)
        signal.alarm(seconds)


def _too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"one input takes longer than {_LONGEST} s")


def fuzz(runs: int, seed: int) -> dict[str, Failure]:
    """The first failure of each place."""
    found: dict[str, Failure] = {}
    started = shown = time.monotonic()
    done = 0
    with multiprocessing.Pool() as pool:
        for count, failures in pool.imap_unordered(_chunk, _work(runs, seed)):
            done += count
            for failure in failures:
                if found.setdefault(failure.place, failure) is failure:
                    _tell(failure)
            now = time.monotonic()
            if now - shown > 10 or done == runs:
                shown = now
                print(f"{done:,} of {runs:,} inputs, {done / (now - started):,.0f}/s", flush=True)
            if len(found) >= _MOST_FAILURES:
                break
    return found


def _work(runs: int, seed: int) -> Iterator[tuple[int, int, int]]:
    for start in range(0, runs, _CHUNK):
        yield seed, start, min(start + _CHUNK, runs)


def _tell(failure: Failure) -> None:
    """Store the input and say how to run it again."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / hashlib.sha256(failure.data).hexdigest()[:12]
    file.write_bytes(failure.data)
    _origin_of(file).write_bytes(failure.origin)
    print(f"{failure.told}\nagain: .venv/bin/python -m tests.fuzz {file}", flush=True)


def _origin_of(file: Path) -> Path:
    return file.with_suffix(".origin")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="a stored input to run again")
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    wanted = parser.parse_args()
    if wanted.file is not None:
        check(wanted.file.read_bytes(), _origin_of(wanted.file).read_bytes())
        print("nothing wrong with it")
        return 0
    print(f"seed {wanted.seed}", flush=True)
    found = fuzz(wanted.runs, wanted.seed)
    print(f"{len(found)} places fail" if found else "clean", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
