"""The longest time the window does not answer while 5,000 events go out (backlog.py)."""

from benchmarks.backlog import figures


def run() -> tuple[float, float]:
    """Milliseconds: (longest block while it sends, longest block of the same window at rest)."""
    _, _, block, rest = figures()
    return block, rest
