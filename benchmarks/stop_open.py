"""A stop with its machines, cells and cash, as the Stop screen asks for it."""

from benchmarks import day_services


def run() -> tuple[float, float]:
    """Milliseconds: (asked again, asked for the first time)."""
    return day_services.run("stop")
