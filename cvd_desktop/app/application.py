"""The window: painted first, with a sentence in place of the screen; then all that is behind it.

What is imported here is imported before the first paint, so it is little. Services, lanes and
screens are in workings.py, which is imported when the frame has been painted.
"""

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from cvd_desktop.app.first_paint import FirstPaint
from cvd_desktop.app.screen_slots import FIRST, names_for, others, slots
from cvd_desktop.app.settings_keeper import SettingsKeeper
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.theme import STYLE, Look
from cvd_desktop.ui.window_memory import WindowMemory

if TYPE_CHECKING:
    from cvd_desktop.app.workings import Workings
    from cvd_desktop.domain.clock import Clock
    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.dialogs.command_palette import Answer
    from cvd_desktop.ui.screen import Screen
    from cvd_desktop.ui.screens.machines_screen import MachinesScreen
    from cvd_desktop.ui.screens.read_screen import ReadScreen
    from cvd_desktop.ui.screens.unlock_screen import UnlockScreen

SWITCH_SECONDS = 0.0002
"""After so long a busy lane gives the GUI thread its turn. To paint a table takes some hundred
turns: 1 ms made blocks of 130 ms where this makes 70 (benchmarks/gui_block.py, busy computer)."""

PASSING_SCREENS = frozenset({"sign_in", "unlock", "import"})
"""Nobody wants to find one of these at the next start."""


def qt_application() -> QApplication:
    """Qt with our style, which has to be said here (ui/theme.py)."""
    return QApplication([sys.argv[0], *STYLE])


class Application:
    """The window and what is behind it. `show` paints, `close` waits for the lanes."""

    def __init__(self, qt: QApplication, data_dir: Path, clock: "Clock | None" = None) -> None:
        """`clock` is the system's, unless a test brings its own."""
        sys.setswitchinterval(SWITCH_SECONDS)
        qt.setApplicationName("CVD Desktop")
        self.qt = qt
        self._data_dir = data_dir
        self._clock = clock
        self.next_folder: Path | None = None  # to open when this window has closed
        self._keeper = SettingsKeeper(data_dir)
        kept = self._keeper.now
        self.look = Look(qt, kept.theme, kept.text_scale)
        self.window = MainWindow(
            self.look,
            slots(self._make),
            others=others(self._make),
            calls=FrameCalls(
                remember=self._remember,
                find=self._find_machines,
                lock=self._lock,
                person=self._open_person,
                drop=self._drop,
            ),
            memory=self._keeper.memory(),
            first=FIRST,
        )
        self.window.show_rail(names_for(None))

    @cached_property
    def workings(self) -> "Workings":
        """What is behind the window; made after the first paint, or when somebody asks for it."""
        from cvd_desktop.app.workings import Workings
        from cvd_desktop.domain.clock import system_clock

        return Workings(
            self.window,
            self.look,
            self._keeper,
            self._data_dir,
            self._clock or system_clock,
            self.open_folder,
        )

    @property
    def background(self) -> "Background":
        return self.workings.background

    @property
    def read(self) -> "ReadScreen":
        return self.workings.read

    @property
    def machines(self) -> "MachinesScreen":
        return self.workings.machines

    @property
    def unlock(self) -> "UnlockScreen":
        return self.workings.identity.screen

    # Start and end

    def show(self, settled: Callable[[], None] = lambda: None) -> MainWindow:
        """Show the frame, then the screen it opens on, then let the lanes begin.

        `settled` is called when the data folder is open and every screen is made.
        """
        self._settled = settled
        self._first_paint = FirstPaint(self.window, self._painted)
        self.window.show()
        return self.window

    def _painted(self) -> None:
        """The frame stands. Lanes would take the interpreter from the screen: they wait for it."""
        self._first_paint = FirstPaint(self.window.open_first(), self._screen_painted)

    def _screen_painted(self) -> None:
        self.workings.begin(self._settled)

    def close(self) -> None:
        """End timers and lanes, then the database."""
        self.window.close()
        self.workings.close()
        self.window.deleteLater()  # its signals hold Python objects that hold the window

    def run(self) -> int:
        """Until the window is closed; the exit code of the program."""
        return self.qt.exec()

    def open_folder(self, data_dir: Path) -> None:
        """Close this window and open one on another data folder: the sample, or back from it."""
        self.next_folder = data_dir
        self.qt.exit()

    # What the frame asks for

    def _make(self, name: str) -> "Screen":
        return self.workings.makers.make(name)

    def _find_machines(self, text: str, answer: "Answer") -> None:
        self.workings.find_machines(text, answer)

    def _lock(self) -> None:
        self.workings.identity.lock()

    def _open_person(self) -> None:
        self.window.open_screen("sign_in")

    def _drop(self, paths: Sequence[Path]) -> None:
        self.workings.import_dropped(paths)

    def _remember(self, memory: WindowMemory) -> None:
        if memory.screen in PASSING_SCREENS:
            memory = memory._replace(screen=self._keeper.now.last_screen)
        self.workings.remember(memory)
