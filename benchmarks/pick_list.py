"""The pick list of a run of 40 stops and 60 machines, worked out anew."""

from benchmarks import day_services


def run() -> tuple[float, float]:
    """Milliseconds: (asked again, asked for the first time)."""
    return day_services.run("pick_list")
