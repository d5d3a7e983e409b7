"""Plays a trace at its own pace: each step appears when it came then, long pauses are shortened."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import QObject, QTimer, Signal

from cvd_desktop.link.trace_decoder_steps import TraceStep

LONGEST_PAUSE = 3.0  # seconds
AT_ONCE_MS = 30  # steps that follow so soon appear together: the eye sees no more


class TracePlayer(QObject):
    """`show` gets the steps so far, and last all of them."""

    ended = Signal()

    def __init__(self, show: Callable[[Sequence[TraceStep]], object], parent: QObject) -> None:
        super().__init__(parent)
        self._show = show
        self._steps: Sequence[TraceStep] = ()
        self._pauses: list[float] = []
        self._shown = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def play(self, steps: Sequence[TraceStep]) -> None:
        """From the beginning."""
        self._steps = steps
        self._pauses = pauses(steps)
        self._shown = 0
        self._go_on()

    def stop(self) -> None:
        """Show the rest at once."""
        if self.playing:
            self._timer.stop()
            self._finish()

    def _go_on(self) -> None:
        wait = 0.0
        while self._shown < len(self._steps):
            self._shown += 1
            wait += self._pauses[self._shown] if self._shown < len(self._pauses) else 0.0
            if wait * 1000 >= AT_ONCE_MS:
                break
        if self._shown >= len(self._steps):
            self._finish()
            return
        self._timer.start(round(wait * 1000))
        self._show(self._steps[: self._shown])

    def _finish(self) -> None:
        self._show(self._steps)
        self.ended.emit()


def pauses(steps: Sequence[TraceStep]) -> list[float]:
    """Seconds to wait before each step."""
    between = (min(max(0.0, b.at - a.at), LONGEST_PAUSE) for a, b in pairwise(steps))
    return [0.0, *between] if steps else []
