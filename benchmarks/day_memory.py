"""What the program takes of the memory after a driver's morning, beside an empty PySide6 window."""

import os
import subprocess
import sys

from benchmarks import day_window

_EMPTY = """
import os
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.resize(1280, 800)
window.show()
application.processEvents()
pages = int(open("/proc/self/statm").read().split()[1])
print(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
"""


def run() -> tuple[float, float]:
    """Megabytes that are in memory: (our program, an empty window)."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    empty = subprocess.run(
        [sys.executable, "-c", _EMPTY],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    return day_window.figures("day")[2], float(empty)
