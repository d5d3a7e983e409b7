"""From the last byte of a read to its verdict on the screen: judged, stored, queued, painted.

The real program without a display, beside a virtual machine that is a program of its own.
"""

import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvd_desktop.app.application import Application

_READS = 5
MODEL = "snack"


def run() -> tuple[float, float]:
    """Milliseconds: (median of reads, the same without the screen: judged, stored and queued)."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "CVD_PASSPHRASE": secrets.token_hex(16),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.verdict_time"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    shown, settled = told.split()[-2:]
    return float(shown), float(settled)


def main() -> None:
    from cvd_desktop.app.pictures import settle
    from cvd_desktop.app.start import start
    from cvd_desktop.demo import sample_machine

    with tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder:
        laptop = Path(folder) / "laptop"
        with sample_machine(MODEL, laptop):
            application = start(laptop)
            try:
                settle(application)
                times = [_read(application) for _ in range(_READS)]
            finally:
                application.close()
    print(*(statistics.median(column) for column in zip(*times, strict=True)))


def _read(application: "Application") -> tuple[float, float]:
    from benchmarks.gui_block import until

    read = application.read
    service: Any = application.workings.services.read_machine
    at = {"heard": 0.0, "settled": 0.0}

    def on_bytes(_seconds: float, _sender: str, _data: bytes) -> None:
        at["heard"] = time.perf_counter()

    def timed(*arguments: Any, **more: Any) -> Any:
        outcome = service(*arguments, **more, on_bytes=on_bytes)
        at["settled"] = time.perf_counter()
        return outcome

    object.__setattr__(read._services, "read_machine", timed)
    application.window.open_screen("read")
    until(lambda: read.ready.port() is not None)
    read.do.start.trigger()
    until(lambda: not read.reading and read.primary() is read.next_action)
    application.window.repaint()
    shown = time.perf_counter()
    object.__setattr__(read._services, "read_machine", service)
    read.next_machine()
    return (shown - at["heard"]) * 1000, (at["settled"] - at["heard"]) * 1000


if __name__ == "__main__":
    main()
