"""From process start to the first paint of the screen that the window opens on."""

from benchmarks import window_ready


def run() -> tuple[float, float]:
    """Milliseconds: (our window with its first screen, empty window)."""
    return window_ready.run("screen")
