"""The real window on a laptop full of work (day_data.py), in a process of its own, no display.

`python -m benchmarks.day_window NAME` prints figures of one of MEASURED; the benchmarks of the day
(stop_tab, fill_key, search_key, day_block, day_memory) run it. A copy of the data folder is used:
the driver records things.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.day_data import day_folder, open_environment

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cvd_desktop.app.application import Application
    from cvd_desktop.ui.screens.stop_screen import StopScreen

_REST_MS = 2_000
_PATIENCE_MS = 10_000
_KEYS = 200
_KEY_MS = 80  # longer than a scanner's pause: a key of its own
_TYPED = ("1", "0", "0", "4", "2", "\b", "\b", "\b", "\b", "\b", *"elsewhere 99")
_SMALL = ("made.txt", "settings.json")


def figures(name: str) -> list[float]:
    """What the child of this name measured."""
    open_environment()
    day_folder()
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.day_window", name],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    return [float(each) for each in told.splitlines()[-1].split()]


def main(name: str) -> None:
    from benchmarks.gui_block import until
    from cvd_desktop.app.pictures import settle
    from cvd_desktop.app.start import start

    open_environment()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="cvd-bench-") as folder:
        laptop = Path(folder) / "laptop"
        shutil.copytree(day_folder(), laptop, ignore=shutil.ignore_patterns(*_SMALL))
        application = start(laptop)
        try:
            settle(application)
            until(lambda: not application.window.make_next())
            settle(application)
            measured = MEASURED[name](application)
        finally:
            application.close()
        bugs = list((laptop / "crashes").glob("*.txt"))
        if bugs:
            raise RuntimeError(bugs[0].read_text(encoding="utf-8"))
        print(*measured)


# --- from a key, or a call, to what is painted ----------------------------------------------------


def _painted(widget: "QWidget", act: Callable[[], object], so: Callable[[], bool]) -> float:
    """ms from an action until it is so and the widget, or one in it, was painted after that."""
    from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
    from PySide6.QtWidgets import QApplication, QWidget

    loop = QEventLoop()
    ended: list[float] = []

    def end() -> None:
        ended.append(time.perf_counter())
        loop.quit()

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if (
                event.type() == QEvent.Type.Paint
                and isinstance(watched, QWidget)
                and (watched is widget or widget.isAncestorOf(watched))
                and so()
            ):
                QTimer.singleShot(0, end)  # after what is painted in the same go
            return False

    watch = Watch()
    application = QApplication.instance()
    assert application is not None
    application.installEventFilter(watch)
    late = QTimer(singleShot=True, interval=_PATIENCE_MS)
    late.timeout.connect(loop.quit)
    late.start()
    begun = time.perf_counter()
    act()
    if not ended:  # QTest lets the window work, too
        loop.exec()
    application.removeEventFilter(watch)
    if not ended:
        raise TimeoutError("it was not painted")
    return (ended[0] - begun) * 1000


def _key(window: "QWidget", key: Any) -> None:
    from PySide6.QtTest import QTest

    QTest.keyClick(window.windowHandle(), key)


def _bare_keys(count: int) -> float:
    """Median ms from a key to the paint of a bare QLineEdit."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    edit = QLineEdit()
    edit.resize(400, 48)
    edit.show()
    edit.activateWindow()
    QTest.qWait(200)
    edit.setFocus()
    times = []
    for number in range(count):
        key = str(number % 10)
        times.append(_painted(edit, partial(_key, edit, key), lambda: True))
        QTest.qWait(10)
    edit.close()
    edit.deleteLater()
    return statistics.median(times)


# --- the screens ----------------------------------------------------------------------------------


def _stop_screen(application: "Application") -> "StopScreen":
    screen: Any = application.window.screen_named("stop")
    return screen  # type: ignore[no-any-return]


def _arrive(application: "Application", number: int) -> "StopScreen":
    from cvd_desktop.app.pictures import settle

    application.workings._stop_opened("run-1", f"stop-{number}", None)
    settle(application)
    stop = _stop_screen(application)
    stop.do.arrive.trigger()
    settle(application)
    if stop.view is None or stop.view.draft is None:
        raise RuntimeError("the visit did not begin")
    return stop


def _stops(application: "Application") -> tuple[float, float]:
    """A stop where the driver is, opened again and again: (to its Fill tab painted, asked only)."""
    from cvd_desktop.app.pictures import settle

    stop = _arrive(application, 0)
    fill: Any = stop.parts.fill
    stop.show_tab("fill")
    settle(application)
    shown, asked = [], []
    for _ in range(9):
        application.window.open_screen("today")
        settle(application)
        begun = time.perf_counter()
        application.workings.day.stop_detail(run_id="run-1", stop_id="stop-0")
        asked.append((time.perf_counter() - begun) * 1000)

        def opened() -> bool:
            return stop.detail is not None and stop.tab() == "fill"

        def act() -> None:
            application.workings._stop_opened("run-1", "stop-0", None)

        shown.append(_painted(fill.view.viewport(), act, opened))
    return statistics.median(shown), statistics.median(asked)


def _fill_keys(application: "Application") -> tuple[float, float, float]:
    """Digits and arrows in the Fill tab: (worst, bare field, median)."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from cvd_desktop.app.pictures import settle

    stop = _arrive(application, 0)
    stop.show_tab("fill")
    settle(application)
    fill: Any = stop.parts.fill
    window = application.window
    window.activateWindow()
    fill.view.setFocus()
    times: list[float] = []
    typed: Counter[object] = Counter()
    columns = 8  # to walk along a row, and back
    for number in range(_KEYS):
        step = number // 2
        walk = Qt.Key.Key_Right if step // columns % 2 == 0 else Qt.Key.Key_Left
        typed[fill.hand.key] += 1
        key = walk if number % 2 else str(typed[fill.hand.key] // 2 % 3 + 1)
        times.append(_painted(fill, partial(_key, window, key), lambda: True))
        QTest.qWait(_KEY_MS)
    slow = sorted(zip(times, range(_KEYS), strict=True), reverse=True)[:6]
    print("slowest", *(f"{number}: {ms:.0f}" for ms, number in slow), file=sys.stderr)
    if not fill.hand.sheet.edits:
        raise RuntimeError("no digit came to the cells")
    return max(times), _bare_keys(50), statistics.median(times)


def _search_keys(application: "Application") -> tuple[float, float]:
    """Typed into the search of machines: (slowest key to its rows painted, bare field)."""
    from PySide6.QtTest import QTest

    from benchmarks.gui_block import until
    from cvd_desktop.app.pictures import settle

    window, machines = application.window, application.machines
    window.open_screen("machines")
    settle(application)
    found = machines.list
    edit = found.field.edit
    answered: list[bool] = []

    def come() -> None:
        answered.append(True)
        found.table.viewport().update()  # the same rows would not be painted again

    found.changed.connect(come)
    rounds: list[list[float]] = []
    for _ in range(3):
        edit.clear()
        settle(application)
        window.activateWindow()
        edit.setFocus()
        until(edit.hasFocus)
        times = []
        for letter in _TYPED:
            key = "\x08" if letter == "\b" else letter
            answered.clear()

            def press(key: str = key) -> None:
                from PySide6.QtCore import Qt

                _key(window, Qt.Key.Key_Backspace if key == "\x08" else key)

            times.append(_painted(found, press, lambda: bool(answered)))
            QTest.qWait(_KEY_MS)
        rounds.append(times)
    each = [statistics.median(column) for column in zip(*rounds, strict=True)]
    print(*(f"{key!r} {ms:.0f}" for key, ms in zip(_TYPED, each, strict=True)), file=sys.stderr)
    return max(each), _bare_keys(50)


def _day(application: "Application") -> tuple[float, float, float]:
    """A driver's morning: (longest block, the same window at rest, MB of memory after it)."""
    from PySide6.QtTest import QTest

    from cvd_desktop.ui.lag_probe import LagProbe

    probe = LagProbe()
    probe.start()
    QTest.qWait(_REST_MS)
    probe.stop()
    resting = probe.longest_ms
    longest = 0.0
    for name, work in _WORK:
        probe.start()
        work(application)
        probe.stop()
        print(f"{name:<28}{probe.longest_ms:>7.1f} ms", file=sys.stderr)
        longest = max(longest, probe.longest_ms)
    return longest, resting, _memory()


def _rest(application: "Application") -> None:
    from PySide6.QtTest import QTest

    from benchmarks.gui_block import until

    until(lambda: not application.background.busy)
    QTest.qWait(60)
    until(lambda: not application.background.busy)


def _today(application: "Application") -> None:
    application.window.open_screen("today")
    _rest(application)


def _load(application: "Application") -> None:
    application.window.open_screen("load")
    _rest(application)
    screen = application.window.screen_named("load")
    for _ in range(10):
        primary = screen.primary()
        if primary is None:
            raise RuntimeError("there is nothing to pick")
        primary.trigger()
        _rest(application)


def _open(application: "Application") -> None:
    application.workings._stop_opened("run-1", "stop-1", None)
    _rest(application)
    _stop_screen(application).do.arrive.trigger()
    _rest(application)


def _fill(application: "Application") -> None:
    from PySide6.QtTest import QTest

    stop = _stop_screen(application)
    stop.show_tab("fill")
    _rest(application)
    fill: Any = stop.parts.fill
    fill.do.all.trigger()
    _rest(application)
    application.window.activateWindow()
    for key in ("2", "1", "3"):
        _key(application.window, key)
        QTest.qWait(_KEY_MS)
    _rest(application)


def _cash(application: "Application") -> None:
    stop = _stop_screen(application)
    stop.show_tab("cash")
    _rest(application)
    stop.scanned("00482277")
    _rest(application)
    stop.show_tab("evidence")
    _rest(application)


def _finish(application: "Application") -> None:
    stop = _stop_screen(application)
    stop.show_tab("finish")
    _rest(application)
    stop.do.finish.trigger()
    _rest(application)
    if stop.view is None or stop.view.finished is None:
        raise RuntimeError("the visit was not finished")


_WORK: tuple[tuple[str, Callable[["Application"], None]], ...] = (
    ("Today", _today),
    ("Load, ten lines", _load),
    ("a stop, arrival", _open),
    ("Fill to par, digits", _fill),
    ("Cash, Evidence", _cash),
    ("Finish", _finish),
    ("Today again", _today),
)


def _memory() -> float:
    """MB of this process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


MEASURED: dict[str, Callable[["Application"], tuple[float, ...]]] = {
    "stop": _stops,
    "fill": _fill_keys,
    "search": _search_keys,
    "day": _day,
}


if __name__ == "__main__":
    main(sys.argv[1])
