"""`make simulate`: histories of everything that can go wrong, on all cores.

python -m tests.simulation --runs 100000 --database postgresql --jobs 8
python -m tests.simulation --seed 4711 -v        one history again, step by step
"""

import argparse
import os
import sys
import time

from tests.simulation.hunt import hunt
from tests.simulation.mutants import MUTANTS
from tests.simulation.runner import database, simulate, tell
from tests.simulation.source_mutation import mutate_sources


def replay(seed: int, cluster: str | None, *, told: bool) -> int:
    from tests.simulation.history import open_stage, play, shrunk

    with open_stage(cluster) as stage:
        played = play(stage, seed)
        if told or played.failure is not None:
            print("\n".join(played.trace))
        if played.failure is None:
            print(f"seed {seed}: nothing wrong")
            return 0
        print(played.failure)
        print(f"shortest that fails alike:\n{shrunk(stage, played.failure)}")
        return 1


def hunted(jobs: int, names: list[str]) -> int:
    survivors = 0
    for caught in hunt(names, jobs=jobs):
        print(caught, flush=True)
        survivors += caught.seed is None
    print(f"{len(names)} mutants, {survivors} survived")
    return 1 if survivors else 0


def same_hashes() -> None:
    """Sets of texts have one order in every process, else a seed would not be one history."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        again = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | {"PYTHONHASHSEED": "0"})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="this history only")
    parser.add_argument("--mutant", help="with this fault of tests/simulation/mutants.py")
    parser.add_argument("--mutants", action="store_true", help="hunt every mutant")
    parser.add_argument("-v", dest="told", action="store_true", help="tell every step")
    wanted = parser.parse_args()
    same_hashes()
    if wanted.mutants:
        return hunted(wanted.jobs, [wanted.mutant] if wanted.mutant else list(MUTANTS))
    with database(wanted.database) as cluster:
        if wanted.seed is not None:
            if wanted.mutant is not None:
                mutate_sources(wanted.mutant)
            return replay(wanted.seed, cluster, told=wanted.told)
        began = time.monotonic()
        total = simulate(
            range(wanted.first, wanted.first + wanted.runs),
            cluster=cluster, jobs=wanted.jobs, mutant=wanted.mutant,
        )  # fmt: skip
        tell(total, time.monotonic() - began)
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
