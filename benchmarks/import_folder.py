"""The longest time the window does not answer while a folder of reports is imported behind it.

Thousands of reports of virtual machines, as they lie about: in folders, in zips, many in one file,
some twice, some with other line ends, and things that are no reports. The real program in a process
of its own, without a display, on its import screen.
`python -m benchmarks.import_folder [MEGABYTES]` prints the figures of one run.
"""

import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvd_desktop.app.application import Application

MEGABYTES = 100  # of the goal; a run of `make bench` takes less, with the same longest block
_USUAL_MEGABYTES = 6
_RUNS = 3
_REST_MS = 2_000
_FIRST_DAY = datetime(2026, 1, 5, 6, tzinfo=UTC)
_MACHINES = 40
_MILLION = 1_000_000


def run() -> tuple[float, float]:
    """Milliseconds: (longest block while it imports, longest block of the same window at rest).

    Medians of three processes: one block of a computer that others use too says nothing.
    """
    with tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder:
        source = Path(folder) / "reports"
        write_folder(source, _USUAL_MEGABYTES * _MILLION)
        runs = [_once(source) for _ in range(_RUNS)]
    return statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)


def _once(source: Path) -> tuple[float, float]:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "CVD_PASSPHRASE": secrets.token_hex(16),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_folder", "--in", str(source)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    working, resting = told.splitlines()[-1].split()
    return float(working), float(resting)


# --- the folder ---------------------------------------------------------------------------------


def write_folder(folder: Path, size: int) -> None:
    """Files of about `size` bytes altogether, the same ones every time."""
    chance = random.Random(6)  # noqa: S311 - figures, not secrets
    written, file_number = 0, 0
    reports = _reports()
    while written < size:
        file_number += 1
        kind = chance.random()
        count = 1 if kind < 0.9 else chance.randint(10, 60)
        found = [next(reports) for _ in range(count)]
        place = folder / f"route {file_number % 12:02}"
        place.mkdir(parents=True, exist_ok=True)
        name, data = found[0]
        if kind < 0.80:
            data = data if kind < 0.60 else data.replace(b"\r\n", b"\n")
            _write(place / f"{name}.dex", data)
        elif kind < 0.84:  # a copy with another wrapper
            _write(place / f"{name}.dex", data)
            _write(place / f"{name} (1).daa", b"<000|copy|>" + data + b"<AAAA|BBBB>")
            written += len(data)
        elif kind < 0.90:
            data = chance.randbytes(len(data)) if kind < 0.87 else b"Notes of the driver.\r\n" * 300
            _write(place / f"{file_number}.bin", data)
        elif kind < 0.95:
            data = b"".join(each for _, each in found)
            _write(place / f"{name} and more.txt", data)
        else:
            with zipfile.ZipFile(place / f"{file_number}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
                for each, content in found:
                    packed.writestr(f"{each}.dex", content)
            data = b"".join(each for _, each in found)
        written += len(data)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _reports() -> Iterator[tuple[str, bytes]]:
    """Name and report of one machine after the other, day by day."""
    from cvd_shared.ready_machine import ready_machine
    from cvd_shared.vending_profiles import MODELS

    models = tuple(MODELS)
    machines = [
        ready_machine(
            models[number % len(models)],
            _FIRST_DAY,
            serial_number=f"2026{number:04}",
            asset_number=f"9{number:04}",
        )
        for number in range(_MACHINES)
    ]
    at = _FIRST_DAY
    while True:
        at += timedelta(hours=5)
        for number, machine in enumerate(machines):
            machine.fill_up()
            for selection in list(machine.slots)[:6]:
                machine.sell_card(selection, at)
            yield f"{at:%Y%m%d_%H%M}_9{number:04}", machine.report(at, "CVD0000001")
            machine.read_finished(at, "CVD0000001")


# --- the measurement ----------------------------------------------------------------------------


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--in"]:
        _measure(Path(arguments[1]))
        return
    megabytes = int(arguments[0]) if arguments else MEGABYTES
    with tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder:
        source = Path(folder) / "reports"
        write_folder(source, megabytes * _MILLION)
        block, resting = _once(source)
    print(f"longest block {block:.1f} ms, at rest {resting:.1f} ms")


def _measure(source: Path) -> None:
    from cvd_desktop.app.pictures import settle
    from cvd_desktop.app.start import start

    with tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder:
        laptop = Path(folder) / "laptop"
        application = start(laptop)
        try:
            settle(application)
            figures = _import(application, source)
        finally:
            application.close()
        bugs = list((laptop / "crashes").glob("*.txt"))
        if bugs:
            raise RuntimeError(bugs[0].read_text(encoding="utf-8"))
        print(*figures)


def _import(application: "Application", source: Path) -> tuple[float, float]:
    """As a person does it: on the screen for it, with its progress and its summary."""
    from PySide6.QtCore import QEventLoop, QTimer

    from cvd_desktop.app.pictures import settle
    from cvd_desktop.ui.lag_probe import LagProbe
    from cvd_desktop.ui.screens.import_screen import ImportScreen

    loop = QEventLoop()
    probe = LagProbe()
    application.window.open_screen("import")
    settle(application)
    screen = application.window.screen_named("import")
    assert isinstance(screen, ImportScreen)
    probe.start()
    QTimer.singleShot(_REST_MS, loop.quit)
    loop.exec()
    probe.stop()
    resting = probe.longest_ms

    watch = QTimer(interval=20)
    watch.timeout.connect(lambda: None if application.background.busy else loop.quit())
    began = time.perf_counter()
    probe.start()
    screen.import_paths([source])
    watch.start()
    loop.exec()
    seconds = time.perf_counter() - began
    settle(application)  # with what every screen shows of it
    probe.stop()
    reads = len(application.workings.services.all_reads())
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    if not reads:
        raise RuntimeError("the folder was not imported")
    print(
        f"{size / _MILLION:.1f} MB on disk, {reads} reads in {seconds:.1f} s:"
        f" {reads / seconds:.0f} reads/s, {size / _MILLION / seconds:.2f} MB/s;"
        f" lag p99 {probe.percentile_ms(99):.1f} ms",
        file=sys.stderr,
    )
    return probe.longest_ms, resting


if __name__ == "__main__":
    main(sys.argv[1:])
