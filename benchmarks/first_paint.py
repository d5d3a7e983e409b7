"""Shows a window, says `painted` on stdout when it has been painted, and leaves at once.

`empty`: a QMainWindow of PySide6. `frame`: our program's start, up to the first paint of its
window. `screen`: the same, up to the first paint of the screen that it opens on.
"""

import sys
import tempfile
from pathlib import Path


def main(which: str) -> int:
    return _empty() if which == "empty" else _ours(which)


def _empty() -> int:
    from PySide6.QtWidgets import QApplication, QMainWindow

    application = QApplication([])
    window = QMainWindow()
    window.resize(1280, 800)
    from benchmarks.paint_watch import PaintWatch

    PaintWatch(window)
    window.show()
    return application.exec()


def _ours(which: str) -> int:
    from cvd_desktop.app.start import start

    application = start(Path(tempfile.mkdtemp(prefix="cvd-bench-")))
    from benchmarks.paint_watch import PaintWatch

    window = application.window
    PaintWatch(window, late=window.current_screen if which == "screen" else None)
    return application.run()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
