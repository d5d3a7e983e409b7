"""Eight machines read at once: is any answer of ours late?

Each machine is a program of its own; the reads share one process, one database and one disk, as in
the window. An answer is timed from the last byte that was heard to the first byte that is said.
DEX/UCS wants it between 10 and 950 ms; a DDCMP machine waits much longer for its acknowledgement
than we need. `python -m benchmarks.bank_speed` prints all figures.
"""

import os
import resource
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

MACHINES = 8
_EARLIEST_MS = 10.0  # of DEX/UCS


class Figures(NamedTuple):
    """Of one bank. Times in ms; `cpu` is the share of one core that a read took."""

    answers: int
    earliest: float
    median: float
    p999: float
    longest: float
    cpu: float


def run() -> tuple[float, float]:
    """Milliseconds of the answers of DEX/UCS: (99.9 of 100 came within, the median)."""
    figures = measure("dexucs")
    if figures.earliest < _EARLIEST_MS - 1:
        raise RuntimeError(f"an answer came after {figures.earliest:.1f} ms, too early")
    return figures.p999, figures.median


def measure(link: str, reads: int = 3, machines: int = MACHINES) -> Figures:
    """`reads` banks of machines, one after the other, in a data folder of its own."""
    os.environ["CVD_PASSPHRASE"] = secrets.token_hex(16)
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    from cvd_desktop.services.read_machine import read_machine
    from cvd_desktop.services.workplace import open_workplace

    pauses: list[float] = []
    lock = threading.Lock()
    with tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder, ExitStack() as all_machines:
        data = Path(folder)
        ports = [all_machines.enter_context(_machine(link, data, n)) for n in range(machines)]
        workplace = open_workplace(data)

        def one(port: str) -> None:
            heard = [0.0]
            mine: list[float] = []

            def on_bytes(_seconds: float, sender: str, _data: bytes) -> None:
                now = time.perf_counter()
                if sender == "M":
                    heard[0] = now
                elif heard[0]:
                    mine.append((now - heard[0]) * 1000)
                    heard[0] = 0.0

            outcome = read_machine(workplace, port, link=link, on_bytes=on_bytes)
            if outcome.problem is not None:
                raise outcome.problem
            with lock:
                pauses.extend(mine)

        began, used = time.perf_counter(), _cpu()
        for _ in range(reads):
            threads = [threading.Thread(target=one, args=(port,)) for port in ports]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        share = (_cpu() - used) / (time.perf_counter() - began) / machines
        workplace.close()
    if not pauses:
        raise RuntimeError("nothing was read")
    return _figures(pauses, share)


def _figures(pauses: list[float], share: float) -> Figures:
    ordered = sorted(pauses)
    return Figures(
        answers=len(ordered),
        earliest=ordered[0],
        median=ordered[len(ordered) // 2],
        p999=ordered[min(len(ordered) - 1, int(len(ordered) * 0.999))],
        longest=ordered[-1],
        cpu=share,
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def _machine(link: str, folder: Path, number: int) -> Iterator[str]:
    """A virtual machine in a program of its own; its port."""
    program = [sys.executable, "-m", "cvd_desktop", "vm", "run", "--link", link]
    models = ("snack", "drink")
    with subprocess.Popen(
        [*program, "--model", models[number % 2], "--data-dir", str(folder / f"vm{number}")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    for link in ("dexucs", "ddcmp"):
        print(link, measure(link))


if __name__ == "__main__":
    main()
