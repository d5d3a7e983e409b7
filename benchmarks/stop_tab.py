"""A stop opened where the driver is: from the wish to its Fill tab painted."""

from benchmarks import day_window


def run() -> tuple[float, float]:
    """Milliseconds: (painted, what it asks of the services)."""
    shown, reference = day_window.figures("stop")[:2]
    return shown, reference
