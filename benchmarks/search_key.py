"""From a key in the search of the Machine screen to its rows painted, 10,000 machines."""

from benchmarks import day_window


def run() -> tuple[float, float]:
    """Milliseconds: (the slowest key, the median of a bare field)."""
    shown, reference = day_window.figures("search")[:2]
    return shown, reference
