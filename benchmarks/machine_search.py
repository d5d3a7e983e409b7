"""A key of a search among 10,000 machines."""

from benchmarks import day_services


def run() -> tuple[float, float]:
    """Milliseconds: (asked again, asked for the first time)."""
    return day_services.run("search")
