"""Measures how long the GUI thread was kept from its work: a precise timer that comes late."""

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Slot

INTERVAL_MS = 5
KEPT = 100_000


class LagProbe(QObject):
    """Start it on the GUI thread, do things, stop it, read `longest_ms` and `percentile_ms`.

    A tick that is due every 5 ms and comes after 30 ms means a block of 25 ms. Costs about 0.03 ms
    a tick.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lags: list[float] = []
        self._elapsed = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._lags.clear()
        self._elapsed.start()
        self._timer.start()

    def stop(self) -> None:
        """Stop; a block that is not over its tick yet counts too."""
        if self._timer.isActive():
            self._tick()
            self._timer.stop()

    @property
    def longest_ms(self) -> float:
        return max(self._lags, default=0.0)

    @property
    def ticks(self) -> int:
        return len(self._lags)

    def percentile_ms(self, percent: float) -> float:
        """The lag that `percent` of the ticks stayed below."""
        if not self._lags:
            return 0.0
        ordered = sorted(self._lags)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]

    @Slot()
    def _tick(self) -> None:
        lag = self._elapsed.nsecsElapsed() / 1e6 - INTERVAL_MS
        self._elapsed.start()
        if len(self._lags) < KEPT:
            self._lags.append(max(0.0, lag))
