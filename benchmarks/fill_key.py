"""From a digit or an arrow to the painted cell, in the Fill tab of the real window."""

from benchmarks import day_window


def run() -> tuple[float, float]:
    """Milliseconds: (the worst of 200 keys, the median of a bare field)."""
    shown, reference = day_window.figures("fill")[:2]
    return shown, reference
