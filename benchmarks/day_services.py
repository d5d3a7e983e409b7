"""How long the services of a driver's day take on a laptop full of work (day_data.py).

`python -m benchmarks.day_services NAME` prints two figures in ms: as it is asked again and again,
and as it is asked for the first time. pick_list.py, stop_open.py and machine_search.py run it.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks.day_data import day_folder, open_environment

_ROUNDS = 15
_TYPED = ("1", "10", "100", "1000", "10001", "w", "wo", "works can", "elsewhere 99", "snack 27")


def run(name: str) -> tuple[float, float]:
    """Milliseconds: (asked again, asked for the first time), in a process of its own."""
    open_environment()
    day_folder()
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.day_services", name],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    again, first = told.split()[-2:]
    return float(again), float(first)


def main(name: str) -> None:
    from cvd_desktop.services.load_truck import load_view
    from cvd_desktop.services.machines import find_machines
    from cvd_desktop.services.stop import stop_detail
    from cvd_desktop.services.workplace import open_workplace

    workplace = open_workplace(day_folder())
    try:
        if name == "pick_list":
            print(*_timed([lambda: load_view(workplace)]))
        elif name == "stop":
            stops = [f"stop-{number}" for number in range(0, 40, 7)]
            print(*_timed([_asking(stop_detail, workplace, "run-1", stop) for stop in stops]))
        else:
            print(*_timed([_asking(find_machines, workplace, text) for text in _TYPED]))
    finally:
        workplace.close()


def _asking(service: Callable[..., object], workplace: object, *args: str) -> Callable[[], object]:
    if len(args) == 1:
        return lambda: service(workplace, args[0], limit=200)
    return lambda: service(workplace, run_id=args[0], stop_id=args[1])


def _timed(calls: list[Callable[[], object]]) -> tuple[float, float]:
    """The slowest of the calls, each by its median; and the very first call."""
    first = _ms(calls[0])
    again = [statistics.median(_ms(call) for _ in range(_ROUNDS)) for call in calls]
    return max(again), first


def _ms(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main(sys.argv[1])
