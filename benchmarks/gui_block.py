"""The longest time the window does not answer while it works: sign-in, sync, a read, a search.

The real program in a process of its own, without a display; the sample server and the sample
machine are programs of their own too. `python -m benchmarks.gui_block` prints both figures.
"""

import os
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvd_desktop.app.application import Application
    from cvd_desktop.demo import SampleServer

_RUNS = 3
_REST_MS = 3_000
_PATIENCE_MS = 60_000
_KEY_MS = 60  # 200 words a minute


def run() -> tuple[float, float]:
    """Milliseconds: (longest block while it works, longest block of the same window at rest).

    Medians of three processes: one block of a computer that others use too says nothing.
    """
    runs = [_once() for _ in range(_RUNS)]
    return statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)


def _once() -> tuple[float, float]:
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "CVD_PASSPHRASE": secrets.token_hex(16),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.gui_block"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    working, resting = told.split()[-2:]
    return float(working), float(resting)


def main() -> None:
    from cvd_desktop.app.pictures import settle
    from cvd_desktop.app.start import start
    from cvd_desktop.demo import sample_machine, sample_server

    with tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder:
        laptop = Path(folder) / "laptop"
        with sample_server(Path(folder)) as server:
            asset = server.machines[0]
            with sample_machine(asset, laptop):
                application = start(laptop)
                try:
                    settle(application)
                    figures = _measure(application, server, asset)
                finally:
                    application.close()
                bugs = list((laptop / "crashes").glob("*.txt"))
                if bugs:
                    raise RuntimeError(bugs[0].read_text(encoding="utf-8"))
                print(*figures)


def _measure(application: "Application", server: "SampleServer", asset: str) -> tuple[float, float]:
    from PySide6.QtCore import QTimer

    from cvd_desktop.ui.lag_probe import LagProbe

    probe = LagProbe()
    probe.start()
    passed: list[bool] = []
    QTimer.singleShot(_REST_MS, lambda: passed.append(True))
    until(lambda: bool(passed))
    probe.stop()
    resting = probe.longest_ms
    probe.start()
    _work(application, server, asset)
    probe.stop()
    return probe.longest_ms, resting


def _work(application: "Application", server: "SampleServer", asset: str) -> None:
    """A driver's morning, as fast as the program can: every screen is opened on the way."""
    from cvd_desktop.app.pictures import settle
    from cvd_desktop.ui.screens.outbox_screen import OutboxScreen
    from cvd_desktop.ui.screens.sign_in_screen import SignInScreen

    window = application.window
    window.open_screen("sign_in")
    sign_in = window.screen_named("sign_in")
    assert isinstance(sign_in, SignInScreen)
    settle(application)
    for field, text in (
        (sign_in.server, server.url),
        (sign_in.user, server.driver.name),
        (sign_in.password, server.driver.password),
    ):
        field.set_text(text)
    sign_in.primary().trigger()
    settle(application)  # the first sync follows by itself

    machines = application.machines
    window.open_screen("machines")
    settle(application)
    _type(machines.list.field.edit, asset)
    settle(application)
    machines.open_current()
    settle(application)
    assert machines.machine_shown, "the machine was not found"

    read = application.read
    window.open_screen("read")
    until(lambda: read.ready.port() is not None)
    primary = read.primary()
    assert primary is not None
    primary.trigger()
    until(lambda: not read.reading and not application.background.busy)
    assert read.primary() is read.next_action, "the read did not come to its end"
    read.raw_action.trigger()
    settle(application)

    window.open_screen("outbox")
    settle(application)
    outbox = window.screen_named("outbox")
    assert isinstance(outbox, OutboxScreen)
    outbox.sync()
    settle(application)
    window.open_screen("settings")
    settle(application)


def _type(edit: object, text: str) -> None:
    """One key after the other, as a person types."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    assert isinstance(edit, QLineEdit)
    edit.setFocus()
    QTest.keyClicks(edit, text, delay=_KEY_MS)


def until(done: Callable[[], bool]) -> None:
    """Let the window work until something is so. Raises TimeoutError."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    look = QTimer(interval=10)
    look.timeout.connect(lambda: loop.quit() if done() else None)
    late = QTimer(singleShot=True, interval=_PATIENCE_MS)
    late.timeout.connect(loop.quit)
    look.start()
    late.start()
    loop.exec()
    if not late.isActive():
        raise TimeoutError("the window did not come so far")


if __name__ == "__main__":
    main()
