"""A window in which a machine is served by keys, and which says what it has kept, until it is
killed.

Arguments: the data folder of the sample, the moment to wait at, a picture. It says on its standard
output, one fact a line, each once it is in the database:

    visit <id>                      somebody has arrived
    at <cell>                       the Fill tab stands on this cell
    put <cell> <counted> <filled>   this cell has its count and its fill
    photo                           the picture is a photo of the visit
    enter                           Enter was pressed on Finish; nothing is known of it yet
    finished                        the visit is recorded, the window shows it
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from PySide6.QtCore import QEventLoop, Qt, QTimer

from cvd_desktop.app.application import Application, qt_application
from cvd_desktop.ui.screens.fill_part import FillPart
from cvd_desktop.ui.screens.stop_screen import StopScreen
from tests.support.sample_window import press

ROW = 12  # cells at most
CELLS = 12  # that are filled before a later moment: not the whole machine
MOMENTS = ("typing", "photo", "enter", "finished")


def units_of(place: int) -> tuple[int, int]:
    """What is counted and put in at the cell of this place; no two that follow are alike."""
    return place % 5, 1 + place % 4


class KilledWindow:
    """Serves the first machine of the sample."""

    def __init__(self, data_dir: Path) -> None:
        self._application = Application(qt_application(), data_dir)
        self.window = self._application.window
        ready: list[bool] = []
        self._application.show(lambda: ready.append(True))
        self._wake = QTimer(interval=5)
        self._wake.start()  # the wait below looks again
        self.until(lambda: bool(ready))
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)

    def until(self, so: Callable[[], bool]) -> None:
        """It is so, and the lanes are at rest: what was typed is in the database."""
        while not so() or self._application.background.busy:
            self._application.qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def press(self, *keys: Qt.Key | str) -> None:
        """Each alone, and kept."""
        for key in keys:
            press(self.window, key)
            self.until(lambda: True)

    def stop(self) -> StopScreen:
        screen = self.window.screen_named("stop")
        assert isinstance(screen, StopScreen)
        return screen

    def arrive(self) -> None:
        self.window.open_screen("stop")
        stop = self.stop()
        self.until(stop.arriving)
        self.press(Qt.Key.Key_Return)
        self.until(lambda: stop.tab() == "read")
        assert stop.view is not None
        assert stop.view.draft is not None
        say("visit", stop.view.draft.visit_id)

    def fill(self, most: int | None = None) -> None:
        """Count each cell, then fill it, then on to the next one, as one reads."""
        stop, fill = self.stop(), self.stop().parts.fill
        assert isinstance(fill, FillPart)
        self.press(Qt.Key.Key_F3)
        self.until(lambda: stop.tab() == "fill" and fill.view.hasFocus())
        for place, slot in enumerate(fill.hand.sheet.slots[:most]):
            label = slot.key.label
            self.until(lambda key=slot.key: fill.view.current() == key)  # type: ignore[misc]
            say("at", label)
            counted, filled = units_of(place)
            press(self.window, "c")
            self.until(lambda: fill.hand.mode == "count")
            self.press(str(counted), Qt.Key.Key_Return, str(filled))
            say("put", label, str(counted), str(filled))
            self._go_on()

    def _go_on(self) -> None:
        """To the next cell; from the end of a row to the beginning of the next one."""
        fill = self.stop().parts.fill
        before = fill.view.current()
        self.press(Qt.Key.Key_Right)
        if fill.view.current() == before:
            self.press(Qt.Key.Key_Down, *[Qt.Key.Key_Left] * ROW)

    def photograph(self, picture: Path) -> None:
        stop = self.stop()
        evidence = stop.parts.evidence
        self.press(Qt.Key.Key_F5)
        self.until(lambda: stop.tab() == "evidence")
        evidence.take_files([picture])
        self.until(lambda: bool(evidence.evidence().photos))
        say("photo")

    def finish(self) -> None:
        stop = self.stop()
        self.press(Qt.Key.Key_F6)
        self.until(lambda: stop.tab() == "finish" and stop.do.finish.isEnabled())
        press(self.window, Qt.Key.Key_Return)
        say("enter")
        self.until(lambda: stop.view is not None and stop.view.finished is not None)
        say("finished")

    def wait_for_the_end(self) -> NoReturn:
        while True:
            self._application.qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def say(*words: str) -> None:
    print(*words, flush=True)


def main() -> NoReturn:
    served = KilledWindow(Path(sys.argv[1]))
    moment = sys.argv[2]
    served.arrive()
    if moment == "typing":
        served.fill()
    else:
        served.fill(CELLS)
        served.photograph(Path(sys.argv[3]))
        if moment != "photo":
            served.finish()
    served.wait_for_the_end()


if __name__ == "__main__":
    main()
