"""Garbage is collected on the GUI thread only, between two events.

By itself Python collects in whatever thread allocates: a lane would then destroy timers and widgets
that belong to the GUI thread, which Qt answers with a crash; and the window would be held up at any
moment.
"""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1_000


class GarbageTimer(QObject):
    """Collects what is due by Python's own thresholds, once a second.

    Made when the window has settled: what is there then lives as long as the program, and is not
    looked through again.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._thresholds = gc.get_threshold()
        timer = QTimer(self, interval=EVERY_MS)
        timer.timeout.connect(self._collect_due)
        timer.start()

    def _collect_due(self) -> None:
        counts = gc.get_count()
        due = [
            generation
            for generation, (count, threshold) in enumerate(
                zip(counts, self._thresholds, strict=True)
            )
            if count > threshold
        ]
        if due:
            gc.collect(due[-1])
